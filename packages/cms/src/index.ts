/** RFC 5652: certs-only SignedData. RFC 7292: PKCS #12 files. */
export { encodeCertsOnly, parseCertsOnly } from './certs-only.ts';
export type { CertsOnly } from './certs-only.ts';
export { encodePkcs12 } from './pkcs12.ts';
export type { Pkcs12Content } from './pkcs12.ts';
