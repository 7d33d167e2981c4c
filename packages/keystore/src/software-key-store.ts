/** Keys in the memory of this process, sealed in a store: made, loaded at their first use, sealed anew. */
import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createSoftwareSigner, generateKeyPair, parsePublicKey } from '@touchmark/crypto';
import type { KeyAlgorithmName, SignatureAlgorithm, Signer } from '@touchmark/crypto';
import type { KeySealer } from './key-sealer.ts';
import { KeyStoreError } from './key-store-error.ts';
import type { KeyStore } from './key-store.ts';
import type { SealedKey } from './sealed-key.ts';

/** Where sealed keys are kept. All that are in it are sealed with one passphrase. */
export interface SealedKeyStore {
  find(keyId: string): Promise<SealedKey | undefined>;
  /**
   * Never overwrites: fails with `keyExists`. Fails with `passphraseChanged` when there are keys and none has the
   * `passphraseCheck` of this one: it would be sealed with another passphrase than the rest. Committed on return.
   */
  insert(sealed: SealedKey): Promise<void>;
  list(): Promise<readonly SealedKey[]>;
}

export interface SoftwareKeyStore extends KeyStore {
  list(): Promise<readonly SoftwareKeyDescription[]>;
  /**
   * Seals every key with the sealer that `next` makes. When `commit` has replaced all the records at once, later keys are sealed with it too;
   * until then, and when anything fails, nothing has changed. Signers stay as they are. Resolves to the number of keys.
   *
   * @throws KeyStoreError when a key does not open with the present passphrase
   */
  rewrap(next: (present: KeySealer) => KeySealer, commit: ReplaceSealedKeys): Promise<number>;
}

/** Replaces all of `before` by all of `after`, or nothing; refuses when the store holds anything else than `before`. */
type ReplaceSealedKeys = (before: readonly SealedKey[], after: readonly SealedKey[]) => Promise<void>;

export interface SoftwareKeyDescription {
  readonly keyId: string;
  readonly keyAlgorithm: KeyAlgorithmName;
  /** scrypt's N. */
  readonly scryptCost: number;
  /** Why it does not open; undefined when it does. */
  readonly fault: KeyStoreError | undefined;
}

/** Letters, digits and what separates them in names: the id appears in messages, listings and configuration. */
const keyIdForm = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/;

interface LoadedKey {
  readonly privateKey: KeyObject;
  readonly signer: Signer;
}

export function createSoftwareKeyStore(parts: { sealer: KeySealer; store: SealedKeyStore }): SoftwareKeyStore {
  const { store } = parts;
  let { sealer } = parts;
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

  /** With the passphrase and salt that the other keys have: this process may not have noticed that they were changed. */
  const insertSealed = async (
    keyId: string,
    keyAlgorithm: KeyAlgorithmName,
    privateKey: KeyObject,
    isRepeated = false,
  ): Promise<void> => {
    const used = sealer;
    try {
      const [other] = await store.list();
      if (other !== undefined) await used.checkPassphrase(other);
      await store.insert(await used.seal(keyId, keyAlgorithm, privateKey));
    } catch (caught) {
      const error = asKeyStoreError(caught);
      // Two nodes may make the first keys of a registry at once, each with a salt of its own; or this very process has
      // changed the passphrase meanwhile. A second look tells them from a passphrase that is another one.
      const mayBeSalt = error instanceof KeyStoreError && error.code === 'passphraseChanged';
      if (!isRepeated && (mayBeSalt || used !== sealer)) return insertSealed(keyId, keyAlgorithm, privateKey, true);
      throw error;
    }
  };

  return {
    async generateKey(keyId, keyAlgorithm, signatureAlgorithm) {
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
      const signer = signerOf(key, signatureAlgorithm);
      await insertSealed(keyId, keyAlgorithm, privateKey);
      loaded.set(keyId, Promise.resolve(key));
      return signer;
    },
    getSigner: async (keyId, signatureAlgorithm) => signerOf(await get(keyId), signatureAlgorithm),
    getPrivateKey: async (keyId) => (await get(keyId)).privateKey,
    async checkKey(keyId) {
      await get(keyId);
    },

    async list() {
      const described: SoftwareKeyDescription[] = [];
      for (const sealed of await store.list()) {
        const { keyId, keyAlgorithm, kdf } = sealed;
        described.push({ keyId, keyAlgorithm, scryptCost: kdf.N, fault: await faultOf(sealed, sealer) });
      }
      return described;
    },

    async rewrap(next, commit) {
      const before = await store.list();
      const after: SealedKey[] = [];
      const following = next(sealer);
      for (const sealed of before) after.push(await sealAnew(sealed, sealer, following));
      await commit(before, after);
      sealer = following;
      return after.length;
    },
  };
}

/** Adapters of the store have errors of their own, with the codes of this one's. */
function asKeyStoreError(error: unknown): unknown {
  if (error instanceof KeyStoreError || !(error instanceof Error) || !('code' in error)) return error;
  const code = (['keyExists', 'passphraseChanged'] as const).find((known) => known === error.code);
  return code === undefined ? error : new KeyStoreError(code, error.message, { cause: error });
}

async function sealAnew(sealed: SealedKey, from: KeySealer, to: KeySealer): Promise<SealedKey> {
  const again = await to.seal(sealed.keyId, sealed.keyAlgorithm, await from.unseal(sealed));
  // Read back before the old record goes: unsealing compares with the public key.
  await to.unseal(again);
  if (again.subjectPublicKeyInfo === sealed.subjectPublicKeyInfo) return again;
  throw new KeyStoreError(
    'keySwapped',
    `The key "${sealed.keyId}" changed while it was sealed anew; nothing was stored.`,
  );
}

async function faultOf(sealed: SealedKey, sealer: KeySealer): Promise<KeyStoreError | undefined> {
  try {
    await sealer.unseal(sealed);
    return undefined;
  } catch (error) {
    if (error instanceof KeyStoreError) return error;
    throw error;
  }
}

/** Our own keys pass the same policy as anybody's. */
function loadedKey(privateKey: KeyObject): LoadedKey {
  parsePublicKey(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }));
  return { privateKey, signer: createSoftwareSigner(privateKey) };
}

function signerOf({ privateKey, signer }: LoadedKey, algorithm: SignatureAlgorithm | undefined): Signer {
  if (algorithm === undefined || algorithm.name === signer.algorithm.name) return signer;
  try {
    return createSoftwareSigner(privateKey, algorithm);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new KeyStoreError('notSupported', `${error.message} Choose an algorithm of the key's kind.`, {
      cause: error,
    });
  }
}
