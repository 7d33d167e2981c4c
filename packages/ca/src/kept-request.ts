/** A request as it is kept on record. */
import { DerReader, rfc2985 } from '@touchmark/asn1';
import type { CertificationRequest } from '@touchmark/x509';
import type { EnrollmentRequest } from './enrollment-request.ts';

/**
 * Where a challengePassword is a credential, its characters are blotted out: no secret stays in the registry. The signature
 * over the request does not verify any more then; that it did is on record with the attempt.
 *
 * @param parsed from these very octets
 */
export function keptRequest(
  { requestDer, channelBinding }: Pick<EnrollmentRequest, 'requestDer' | 'channelBinding'>,
  parsed: CertificationRequest,
): Uint8Array {
  const value = parsed.attributes.find(({ oid }) => oid === rfc2985['pkcs-9-at-challengePassword'])?.values[0];
  if (channelBinding !== undefined || value === undefined) return requestDer;
  const content = new DerReader(value).content(value[0] ?? 0);
  // What is parsed are windows on the octets: this attribute alone is meant, whatever else has the same characters.
  const start = content.byteOffset - requestDer.byteOffset;
  if (content.buffer !== requestDer.buffer || start < 0 || start + content.length > requestDer.length) {
    throw new TypeError('The request was parsed from other octets.');
  }
  const kept = new Uint8Array(requestDer);
  kept.fill('x'.charCodeAt(0), start, start + content.length);
  return kept;
}
