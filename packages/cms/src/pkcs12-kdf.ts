/** The key of the MAC over a PKCS #12 file (RFC 7292 appendix B.2), with SHA-256. */
import { createHash } from 'node:crypto';
import { concatBytes } from '@touchmark/asn1';

/** Block of the digest; the key is as long as the digest, so that one block of it is all that is made. */
const blockOctets = 64;
/** RFC 7292 appendix B.3: key material for a MAC. */
const macKeyId = 3;

/** 32 octets. */
export function deriveMacKey(password: string, salt: Uint8Array, iterations: number): Uint8Array {
  const diversifier = new Uint8Array(blockOctets).fill(macKeyId);
  let digest = sha256(concatBytes(diversifier, fillBlocks(salt), fillBlocks(bmpString(password))));
  for (let round = 1; round < iterations; round++) digest = sha256(digest);
  return digest;
}

/** UTF-16, big-endian, with a terminating NUL (RFC 7292 appendix B.1). */
export function bmpString(text: string, terminated = true): Uint8Array {
  return new Uint8Array(Buffer.from(terminated ? `${text}\0` : text, 'utf16le').swap16());
}

/** Repeated, and cut, to whole blocks. */
function fillBlocks(bytes: Uint8Array): Uint8Array {
  const length = Math.ceil(bytes.length / blockOctets) * blockOctets;
  return Uint8Array.from({ length }, (_, index) => bytes[index % bytes.length] ?? 0);
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}
