/** The OCSPRequest in the path of a GET (RFC 6960 §A.1): url-encoding of base64 of DER. */
import { Asn1Error, EncodingError, fromBase64 } from '@touchmark/asn1';
import { OcspError } from './response-status.ts';

/**
 * @param encoded everything behind `/ocsp/{ca}/`, as sent. Percent-decoded once; raw `/`, `//` and `+` are base64 and stay,
 *   as clients that do not encode them send them. Slashes in front come from joining URLs: the base64 of a SEQUENCE begins
 *   with `M`. Line breaks and missing padding occur and do no harm.
 */
export function decodeGetRequest(encoded: string): Uint8Array {
  try {
    const base64 = decodeURIComponent(encoded)
      .replace(/^\/+/, '')
      .replaceAll(/[\r\n]/g, '');
    return fromBase64(base64.endsWith('=') ? base64 : base64 + '='.repeat((4 - (base64.length % 4)) % 4));
  } catch (error) {
    if (error instanceof URIError || error instanceof EncodingError || error instanceof Asn1Error) {
      throw new OcspError('malformedRequest', error.message, { cause: error });
    }
    throw error;
  }
}
