/** Keys and secrets in the memory of this process, sealed in a store: made, loaded at their first use, sealed anew. */
import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { equalBytes } from '@touchmark/asn1';
import { createSoftwareSigner, generateKeyPair, parsePublicKey } from '@touchmark/crypto';
import type { KeyAlgorithmName, SignatureAlgorithm, Signer } from '@touchmark/crypto';
import type { KeySealer } from './key-sealer.ts';
import { KeyStoreError } from './key-store-error.ts';
import type { KeyStore } from './key-store.ts';
import { checkSealed, nounOf } from './sealed-key.ts';
import type { SealedKey, SealedRecord, SealedSecret } from './sealed-key.ts';

/** Where sealed keys and secrets are kept. All that are in it are sealed with one passphrase. */
export interface SealedKeyStore {
  find(keyId: string): Promise<SealedRecord | undefined>;
  /**
   * Never overwrites: fails with `keyExists`. Fails with `passphraseChanged` when there are keys and none has the
   * `passphraseCheck` of this one: it would be sealed with another passphrase than the rest. Committed on return.
   */
  insert(sealed: SealedRecord): Promise<void>;
  /** In the place of the secret of that id, if there is one. Fails with `keyExists` when a key has the id; else as `insert`. */
  putSecret(sealed: SealedSecret): Promise<void>;
  /** Deletes secrets alone; nothing happens when there is none. Committed on return. */
  deleteSecret(keyId: string): Promise<void>;
  list(): Promise<readonly SealedRecord[]>;
}

/** Secrets that are no private keys, by id: they are read out as they were put in, and may be replaced. */
export interface SecretStore {
  /**
   * Seals a secret, in the place of the one that the id had. Fails with `keyExists` when the id is that of a key.
   *
   * @param secret 1 to 4096 octets
   */
  putSecret(keyId: string, secret: Uint8Array): Promise<void>;
  /**
   * The one that is stored now, whichever node has put it there: the record is read every time.
   *
   * @throws KeyStoreError `keyNotFound`, `keyDamaged`, `keySwapped`, `wrongPassphrase`; `notSupported`: the id is that of a key
   */
  getSecret(keyId: string): Promise<Uint8Array>;
  /** Nothing happens when there is none. */
  deleteSecret(keyId: string): Promise<void>;
}

export interface SoftwareKeyStore extends KeyStore, SecretStore {
  list(): Promise<readonly SoftwareKeyDescription[]>;
  /**
   * Seals every key and secret with the sealer that `next` makes. When `commit` has replaced all the records at once, later
   * ones are sealed with it too; until then, and when anything fails, nothing has changed. Signers stay as they are. Resolves
   * to the number of records.
   *
   * @throws KeyStoreError when a key does not open with the present passphrase
   */
  rewrap(next: (present: KeySealer) => KeySealer, commit: ReplaceSealedKeys): Promise<number>;
}

/** Replaces all of `before` by all of `after`, or nothing; refuses when the store holds anything else than `before`. */
type ReplaceSealedKeys = (before: readonly SealedRecord[], after: readonly SealedRecord[]) => Promise<void>;

export interface SoftwareKeyDescription {
  readonly keyId: string;
  readonly keyAlgorithm: KeyAlgorithmName | 'secret';
  /** scrypt's N. */
  readonly scryptCost: number;
  /** Why it does not open; undefined when it does. */
  readonly fault: KeyStoreError | undefined;
}

/** Letters, digits and what separates them in names: the id appears in messages, listings and configuration. */
const keyIdForm = /^[A-Za-z0-9][A-Za-z0-9._~:/-]{0,127}$/;

interface LoadedSecret {
  readonly secretId: string;
  readonly octets: Uint8Array;
}

interface LoadedKey {
  readonly privateKey: KeyObject;
  readonly signer: Signer;
}

export function createSoftwareKeyStore(parts: { sealer: KeySealer; store: SealedKeyStore }): SoftwareKeyStore {
  const { store } = parts;
  let { sealer } = parts;
  const loaded = new Map<string, Promise<LoadedKey>>();
  const loadedSecrets = new Map<string, LoadedSecret>();

  const load = async (keyId: string): Promise<LoadedKey> => {
    const sealed = await getSealed(store, keyId, 'key');
    if (sealed.version === 2) {
      throw new KeyStoreError('notSupported', `"${keyId}" is a secret: nothing can be signed with it. Name a key.`);
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

  /** With the passphrase and salt that the other records have: this process may not have noticed that they were changed. */
  const sealInto = async <Sealed extends SealedRecord>(
    seal: (sealer: KeySealer) => Promise<Sealed>,
    write: (sealed: Sealed) => Promise<void>,
    isRepeated = false,
  ): Promise<void> => {
    const used = sealer;
    try {
      const [other] = await store.list();
      if (other !== undefined) await used.checkPassphrase(other);
      await write(await seal(used));
    } catch (caught) {
      const error = asKeyStoreError(caught);
      // Two nodes may make the first keys of a registry at once, each with a salt of its own; or this very process has
      // changed the passphrase meanwhile. A second look tells them from a passphrase that is another one.
      const mayBeSalt = error instanceof KeyStoreError && error.code === 'passphraseChanged';
      if (!isRepeated && (mayBeSalt || used !== sealer)) return sealInto(seal, write, true);
      throw error;
    }
  };

  return {
    async generateKey(keyId, keyAlgorithm, signatureAlgorithm) {
      checkKeyId(keyId);
      if ((await store.find(keyId)) !== undefined) {
        throw new KeyStoreError(
          'keyExists',
          `There is a key "${keyId}" already; keys are never overwritten. Choose another id.`,
        );
      }
      const { privateKey } = await generateKeyPair(keyAlgorithm);
      const key = loadedKey(privateKey);
      const signer = signerOf(key, signatureAlgorithm);
      await sealInto(
        (used) => used.seal(keyId, keyAlgorithm, privateKey),
        (sealed) => store.insert(sealed),
      );
      loaded.set(keyId, Promise.resolve(key));
      return signer;
    },
    getSigner: async (keyId, signatureAlgorithm) => signerOf(await get(keyId), signatureAlgorithm),
    getPrivateKey: async (keyId) => (await get(keyId)).privateKey,
    async checkKey(keyId) {
      await get(keyId);
    },

    async putSecret(keyId, secret) {
      checkKeyId(keyId);
      await sealInto(
        (used) => used.sealSecret(keyId, secret),
        (sealed) => store.putSecret(sealed),
      );
    },
    async getSecret(keyId) {
      const sealed = await getSealed(store, keyId, 'secret');
      if (sealed.version === 1) {
        throw new KeyStoreError('notSupported', `"${keyId}" is a private key, which does not leave its store.`);
      }
      checkSealed(sealed);
      const known = loadedSecrets.get(keyId);
      // Also when it was sealed anew meanwhile, with a passphrase that this process does not have.
      if (known?.secretId === sealed.secretId) return known.octets;
      const octets = await sealer.unsealSecret(sealed);
      loadedSecrets.set(keyId, { secretId: sealed.secretId, octets });
      return octets;
    },
    async deleteSecret(keyId) {
      await store.deleteSecret(keyId);
      loadedSecrets.delete(keyId);
    },

    async list() {
      const described: SoftwareKeyDescription[] = [];
      for (const sealed of await store.list()) {
        const { keyId, kdf } = sealed;
        const keyAlgorithm = sealed.version === 1 ? sealed.keyAlgorithm : sealed.kind;
        described.push({ keyId, keyAlgorithm, scryptCost: kdf.N, fault: await faultOf(sealed, sealer) });
      }
      return described;
    },

    async rewrap(next, commit) {
      const before = await store.list();
      const after: SealedRecord[] = [];
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

async function getSealed(store: SealedKeyStore, keyId: string, noun: 'key' | 'secret'): Promise<SealedRecord> {
  const sealed = await store.find(keyId);
  if (sealed === undefined) {
    throw new KeyStoreError(
      'keyNotFound',
      `There is no ${noun} "${keyId}". Restore it from a backup; it is not made anew.`,
    );
  }
  if (sealed.keyId !== keyId) {
    throw new KeyStoreError(
      'keySwapped',
      `The record of ${noun} "${keyId}" holds another one. Restore it from a backup.`,
    );
  }
  return sealed;
}

function checkKeyId(keyId: string): void {
  if (keyIdForm.test(keyId)) return;
  throw new RangeError(
    'A key id has 1 to 128 letters, digits, ".", "_", "~", ":", "/" and "-", a letter or digit first.',
  );
}

async function sealAnew(sealed: SealedRecord, from: KeySealer, to: KeySealer): Promise<SealedRecord> {
  return sealed.version === 1 ? sealKeyAnew(sealed, from, to) : sealSecretAnew(sealed, from, to);
}

async function sealKeyAnew(sealed: SealedKey, from: KeySealer, to: KeySealer): Promise<SealedKey> {
  const again = await to.seal(sealed.keyId, sealed.keyAlgorithm, await from.unseal(sealed));
  // Read back before the old record goes: unsealing compares with the public key.
  await to.unseal(again);
  if (again.subjectPublicKeyInfo === sealed.subjectPublicKeyInfo) return again;
  throw changedMeanwhile(sealed);
}

async function sealSecretAnew(sealed: SealedSecret, from: KeySealer, to: KeySealer): Promise<SealedSecret> {
  const secret = await from.unsealSecret(sealed);
  const again = await to.sealSecret(sealed.keyId, secret, sealed.secretId);
  if (equalBytes(await to.unsealSecret(again), secret)) return again;
  throw changedMeanwhile(sealed);
}

function changedMeanwhile({ version, keyId }: SealedRecord): KeyStoreError {
  const noun = nounOf({ version });
  return new KeyStoreError(
    'keySwapped',
    `The ${noun} "${keyId}" changed while it was sealed anew; nothing was stored.`,
  );
}

async function faultOf(sealed: SealedRecord, sealer: KeySealer): Promise<KeyStoreError | undefined> {
  try {
    await (sealed.version === 1 ? sealer.unseal(sealed) : sealer.unsealSecret(sealed));
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
