/** HTTP Basic (RFC 7617), read strictly; the password is the enrollment secret and never appears in a message. */
import { EncodingError, fromBase64 } from '@touchmark/asn1';
import { refused } from '@touchmark/ca';
import type { CaError, EnrollmentCredentials } from '@touchmark/ca';

/** Of the IANA registry of HTTP authentication schemes, what clients are known to send. */
const knownSchemes = new Set(['bearer', 'digest', 'negotiate', 'ntlm', 'mutual', 'dpop', 'hoba', 'scram-sha-256']);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Undefined without an Authorization field, and with one of another scheme: that client still learns, by the 401, that
 * Basic is wanted. Throws `authorizationMalformed`.
 */
export function parseBasicCredentials(
  authorization: string | undefined,
  warnings: string[],
): EnrollmentCredentials['password'] {
  if (authorization === undefined) return undefined;
  const match = /^([!#$%&'*+.^_`|~\w-]+)(?: +(.*))?$/s.exec(authorization.trim());
  const scheme = match?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'basic') {
    // Only a scheme that is one is repeated: without "Basic " in front, the first word is the secret itself.
    const named = knownSchemes.has(scheme) ? `scheme "${scheme}"` : 'an unknown scheme';
    warnings.push(`an Authorization of ${named} was ignored: only Basic is known`);
    return undefined;
  }
  const text = decode(match?.[2] ?? '');
  // RFC 7617 §2: the user name ends at the first colon, the password may have more of them.
  const colon = text.indexOf(':');
  if (colon === -1) throw malformed('there is no colon between user name and password');
  // Forbidden by RFC 7617 §2.
  if (/[\x00-\x1f\x7f]/.test(text))
    throw malformed('there are control characters in it, such as a line break after the secret');
  return { userName: text.slice(0, colon), value: text.slice(colon + 1) };
}

function decode(token: string): string {
  try {
    return utf8.decode(fromBase64(token));
  } catch (error) {
    if (error instanceof EncodingError) throw malformed(error.message);
    throw malformed('it is not UTF-8');
  }
}

function malformed(reason: string): CaError {
  return refused('authorizationMalformed', `The Authorization field is not HTTP Basic: ${reason}`);
}
