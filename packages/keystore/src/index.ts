/** Private keys and other secrets: sealed at rest; keys also in PKCS #11 tokens. */
export { composeKeyStores } from './composed-key-store.ts';
export type { ComposedKeyStore, KeyStoreFailure, KeyStoreKind } from './composed-key-store.ts';
export { createKeySealer } from './key-sealer.ts';
export type { KeySealer } from './key-sealer.ts';
export { KeyStoreError } from './key-store-error.ts';
export type { KeyStoreErrorCode } from './key-store-error.ts';
export type { KeyStore } from './key-store.ts';
export { createPkcs11KeyStore } from './pkcs11/pkcs11-key-store.ts';
export { Pkcs11Token } from './pkcs11/pkcs11-token.ts';
export type { TokenConfiguration } from './pkcs11/pkcs11-token.ts';
export { formatPkcs11Uri, isPkcs11Uri, parseKeyUri, parsePkcs11Uri } from './uri.ts';
export type { Pkcs11Uri } from './uri.ts';
export type { ScryptParameters, SealedKey, SealedRecord, SealedSecret } from './sealed-key.ts';
export { createSoftwareKeyStore } from './software-key-store.ts';
export type { SealedKeyStore, SecretStore, SoftwareKeyDescription, SoftwareKeyStore } from './software-key-store.ts';
