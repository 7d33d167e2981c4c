/** Private keys, sealed at rest. */
export { createKeySealer } from './key-sealer.ts';
export type { KeySealer } from './key-sealer.ts';
export { createSoftwareKeyStore } from './key-store.ts';
export type { KeyStore, SealedKeyStore } from './key-store.ts';
export { KeyStoreError } from './key-store-error.ts';
export type { KeyStoreErrorCode } from './key-store-error.ts';
export type { ScryptParameters, SealedKey } from './sealed-key.ts';
