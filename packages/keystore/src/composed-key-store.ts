/** All keys of a service behind one interface: the id says where a key is. */
import type { Signer } from '@touchmark/crypto';
import { KeyStoreError } from './key-store-error.ts';
import type { KeyStoreErrorCode } from './key-store-error.ts';
import type { KeyStore } from './key-store.ts';
import { isPkcs11Uri } from './pkcs11/pkcs11-uri.ts';

export const keyStoreKinds = ['software', 'pkcs11'] as const;
export type KeyStoreKind = (typeof keyStoreKinds)[number];

export interface KeyStoreFailure {
  readonly kind: KeyStoreKind;
  readonly operation: 'load' | 'sign';
  readonly code: KeyStoreErrorCode | 'other';
}

export interface ComposedKeyStore extends KeyStore {
  /** The id itself, or the `pkcs11:` URI that the configuration has for it. */
  resolve(keyId: string): { readonly kind: KeyStoreKind; readonly location: string };
}

export interface ComposedKeyStoreParts {
  readonly software: KeyStore;
  readonly pkcs11: KeyStore;
  /** `pkcs11:` URIs by the key ids that stand for them. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Told of every failure, for counting. */
  readonly onFailure: (failure: KeyStoreFailure) => void;
}

/** Ids that are `pkcs11:` URIs, or aliases of one, are keys of tokens; all others are of the software store. */
export function composeKeyStores({ software, pkcs11, aliases, onFailure }: ComposedKeyStoreParts): ComposedKeyStore {
  const observed = new WeakMap<Signer, Signer>();

  const resolve: ComposedKeyStore['resolve'] = (keyId) => {
    const location = aliases.get(keyId) ?? keyId;
    return { kind: isPkcs11Uri(location) ? 'pkcs11' : 'software', location };
  };
  const failing = async <T>(kind: KeyStoreKind, operation: 'load' | 'sign', work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      const code = error instanceof KeyStoreError ? error.code : 'other';
      // An answer rather than a failure: who asks may be about to make the key, or has lost the race to make it.
      if (code !== 'keyNotFound' && code !== 'keyExists') onFailure({ kind, operation, code });
      throw error;
    }
  };
  const loading = async <T>(keyId: string, work: (store: KeyStore, location: string) => Promise<T>): Promise<T> => {
    const { kind, location } = resolve(keyId);
    return failing(kind, 'load', work(kind === 'pkcs11' ? pkcs11 : software, location));
  };
  const observe = (keyId: string, signer: Signer): Signer => {
    const known = observed.get(signer);
    if (known !== undefined) return known;
    const { kind } = resolve(keyId);
    const wrapped: Signer = { ...signer, sign: (data) => failing(kind, 'sign', signer.sign(data)) };
    observed.set(signer, wrapped);
    return wrapped;
  };

  return {
    resolve,
    generateKey: async (keyId, keyAlgorithm, signatureAlgorithm) =>
      observe(
        keyId,
        await loading(keyId, (store, location) => store.generateKey(location, keyAlgorithm, signatureAlgorithm)),
      ),
    getSigner: async (keyId, signatureAlgorithm) =>
      observe(keyId, await loading(keyId, (store, location) => store.getSigner(location, signatureAlgorithm))),
    getPrivateKey: (keyId) => loading(keyId, (store, location) => store.getPrivateKey(location)),
    checkKey: (keyId) => loading(keyId, (store, location) => store.checkKey(location)),
  };
}
