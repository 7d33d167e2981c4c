/** The octets of a PKIOperation: the body of a POST, or the parameter `message` of a GET (RFC 8894 §4.3). */
import { refused } from '@touchmark/ca';
import type { CaError } from '@touchmark/ca';
import type { HttpRequest } from '@touchmark/http';
import { percentDecode, valuesOf } from './target.ts';

/** A request with an RSA-4096 key and the certificates of its signer has less than 16 KiB. */
export const maxMessageBytes = 256 * 1024;

/** Throws CaError `messageMalformed`, and BodyTooLarge. The Content-Type says nothing: clients send any, or none. */
export async function readMessage(request: HttpRequest): Promise<Uint8Array> {
  if (request.method === 'POST') {
    const body = await request.readBody(maxMessageBytes);
    if (body.length === 0) throw malformed('The body is empty');
    return body;
  }
  const [value, ...others] = valuesOf(request.rawQuery, 'message');
  if (value === undefined || value === '' || others.length > 0) {
    throw malformed('A PKIOperation by GET must have its message in one parameter "message"');
  }
  return decodeMessageParameter(value);
}

/**
 * Base64 as clients have it in a query: `+` as it is (jscep) or encoded, line breaks (Cisco IOS), the alphabet for URLs,
 * with and without padding. Not read as a form: there a `+` would be a blank.
 */
export function decodeMessageParameter(raw: string): Uint8Array {
  const decoded = percentDecode(raw);
  if (decoded === undefined) throw malformed('The parameter "message" is not percent-encoded as URLs are');
  const text = decoded.replaceAll(/\s/g, '').replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  if (!/^[A-Za-z0-9+/]+$/.test(text) || text.length % 4 === 1) {
    throw malformed('The parameter "message" is no base64');
  }
  return new Uint8Array(Buffer.from(text, 'base64'));
}

function malformed(what: string): CaError {
  return refused('messageMalformed', what);
}
