/** Why a key cannot be had. */

export type KeyStoreErrorCode =
  | 'keyNotFound'
  /** The passphrase is not the one that the key was sealed with. */
  | 'wrongPassphrase'
  /** The record was changed since it was sealed, or is not a record of ours. */
  | 'keyDamaged'
  /** The record is intact but belongs to another key. */
  | 'keySwapped'
  | 'keyExists';

/** The message says what is wrong and how to mend it; it holds neither passphrase nor key. */
export class KeyStoreError extends Error {
  readonly code: KeyStoreErrorCode;

  constructor(code: KeyStoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KeyStoreError';
    this.code = code;
  }
}
