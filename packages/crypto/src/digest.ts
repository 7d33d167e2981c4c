/** Digests that structures of X.509 name; never a home for new uses of SHA-1. */
import { hash } from 'node:crypto';

/** SHA-256, 32 octets. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return octetsOf(hash('sha256', bytes, 'binary'));
}

/** The same in lower case hexadecimal. */
export function sha256Hex(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

/** SHA-1, 20 octets: only where a protocol identifies things by it (RFC 6960 CertID), never for signatures. */
export function sha1(bytes: Uint8Array): Uint8Array {
  return octetsOf(hash('sha1', bytes, 'binary'));
}

/** One octet per character: Node makes a text in half the time of a Buffer. */
function octetsOf(digest: string): Uint8Array {
  const octets = new Uint8Array(digest.length);
  for (let index = 0; index < octets.length; index++) octets[index] = digest.charCodeAt(index);
  return octets;
}
