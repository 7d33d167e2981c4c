/**
 * The successful answers of EST, in the one form that every tested client reads (docs/rfc7030.md, "Answers"): base64 in lines,
 * the last one ended too, since libest's decoder of cacerts needs them.
 */
import { toBase64Lines } from '@touchmark/asn1';
import { encodeCertsOnly } from '@touchmark/cms';
import type { HttpResponse } from '@touchmark/http';

/** RFC 8951 drops it, but BouncyCastle decodes base64 only with it. */
const transferEncoding = ['Content-Transfer-Encoding', 'base64'] as const;

const encodedCaCertificates = new WeakMap<readonly Uint8Array[], string>();

/** RFC 7030 §4.1.3. Without the smime-type parameter, unlike the enrollments: libest compares the whole value. */
export function caCertificatesResponse(certificatesDer: readonly Uint8Array[]): HttpResponse {
  let body = encodedCaCertificates.get(certificatesDer);
  if (body === undefined) {
    body = toBase64Lines(encodeCertsOnly([...certificatesDer]));
    encodedCaCertificates.set(certificatesDer, body);
  }
  return { status: 200, headers: [['Content-Type', 'application/pkcs7-mime'], transferEncoding], body };
}

/** RFC 7030 §4.2.3: the certificate that was issued and no other. */
export function issuedResponse(certificateDer: Uint8Array, attemptId: string): HttpResponse {
  return {
    status: 200,
    headers: [
      ['Content-Type', 'application/pkcs7-mime; smime-type=certs-only'],
      transferEncoding,
      ['Touchmark-Attempt', attemptId],
    ],
    body: toBase64Lines(encodeCertsOnly([certificateDer])),
  };
}

/** RFC 7030 §4.2.3: to be asked again with the same request. The body is empty: BouncyCastle throws on any other. */
export function pendingResponse(retryAfterSeconds: number, attemptId: string): HttpResponse {
  return {
    status: 202,
    headers: [
      ['Retry-After', String(Math.ceil(retryAfterSeconds))],
      ['Touchmark-Attempt', attemptId],
    ],
    body: '',
  };
}

/** RFC 7030 §4.5.2; 204 when there is nothing to say. */
export function csrAttributesResponse(csrAttrsDer: Uint8Array | undefined): HttpResponse {
  if (csrAttrsDer === undefined) return { status: 204, headers: [], body: '' };
  return {
    status: 200,
    headers: [['Content-Type', 'application/csrattrs'], transferEncoding],
    body: toBase64Lines(csrAttrsDer),
  };
}
