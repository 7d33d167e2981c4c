/** The form of a uniformResourceIdentifier as RFC 5280 §4.2.1.6 asks for it. */
import { isIP } from 'node:net';
import { hostNameProblem } from './host-name.ts';

/** RFC 3986: scheme, then `//authority` if there is one. Only the characters that a URI may hold. */
const uriSyntax = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/?#]*))?([A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]*)$/;
const authoritySyntax = /^(?:[^@]*@)?(\[[0-9A-Fa-f:.]+\]|[^:[\]@]*)(?::\d*)?$/;

/** What is wrong, to follow "a URI that …"; undefined when nothing is. */
export function uriProblem(text: string): string | undefined {
  const [, scheme, authority, rest] = uriSyntax.exec(text) ?? [];
  if (scheme === undefined || rest === undefined) return 'is not an absolute URI in ASCII';
  if (authority === undefined) return rest === '' ? 'has nothing after its scheme' : undefined;
  // ldap:///cn=…, file:///… name no host and mean the local one.
  if (authority === '') return /^https?$/i.test(scheme) ? 'has no host' : undefined;
  const host = authoritySyntax.exec(authority)?.[1];
  if (host === undefined) return 'has a malformed authority';
  if (host.startsWith('[')) return isIP(host.slice(1, -1)) === 6 ? undefined : 'has a malformed IPv6 address';
  // isIP costs more than all the rest, and an address ends in a digit.
  if (/\d$/.test(host) && isIP(host) === 4) return undefined;
  const problem = hostNameProblem(host);
  return problem && `names the host "${host}", which ${problem}`;
}
