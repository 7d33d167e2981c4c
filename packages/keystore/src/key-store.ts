/** Keys by id, wherever they are kept. */
import type { KeyObject } from 'node:crypto';
import type { KeyAlgorithmName, SignatureAlgorithm, Signer } from '@touchmark/crypto';

/** A key that cannot be had is a KeyStoreError; none is ever made in its place. */
export interface KeyStore {
  /**
   * Makes a key and keeps it before anything can be signed with it. Fails with `keyExists`.
   *
   * @param signatureAlgorithm that the signer uses; by default the one of the key's kind and size
   */
  generateKey(keyId: string, keyAlgorithm: KeyAlgorithmName, signatureAlgorithm?: SignatureAlgorithm): Promise<Signer>;
  /** Its `sign` too fails with KeyStoreError when the key is no longer there. */
  getSigner(keyId: string, signatureAlgorithm?: SignatureAlgorithm): Promise<Signer>;
  /**
   * The private key itself, for what cannot do with a signer: TLS listeners, decrypting. `notSupported` where keys do not leave
   * the store.
   */
  getPrivateKey(keyId: string): Promise<KeyObject>;
  /** Whether the key could sign now: fails as `getSigner` would if nothing were remembered. */
  checkKey(keyId: string): Promise<void>;
}
