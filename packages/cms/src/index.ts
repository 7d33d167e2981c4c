/** RFC 5652: certs-only SignedData. */
export { encodeCertsOnly, parseCertsOnly } from './certs-only.ts';
export type { CertsOnly } from './certs-only.ts';
