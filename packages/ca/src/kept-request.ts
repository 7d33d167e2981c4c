/** A request as it is kept on record. */
import { DerReader, rfc2985 } from '@touchmark/asn1';
import type { CertificationRequest } from '@touchmark/x509';
import type { EnrollmentRequest } from './enrollment-request.ts';

/**
 * Where a challengePassword is a credential, its characters are blotted out: no secret stays in the registry. The signature
 * over the request does not verify any more then; that it did is on record with the attempt.
 */
export function keptRequest(
  { requestDer, channelBinding }: Pick<EnrollmentRequest, 'requestDer' | 'channelBinding'>,
  parsed: CertificationRequest,
): Uint8Array {
  const value = parsed.attributes.find(({ oid }) => oid === rfc2985['pkcs-9-at-challengePassword'])?.values[0];
  if (channelBinding !== undefined || value === undefined) return requestDer;
  const kept = Buffer.from(requestDer);
  const length = contentLength(value);
  // Wherever the same element stands: it is the secret there as well.
  for (let at = kept.indexOf(value); at !== -1; at = kept.indexOf(value, at + 1)) {
    kept.fill('x', at + value.length - length, at + value.length);
  }
  return new Uint8Array(kept);
}

function contentLength(element: Uint8Array): number {
  return new DerReader(element).content(element[0] ?? 0).length;
}
