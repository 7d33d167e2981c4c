/** GetCACaps (RFC 8894 §3.5): what clients may count on. */
import type { ScepEndpoint } from './authority.ts';

/**
 * One to a line. The lines are separated by LF: with CRLF Apple's clients find no capability at all. What is not listed is
 * not accepted either, but clients that see neither AES nor DES3 would use DES, and MD5 without any SHA.
 */
export function encodeCapabilities({ settings, next }: ScepEndpoint): string {
  return [
    'AES',
    ...(settings.des3 ? ['DES3'] : []),
    'POSTPKIOperation',
    'Renewal',
    ...(settings.sha1 ? ['SHA-1'] : []),
    'SHA-256',
    'SHA-512',
    'SCEPStandard',
    ...(next === undefined ? [] : ['GetNextCACert']),
  ].join('\n');
}
