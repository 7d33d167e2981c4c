/** The URIs of keys and tokens alone: for programs that read a configuration and use no key. */
export { parseKeyUri, tokenHolds } from './pkcs11/key-uri.ts';
export { formatPkcs11Uri, isPkcs11Uri, parsePkcs11Uri } from './pkcs11/pkcs11-uri.ts';
export type { Pkcs11Uri } from './pkcs11/pkcs11-uri.ts';
