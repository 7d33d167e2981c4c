/** Keys by id: made, sealed, stored, and loaded once. */
import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createSoftwareSigner, generateKeyPair, parsePublicKey } from '@touchmark/crypto';
import type { KeyAlgorithmName, Signer } from '@touchmark/crypto';
import type { KeySealer } from './key-sealer.ts';
import { KeyStoreError } from './key-store-error.ts';
import type { SealedKey } from './sealed-key.ts';

/** Where sealed keys are kept. */
export interface SealedKeyStore {
  find(keyId: string): Promise<SealedKey | undefined>;
  /** Never overwrites: fails with KeyStoreError `keyExists`. Committed on return. */
  insert(sealed: SealedKey): Promise<void>;
  list(): Promise<readonly SealedKey[]>;
}

/** Keys by id. A key that cannot be had is a KeyStoreError; none is ever made in its place. */
export interface KeyStore {
  /** Makes a key and stores it before anything can be signed with it. Fails with `keyExists`. */
  generateKey(keyId: string, keyAlgorithm: KeyAlgorithmName): Promise<Signer>;
  /** Fails with `keyNotFound`, `wrongPassphrase`, `keyDamaged` or `keySwapped`. */
  getSigner(keyId: string): Promise<Signer>;
  /** The private key itself, for TLS listeners, which cannot do with a signer. Fails as `getSigner` does. */
  exportForTls(keyId: string): Promise<KeyObject>;
}

/** Letters, digits and what separates them in names: the id appears in messages, listings and configuration. */
const keyIdForm = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/;

interface LoadedKey {
  readonly privateKey: KeyObject;
  readonly signer: Signer;
}

/** Keys in the memory of this process, loaded at their first use and kept. */
export function createSoftwareKeyStore({ sealer, store }: { sealer: KeySealer; store: SealedKeyStore }): KeyStore {
  const loaded = new Map<string, Promise<LoadedKey>>();

  const load = async (keyId: string): Promise<LoadedKey> => {
    const sealed = await store.find(keyId);
    if (sealed === undefined) {
      throw new KeyStoreError(
        'keyNotFound',
        `There is no key "${keyId}". Restore it from a backup; it is not made anew.`,
      );
    }
    if (sealed.keyId !== keyId) {
      throw new KeyStoreError(
        'keySwapped',
        `The record of key "${keyId}" holds another key. Restore it from a backup.`,
      );
    }
    return loadedKey(await sealer.unseal(sealed));
  };

  const get = (keyId: string): Promise<LoadedKey> => {
    const known = loaded.get(keyId);
    if (known !== undefined) return known;
    const loading = load(keyId);
    loaded.set(keyId, loading);
    // What failed is tried again by the next who asks: the registry may be back, or the record restored.
    loading.catch(() => {
      if (loaded.get(keyId) === loading) loaded.delete(keyId);
    });
    return loading;
  };

  return {
    async generateKey(keyId, keyAlgorithm) {
      if (!keyIdForm.test(keyId)) {
        throw new RangeError(
          'A key id has 1 to 128 letters, digits, ".", "_", ":", "/" and "-", a letter or digit first.',
        );
      }
      if ((await store.find(keyId)) !== undefined) {
        throw new KeyStoreError(
          'keyExists',
          `There is a key "${keyId}" already; keys are never overwritten. Choose another id.`,
        );
      }
      const { privateKey } = await generateKeyPair(keyAlgorithm);
      const key = loadedKey(privateKey);
      await store.insert(await sealer.seal(keyId, keyAlgorithm, privateKey));
      loaded.set(keyId, Promise.resolve(key));
      return key.signer;
    },
    getSigner: async (keyId) => (await get(keyId)).signer,
    exportForTls: async (keyId) => (await get(keyId)).privateKey,
  };
}

/** Our own keys pass the same policy as anybody's. */
function loadedKey(privateKey: KeyObject): LoadedKey {
  parsePublicKey(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }));
  return { privateKey, signer: createSoftwareSigner(privateKey) };
}
