/** Keys in a token of SoftHSM 2: lost sessions, a crashing module, wrong PINs, tokens that are gone or swapped. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { verifySignature } from '@touchmark/crypto';
import type { Signer } from '@touchmark/crypto';
import { childrenOf, signalAll } from '../../../test/support/postgres-processes.ts';
import { describeWith } from '../../../test/support/programs.ts';
import { Pkcs11Token, createPkcs11KeyStore, parsePkcs11Uri } from '../src/index.ts';
import type { KeyStore, TokenConfiguration } from '../src/index.ts';
import { startModuleProcess } from '../src/pkcs11/module-connection.ts';
import { createSoftHsm } from './support/soft-hsm.ts';
import type { SoftHsm } from './support/soft-hsm.ts';

const data = new TextEncoder().encode('to be signed');

const signs = async (signer: Signer): Promise<boolean> =>
  verifySignature(signer.algorithm, signer.publicKey, data, await signer.sign(data));

describeWith(['softhsm2-util'], 'a key in a token', () => {
  let hsm: SoftHsm;
  let configuration: TokenConfiguration;
  const open: Pkcs11Token[] = [];

  const tokenOf = (
    changes: Partial<TokenConfiguration> = {},
    connect?: ConstructorParameters<typeof Pkcs11Token>[1],
  ): Pkcs11Token => {
    const token = new Pkcs11Token({ ...configuration, ...changes }, connect);
    open.push(token);
    return token;
  };
  const storeOf = (...tokens: readonly Pkcs11Token[]): KeyStore =>
    createPkcs11KeyStore(tokens.length === 0 ? [tokenOf()] : tokens);

  beforeEach(() => {
    hsm = createSoftHsm('Fleet');
    configuration = {
      uri: parsePkcs11Uri('pkcs11:token=Fleet'),
      modulePath: hsm.modulePath,
      readPin: () => hsm.pin,
    };
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((token) => token.close()));
    hsm.remove();
  });

  const keyId = 'pkcs11:token=Fleet;object=issuing';

  it('is sensitive, not extractable, and found again by label and by id', async () => {
    const token = tokenOf();
    const { publicKey } = await storeOf(token).generateKey(`${keyId};id=%01%02`, 'ec-p256');
    const [found] = await token.use(({ connection }) => connection.findKeys({ label: 'issuing', id: undefined }));
    expect(found).toMatchObject({ label: 'issuing', id: Uint8Array.of(1, 2), extractable: false, kind: 'ec' });
    for (const id of [keyId, 'pkcs11:token=Fleet;id=%01%02', `${keyId};type=private`]) {
      expect((await storeOf().getSigner(id)).publicKey.equals(publicKey)).toBe(true);
    }
  });

  it('signs many things at the same time', async () => {
    const signer = await storeOf().generateKey(keyId, 'ec-p256');
    const verdicts = await Promise.all(Array.from({ length: 100 }, () => signs(signer)));
    expect(verdicts).toEqual(Array.from({ length: 100 }, () => true));
  });

  it('is reached with tokens that allow few sessions', async () => {
    const signer = await storeOf(tokenOf({ sessions: 1 })).generateKey(keyId, 'ec-p256');
    expect(await Promise.all([signs(signer), signs(signer), signs(signer)])).toEqual([true, true, true]);
  });

  describe('after a loss', () => {
    it('of all sessions is found again, once, and signs', async () => {
      let openings = 0;
      const program = new URL('./support/session-losing-process.ts', import.meta.url);
      const token = tokenOf({}, () => {
        openings += 1;
        return startModuleProcess(program);
      });
      const signer = await storeOf(token).generateKey(keyId, 'ec-p256');
      killModuleProcesses('SIGUSR2');
      await sleep(200);
      // The module itself says that the sessions are gone.
      await expect(
        token.useOnce(({ connection }) => connection.findKeys({ label: 'issuing', id: undefined })),
      ).rejects.toMatchObject({
        code: 'tokenUnavailable',
        message: expect.stringContaining('CKR_SESSION_HANDLE_INVALID'),
      });
      expect(await signs(signer)).toBe(true);
      expect(openings).toBe(2);

      killModuleProcesses('SIGUSR2');
      await sleep(200);
      expect(await Promise.all([signs(signer), signs(signer), signs(signer)])).toEqual([true, true, true]);
      expect(openings).toBe(3);
    });

    it('of the process that holds the module is found again, and signs', async () => {
      const token = tokenOf();
      const signer = await storeOf(token).generateKey(keyId, 'ec-p256');
      for (let round = 0; round < 2; round++) {
        killModuleProcesses();
        expect(await Promise.all([signs(signer), signs(signer)])).toEqual([true, true]);
      }
    });

    it('of the token is refused as tokenUnavailable, makes no key, and signs when the token is back', async () => {
      const token = tokenOf();
      const store = storeOf(token);
      const signer = await store.generateKey(keyId, 'ec-p256');
      await token.close();
      hsm.unplug();
      await expect(signer.sign(data)).rejects.toMatchObject({ code: 'tokenUnavailable' });
      await expect(store.checkKey(keyId)).rejects.toMatchObject({ code: 'tokenUnavailable' });
      hsm.plugIn();
      await sleep(1100);
      expect(await signs(signer)).toBe(true);
      await expect(store.checkKey(keyId)).resolves.toBeUndefined();
    });

    it('with another key under the same name is refused as keySwapped', async () => {
      const token = tokenOf();
      const signer = await storeOf(token).generateKey(keyId, 'ec-p256');
      await token.close();
      hsm.remove();
      hsm = createSoftHsm('Fleet');
      await storeOf(tokenOf({ modulePath: hsm.modulePath })).generateKey(keyId, 'ec-p256');
      // The processes that are started now read the configuration of the new token.
      await expect(signer.sign(data)).rejects.toMatchObject({ code: 'keySwapped' });
    });

    it('with a token that was initialised anew is refused as keyNotFound, and no key is made', async () => {
      const token = tokenOf();
      const store = storeOf(token);
      const signer = await store.generateKey(keyId, 'ec-p256');
      await token.close();
      hsm.unplug();
      hsm.initToken('Fleet');
      await expect(signer.sign(data)).rejects.toMatchObject({ code: 'keyNotFound' });
      expect(await token.use(({ connection }) => connection.findKeys({ label: undefined, id: undefined }))).toEqual([]);
    });
  });

  describe('behind a PIN', () => {
    it('that is wrong is refused as pinRefused and offered to the token once', async () => {
      let openings = 0;
      let pin = '000000';
      const token = tokenOf({ readPin: () => pin }, () => {
        openings += 1;
        return startModuleProcess();
      });
      const store = storeOf(token);
      for (let round = 0; round < 3; round++) {
        await expect(store.getSigner(keyId)).rejects.toMatchObject({ code: 'pinRefused' });
        await sleep(round === 0 ? 1100 : 0);
      }
      expect(openings).toBe(1);
      pin = hsm.pin;
      await sleep(1100);
      await expect(store.getSigner(keyId)).rejects.toMatchObject({ code: 'keyNotFound' });
    });

    it('that stands in no message and no inspection', async () => {
      const pin = '8842177';
      const token = tokenOf({ readPin: () => pin });
      const error = await storeOf(token)
        .getSigner(keyId)
        .catch((refusal: unknown) => refusal as Error);
      expect(`${(error as Error).message} ${(error as Error).stack ?? ''} ${JSON.stringify(error)}`).not.toContain(pin);
      expect((error as Error).message).toMatch(/PIN/);
    });
  });

  it.each([
    ['a module that is not there', { modulePath: '/nowhere/libpkcs11.so' }, 'tokenUnavailable'],
    ['a library that is no module', { modulePath: process.execPath }, 'tokenUnavailable'],
    ['a label that no token has', { uri: parsePkcs11Uri('pkcs11:token=Fleet;serial=0') }, 'tokenUnavailable'],
  ])('refuses %s', async (_, changes, code) => {
    await expect(storeOf(tokenOf(changes)).getSigner(keyId)).rejects.toMatchObject({ name: 'KeyStoreError', code });
  });

  it('refuses to choose between two tokens with one label', async () => {
    hsm.initToken('Fleet');
    await expect(storeOf().getSigner(keyId)).rejects.toMatchObject({ code: 'tokenUnavailable' });
  });

  it('refuses to choose between two keys with one label', async () => {
    const token = tokenOf();
    const store = storeOf(token);
    await store.generateKey(`${keyId};id=%01`, 'ec-p256');
    await store.generateKey(`${keyId};id=%02`, 'ec-p256');
    await expect(store.getSigner(keyId)).rejects.toMatchObject({ code: 'keyAmbiguous' });
    await expect(store.getSigner(`${keyId};id=%02`)).resolves.toBeDefined();
  });

  it('refuses a pair whose halves do not belong together', async () => {
    const token = tokenOf();
    const store = storeOf(token);
    const id = Uint8Array.of(10);
    await store.generateKey('pkcs11:token=Fleet;object=a;id=%0A', 'ec-p256');
    await token.use(({ connection }) => connection.generateKey({ algorithm: 'ec-p256', label: 'b', id }));
    const loaded = await Promise.allSettled(
      ['a', 'b'].map((name) => storeOf().getSigner(`pkcs11:token=Fleet;object=${name}`)),
    );
    const refusals = loaded.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(refusals).toEqual([expect.objectContaining({ code: 'keySwapped' })]);
  });

  it('refuses to make a key with the id of another', async () => {
    const store = storeOf();
    await store.generateKey('pkcs11:token=Fleet;object=a;id=%0A', 'ec-p256');
    await expect(store.generateKey('pkcs11:token=Fleet;object=b;id=%0A', 'ec-p256')).rejects.toMatchObject({
      code: 'keyExists',
    });
  });

  it.each([
    ['a PIN', 'pkcs11:token=Fleet;object=a?pin-value=739154', 'uriMalformed'],
    ['a library', 'pkcs11:token=Fleet;object=a?module-path=/tmp/evil.so', 'uriMalformed'],
    ['no object', 'pkcs11:token=Fleet', 'uriMalformed'],
    ['a public key', 'pkcs11:token=Fleet;object=a;type=public', 'uriMalformed'],
    ['a token that is not configured', 'pkcs11:token=Other;object=a', 'tokenUnavailable'],
    ['no token', 'pkcs11:object=a', 'tokenUnavailable'],
  ])('refuses the id of a key with %s', async (_, id, code) => {
    await expect(storeOf().generateKey(id, 'ec-p256')).rejects.toMatchObject({ code });
  });

  it.each(['ed25519', 'ml-dsa-65'] as const)('refuses to make a key of %s, which it cannot use', async (algorithm) => {
    await expect(storeOf().generateKey(keyId, algorithm)).rejects.toMatchObject({ code: 'notSupported' });
    await expect(storeOf().getSigner(keyId)).rejects.toMatchObject({ code: 'keyNotFound' });
  });

  it('never leaves the token for a TLS listener', async () => {
    const store = storeOf();
    await store.generateKey(keyId, 'ec-p256');
    await expect(store.getPrivateKey(keyId)).rejects.toMatchObject({ code: 'notSupported' });
  });

  /** This test process has no other children. */
  function killModuleProcesses(signal: 'SIGKILL' | 'SIGUSR2' = 'SIGKILL'): void {
    const children = childrenOf(process.pid);
    expect(children.length).toBeGreaterThan(0);
    signalAll(children, signal);
  }
});
