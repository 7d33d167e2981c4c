/** What makes two requests the same one, so that a retry gets the same certificate (invariants V3, V5). */
import { createHash } from 'node:crypto';
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
  const hash = createHash('sha256');
  const add = (part: Uint8Array | string): void => {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  add('touchmark request 1');
  add(caller);
  add(scope);
  add(request.subject.der);
  add(request.subjectPublicKeyInfoDer);
  for (const extension of request.requestedExtensions) add(extension.der);
  for (const text of extra) add(text);
  return new Uint8Array(hash.digest());
}
