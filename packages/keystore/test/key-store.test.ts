/** Keys by id: loaded once, refused by name, never made anew. */
import { createPublicKey, sign, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { verifySignature } from '@touchmark/crypto';
import { createKeySealer, createSoftwareKeyStore } from '../src/index.ts';
import type { KeySealer, KeyStore } from '../src/index.ts';
import { createMemoryStore } from './memory-store.ts';
import type { MemoryStore } from './memory-store.ts';

const data = new TextEncoder().encode('to be signed');
const sealer = createKeySealer('correct horse battery staple');

interface Fixture {
  readonly keyStore: KeyStore;
  readonly store: MemoryStore;
  /** As after a restart. */
  reopen(by?: KeySealer): KeyStore;
}

const fixture = (): Fixture => {
  const store = createMemoryStore();
  return {
    store,
    keyStore: createSoftwareKeyStore({ sealer, store }),
    reopen: (by = sealer) => createSoftwareKeyStore({ sealer: by, store }),
  };
};

describe('generateKey', () => {
  it('gives a signer of the default algorithm', async () => {
    const { keyStore } = fixture();
    const signer = await keyStore.generateKey('root', 'ec-p384');
    expect(signer.algorithm.name).toBe('ecdsa-with-SHA384');
    expect(verifySignature(signer.algorithm, signer.publicKey, data, await signer.sign(data))).toBe(true);
  });

  it('stores the key before it can be used, and it is the same after a restart', async () => {
    const { keyStore, reopen } = fixture();
    const signer = await keyStore.generateKey('root', 'ed25519');
    const again = await reopen().getSigner('root');
    expect(again.publicKey.equals(signer.publicKey)).toBe(true);
  });

  it('fails when the key cannot be stored, and keeps none', async () => {
    const { store, keyStore } = fixture();
    store.insert = async () => {
      throw new Error('disk full');
    };
    await expect(keyStore.generateKey('root', 'ec-p256')).rejects.toThrow('disk full');
    await expect(keyStore.getSigner('root')).rejects.toMatchObject({ code: 'keyNotFound' });
  });

  it('refuses an id in use as keyExists, and leaves the key as it is', async () => {
    const { keyStore, reopen } = fixture();
    const { publicKey } = await keyStore.generateKey('root', 'ec-p256');
    await expect(keyStore.generateKey('root', 'ec-p256')).rejects.toMatchObject({ code: 'keyExists' });
    expect((await reopen().getSigner('root')).publicKey.equals(publicKey)).toBe(true);
  });

  it('makes one key when asked twice at once: the loser gets keyExists', async () => {
    const { keyStore, store, reopen } = fixture();
    const settled = await Promise.allSettled([
      keyStore.generateKey('root', 'ec-p256'),
      keyStore.generateKey('root', 'ec-p256'),
    ]);
    const [winner] = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const [loser] = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(loser).toMatchObject({ name: 'KeyStoreError', code: 'keyExists' });
    expect(await store.list()).toHaveLength(1);
    const stored = (await reopen().getSigner('root')).publicKey;
    expect(winner?.publicKey.equals(stored)).toBe(true);
    expect((await keyStore.getSigner('root')).publicKey.equals(stored)).toBe(true);
  });

  it.each(['', ' ', '-root', 'a\nb', 'a"b', 'x'.repeat(129), 'schlüssel'])('refuses the id %j', async (keyId) => {
    const { keyStore, store } = fixture();
    await expect(keyStore.generateKey(keyId, 'ec-p256')).rejects.toThrow(RangeError);
    expect(await store.list()).toEqual([]);
  });
});

describe('getSigner', () => {
  it('loads a key once, however many ask', async () => {
    const { keyStore, store, reopen } = fixture();
    await keyStore.generateKey('root', 'ec-p256');
    const reopened = reopen();
    store.finds = 0;
    const signers = await Promise.all(Array.from({ length: 10 }, () => reopened.getSigner('root')));
    await reopened.getPrivateKey('root');
    expect(new Set(signers).size).toBe(1);
    expect(store.finds).toBe(1);
  });

  it('refuses an unknown key as keyNotFound, and makes none', async () => {
    const { keyStore, store } = fixture();
    await expect(keyStore.getSigner('root')).rejects.toMatchObject({ code: 'keyNotFound' });
    expect(await store.list()).toEqual([]);
  });

  it('refuses a wrong passphrase', async () => {
    const { keyStore, reopen } = fixture();
    await keyStore.generateKey('root', 'ec-p256');
    await expect(reopen(createKeySealer('wrong')).getSigner('root')).rejects.toMatchObject({ code: 'wrongPassphrase' });
  });

  it('refuses the record of another key as keySwapped', async () => {
    const { keyStore, store, reopen } = fixture();
    await keyStore.generateKey('root', 'ec-p256');
    await keyStore.generateKey('issuing', 'ec-p256');
    const [root, issuing] = await store.list();
    store.tamper('root', issuing!);
    store.tamper('issuing', root!);
    await expect(reopen().getSigner('root')).rejects.toMatchObject({ code: 'keySwapped' });
    await expect(reopen().getPrivateKey('issuing')).rejects.toMatchObject({ code: 'keySwapped' });
  });

  it('refuses a damaged record, and finds the key again once the record is restored', async () => {
    const { keyStore, store, reopen } = fixture();
    await keyStore.generateKey('root', 'ec-p256');
    const [intact] = await store.list();
    const reopened = reopen();
    store.tamper('root', { ...intact!, tag: intact!.nonce });
    await expect(reopened.getSigner('root')).rejects.toMatchObject({ code: 'keyDamaged' });
    store.tamper('root', intact!);
    expect((await reopened.getSigner('root')).algorithm.name).toBe('ecdsa-with-SHA256');
  });

  it('asks again after the store failed', async () => {
    const { keyStore, store, reopen } = fixture();
    await keyStore.generateKey('root', 'ec-p256');
    const reopened = reopen();
    const { find } = store;
    store.find = async () => {
      throw new Error('connection refused');
    };
    await expect(reopened.getSigner('root')).rejects.toThrow('connection refused');
    store.find = find;
    await expect(reopened.getSigner('root')).resolves.toBeDefined();
  });
});

describe('getPrivateKey', () => {
  it('gives the private key of the signer', async () => {
    const { keyStore } = fixture();
    const { publicKey } = await keyStore.generateKey('tls', 'ec-p256');
    const privateKey = await keyStore.getPrivateKey('tls');
    expect(createPublicKey(privateKey).equals(publicKey)).toBe(true);
    expect(verify('sha256', data, publicKey, sign('sha256', data, privateKey))).toBe(true);
  });
});
