/** Sealing all keys anew: all or none, while signers go on. */
import { describe, expect, it } from '@jest/globals';
import { verifySignature } from '@touchmark/crypto';
import { KeyStoreError, createKeySealer, createSoftwareKeyStore } from '../src/index.ts';
import type { SealedRecord, SoftwareKeyStore } from '../src/index.ts';
import { createMemoryStore } from './memory-store.ts';
import type { MemoryStore } from './memory-store.ts';

const data = new TextEncoder().encode('to be signed');
const first = createKeySealer('the first passphrase');
const second = createKeySealer('the second passphrase', 2 ** 18);

const fixture = async () => {
  const store = createMemoryStore();
  const keys = createSoftwareKeyStore({ sealer: first, store });
  for (const keyId of ['issuing', 'root']) await keys.generateKey(keyId, 'ec-p256');
  return { store, keys };
};
const replaceIn = (store: MemoryStore) => async (_before: readonly SealedRecord[], after: readonly SealedRecord[]) => {
  for (const sealed of after) store.tamper(sealed.keyId, sealed);
};
const opens = async (keys: SoftwareKeyStore): Promise<boolean> =>
  (await keys.list()).every(({ fault }) => fault === undefined);

describe('rewrap', () => {
  it('makes every key open with the new passphrase and cost, and with nothing else', async () => {
    const { store, keys } = await fixture();
    const signer = await keys.getSigner('root');
    expect(await keys.rewrap(() => second, replaceIn(store))).toBe(2);
    expect(await keys.list()).toMatchObject([
      { keyId: 'issuing', scryptCost: 2 ** 18, fault: undefined },
      { keyId: 'root', scryptCost: 2 ** 18, fault: undefined },
    ]);
    expect(
      (await createSoftwareKeyStore({ sealer: second, store }).getSigner('root')).publicKey.equals(signer.publicKey),
    ).toBe(true);
    await expect(createSoftwareKeyStore({ sealer: first, store }).getSigner('root')).rejects.toMatchObject({
      code: 'wrongPassphrase',
      message: expect.stringContaining('touchmark key rewrap'),
    });
    expect(verifySignature(signer.algorithm, signer.publicKey, data, await signer.sign(data))).toBe(true);
  });

  it('with the same passphrase changes salt and cost', async () => {
    const { store, keys } = await fixture();
    const [before] = await store.list();
    await keys.rewrap((present) => present.renewed(2 ** 18), replaceIn(store));
    const [after] = await store.list();
    expect(after?.kdf.N).toBe(2 ** 18);
    expect(after?.kdf.salt).not.toBe(before?.kdf.salt);
    expect(await opens(createSoftwareKeyStore({ sealer: createKeySealer('the first passphrase'), store }))).toBe(true);
  });

  it.each([2 ** 16, 2 ** 21, 200_000, 0, Number.NaN])('refuses the cost %s', async (cost) => {
    const { store, keys } = await fixture();
    await expect(keys.rewrap((present) => present.renewed(cost), replaceIn(store))).rejects.toThrow(RangeError);
    expect(await opens(keys)).toBe(true);
  });

  it('changes nothing when the records cannot be replaced', async () => {
    const { store, keys } = await fixture();
    const before = await store.list();
    const failing = async () => {
      throw new Error('disk full');
    };
    await expect(keys.rewrap(() => second, failing)).rejects.toThrow('disk full');
    expect(await store.list()).toEqual(before);
    await keys.generateKey('later', 'ec-p256');
    expect(await opens(createSoftwareKeyStore({ sealer: first, store }))).toBe(true);
  });

  it('changes nothing when one key does not open', async () => {
    const { store, keys } = await fixture();
    const [intact] = await store.list();
    store.tamper('issuing', { ...intact!, tag: intact!.nonce });
    let committed = false;
    const commit = async () => {
      committed = true;
    };
    await expect(keys.rewrap(() => second, commit)).rejects.toMatchObject({ code: 'keyDamaged' });
    expect(committed).toBe(false);
  });

  it('seals keys that are made meanwhile with the passphrase that is then in force', async () => {
    const { store, keys } = await fixture();
    const insert = store.insert.bind(store);
    let refused = 0;
    // As the registry does it: nothing joins that was sealed with another passphrase than the rest.
    store.insert = async (sealed) => {
      const known = (await store.list()).some(({ passphraseCheck }) => passphraseCheck === sealed.passphraseCheck);
      if (!known) {
        refused += 1;
        throw new KeyStoreError('passphraseChanged', 'The passphrase was changed.');
      }
      await insert(sealed);
    };
    const find = store.find.bind(store);
    let rewrapped = false;
    store.find = async (keyId) => {
      const found = await find(keyId);
      // Between looking for the key and sealing it.
      if (!rewrapped) {
        rewrapped = true;
        await keys.rewrap(() => second, replaceIn(store));
      }
      return found;
    };
    await keys.generateKey('meanwhile', 'ec-p256');
    expect(refused).toBeLessThanOrEqual(1);
    expect(await opens(createSoftwareKeyStore({ sealer: second, store }))).toBe(true);
  });

  it('elsewhere keeps this process from adding keys that nobody else could open', async () => {
    const { store, keys } = await fixture();
    const elsewhere = createSoftwareKeyStore({ sealer: first, store });
    await elsewhere.rewrap(() => second, replaceIn(store));
    const signer = await keys.getSigner('root');
    expect(verifySignature(signer.algorithm, signer.publicKey, data, await signer.sign(data))).toBe(true);
    await expect(keys.generateKey('late', 'ec-p256')).rejects.toMatchObject({ code: 'wrongPassphrase' });
    expect(await store.list()).toHaveLength(2);
  });
});

it('two processes that make the first keys at once agree on a salt', async () => {
  const store = createMemoryStore();
  const insert = store.insert.bind(store);
  store.insert = async (sealed) => {
    const others = await store.list();
    if (others.length > 0 && !others.some(({ passphraseCheck }) => passphraseCheck === sealed.passphraseCheck)) {
      throw new KeyStoreError('passphraseChanged', 'The passphrase was changed.');
    }
    await insert(sealed);
  };
  const nodes = [1, 2].map(() => createSoftwareKeyStore({ sealer: createKeySealer('the one passphrase'), store }));
  await Promise.all(nodes.map((node, index) => node.generateKey(`key-${index}`, 'ec-p256')));
  const sealed = await store.list();
  expect(sealed).toHaveLength(2);
  expect(new Set(sealed.map(({ passphraseCheck }) => passphraseCheck)).size).toBe(1);
});
