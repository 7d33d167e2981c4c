/** Why a key cannot be had. */

export type KeyStoreErrorCode =
  | 'keyNotFound'
  /** The passphrase is not the one that the key was sealed with. */
  | 'wrongPassphrase'
  /** The record was changed since it was sealed, or is not a record of ours. */
  | 'keyDamaged'
  /** The record is intact but belongs to another key; or what a token holds under the name is another key than it was. */
  | 'keySwapped'
  | 'keyExists'
  /** Several keys of a token match. */
  | 'keyAmbiguous'
  /** The passphrase of the registry was changed elsewhere: this process still has the earlier one. */
  | 'passphraseChanged'
  /** What this kind of store, or this token, cannot do. */
  | 'notSupported'
  | 'uriMalformed'
  /** The module, the token or its session is not there. */
  | 'tokenUnavailable'
  /** The token does not take the PIN; it is not offered again. */
  | 'pinRefused';

/** The message says what is wrong and how to mend it; it holds neither passphrase, PIN nor key. */
export class KeyStoreError extends Error {
  readonly code: KeyStoreErrorCode;

  constructor(code: KeyStoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KeyStoreError';
    this.code = code;
  }
}
