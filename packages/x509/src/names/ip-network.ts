/** IP networks in the form of name constraints: address and mask, one after the other (RFC 5280 §4.2.1.10). */
import { formatIpAddress, parseIpAddress } from './ip-address.ts';

/** 8 or 32 octets of `10.0.0.0/8`; undefined when it is no network, or has bits set beyond its prefix. */
export function parseIpNetwork(text: string): Uint8Array | undefined {
  const match = /^([0-9A-Fa-f.:]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const address = match?.[1] === undefined ? undefined : parseIpAddress(match[1]);
  const length = Number(match?.[2]);
  if (address === undefined || length > address.length * 8) return undefined;
  const mask = maskOf(length, address.length);
  if (address.some((octet, index) => (octet & ~(mask[index] ?? 0) & 0xff) !== 0)) return undefined;
  return Uint8Array.of(...address, ...mask);
}

/** The text of 8 or 32 octets; undefined when the mask is no prefix. */
export function formatIpNetwork(octets: Uint8Array): string | undefined {
  if (octets.length !== 8 && octets.length !== 32) return undefined;
  const { address, mask } = split(octets);
  const bits = Array.from(mask, (octet) => octet.toString(2).padStart(8, '0')).join('');
  if (!/^1*0*$/.test(bits)) return undefined;
  // RFC 5280 says nothing of address bits beyond the mask: they are not compared, so they are not shown either.
  return `${formatIpAddress(address.map((octet, index) => octet & (mask[index] ?? 0)))}/${bits.lastIndexOf('1') + 1}`;
}

/** Whether an address of 4 or 16 octets is in the network; an address of the other family is in none. */
export function isInNetwork(address: Uint8Array, network: Uint8Array): boolean {
  if (network.length !== address.length * 2) return false;
  const { address: base, mask } = split(network);
  return address.every((octet, index) => ((octet ^ (base[index] ?? 0)) & (mask[index] ?? 0)) === 0);
}

function split(network: Uint8Array): { readonly address: Uint8Array; readonly mask: Uint8Array } {
  const half = network.length / 2;
  return { address: network.subarray(0, half), mask: network.subarray(half) };
}

function maskOf(length: number, octets: number): Uint8Array {
  return Uint8Array.from({ length: octets }, (_, index) => {
    const ones = Math.min(8, Math.max(0, length - index * 8));
    return (0xff << (8 - ones)) & 0xff;
  });
}
