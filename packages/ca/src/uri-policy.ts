/** What a URI may be before it can stand in a certificate (RFC 5280 §4.2.1.6, RFC 3986). */
import { isIP } from 'node:net';
import { checkDnsName } from './dns-name-policy.ts';
import type { DnsNameRules } from './dns-name-policy.ts';
import { checkIpAddress } from './ip-address-policy.ts';
import { refusedName } from './refused-name.ts';

/** Schemes whose URIs are code or content: whatever shows a certificate might follow them. */
const activeSchemes = ['javascript', 'vbscript', 'data', 'file', 'blob'];

export function checkUri(value: string, rules: DnsNameRules): void {
  if (/[^\x21-\x7e]/.test(value)) {
    throw refusedName('uriNotAscii', 'URI', value, 'it has characters outside printable ASCII');
  }
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):./.exec(value)?.[1]?.toLowerCase();
  if (scheme === undefined) throw refusedName('uriRelative', 'URI', value, 'it has no scheme, or nothing after it');
  if (activeSchemes.includes(scheme)) {
    throw refusedName(
      'uriSchemeNotAllowed',
      'URI',
      value,
      `the scheme "${scheme}" names no thing that could be certified`,
    );
  }
  if (/[<>"{}|\\^`]/.test(value) || /%(?![0-9A-Fa-f]{2})/.test(value) || !URL.canParse(value)) {
    throw refusedName('uriMalformed', 'URI', value, 'it is not written as RFC 3986 has it');
  }
  const authority = /^[^:]+:\/\/([^/?#]*)/.exec(value)?.[1];
  if (authority !== undefined) checkAuthority(value, authority, rules);
}

/** RFC 5280 §4.2.1.6: the host is a fully qualified domain name or an IP address. */
function checkAuthority(value: string, authority: string, rules: DnsNameRules): void {
  if (authority.includes('@'))
    throw refusedName('uriHasUserInfo', 'URI', value, 'there is a user name or a password in it');
  const host = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:]*))(?::\d*)?$/.exec(authority);
  const name = host?.[1] ?? host?.[2] ?? '';
  if (name === '') throw refusedName('uriHostMissing', 'URI', value, 'its host is missing or cannot be read');
  if (isIP(name) !== 0) checkIpAddress(name, rules);
  else checkDnsName(name, { ...rules, allowWildcard: false });
}
