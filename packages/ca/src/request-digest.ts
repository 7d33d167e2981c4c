/** What makes two requests the same one, so that a retry gets the same certificate (invariants V3, V5). */
import { sha256 } from '@touchmark/crypto';
import type { CertificationRequest } from '@touchmark/x509';

/**
 * SHA-256 over who asks, where, for which key and names. The request's signature and challengePassword are left out:
 * clients sign anew and bind to a new TLS connection when they ask again.
 *
 * @param caller e.g. `secret:k7q2mzpa`; two callers never share an answer
 * @param scope what is asked of: the endpoint or profile
 */
export function requestDigest(
  caller: string,
  scope: string,
  request: CertificationRequest,
  extra: readonly string[] = [],
): Uint8Array {
  const parts = [
    utf8('touchmark request 1'),
    utf8(caller),
    utf8(scope),
    request.subject.der,
    request.subjectPublicKeyInfoDer,
    ...request.requestedExtensions.map((extension) => extension.der),
    ...extra.map(utf8),
  ];
  const octets = Buffer.alloc(parts.reduce((length, part) => length + 4 + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    offset = octets.writeUInt32BE(part.length, offset);
    octets.set(part, offset);
    offset += part.length;
  }
  return sha256(octets);
}

function utf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}
