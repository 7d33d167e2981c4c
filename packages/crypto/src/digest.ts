/** Digests that structures of X.509 name; never a home for new uses of SHA-1. */
import { hash } from 'node:crypto';

/** SHA-256, 32 octets. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(hash('sha256', bytes, 'buffer'));
}

/** SHA-1, 20 octets: only where a protocol identifies things by it (RFC 6960 CertID), never for signatures. */
export function sha1(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(hash('sha1', bytes, 'buffer'));
}
