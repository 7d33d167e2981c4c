/** What an IP address may be before it can stand in a certificate: the address of one host. */
import { parseIpAddress } from '@touchmark/x509';
import { refusedName } from './refused-name.ts';
import type { CaErrorCode } from './refusals/refusals.ts';

interface Rule {
  readonly code: CaErrorCode;
  readonly why: string;
  readonly matches: (octets: Uint8Array) => boolean;
}

const isZero = (octet: number): boolean => octet === 0;

/** The registries of special addresses: RFC 6890, RFC 4291. */
const rules: readonly Rule[] = [
  {
    code: 'ipAddressMapped',
    why: 'it is an IPv4 address in the form of IPv6',
    matches: (octets) =>
      octets.length === 16 && octets.subarray(0, 10).every(isZero) && octets[10] === 0xff && octets[11] === 0xff,
  },
  { code: 'ipAddressUnspecified', why: 'it is no address of a host', matches: isUnspecified },
  {
    code: 'ipAddressMulticast',
    why: 'it is the address of a group',
    matches: (octets) => (octets.length === 4 ? ((octets[0] ?? 0) & 0xf0) === 0xe0 : octets[0] === 0xff),
  },
  {
    code: 'ipAddressBroadcast',
    why: 'it is the address of everybody',
    matches: (octets) => octets.length === 4 && octets.every((octet) => octet === 0xff),
  },
];

export function checkIpAddress(value: string, { allowLocalhost }: { readonly allowLocalhost: boolean }): void {
  const octets = parseIpAddress(value);
  if (octets === undefined) throw refusedName('ipAddressMalformed', 'IP address', value, 'it is neither IPv4 nor IPv6');
  for (const { code, why, matches } of rules) {
    if (matches(octets)) throw refusedName(code, 'IP address', value, why);
  }
  if (!allowLocalhost && isLoopback(octets)) {
    throw refusedName('localhostNotAllowed', 'IP address', value, 'the profile does not allow localhost');
  }
}

/** "This network" of RFC 791, and :: */
function isUnspecified(octets: Uint8Array): boolean {
  return octets.length === 4 ? octets[0] === 0 : octets.every(isZero);
}

function isLoopback(octets: Uint8Array): boolean {
  return octets.length === 4 ? octets[0] === 127 : octets.subarray(0, 15).every(isZero) && octets[15] === 1;
}
