/** OBJECT IDENTIFIER: dotted text to content octets and back (X.690 §8.19). */
import { Asn1Error } from './errors.ts';

/** Far beyond RFC 5280 Appendix B (20 arcs); keeps absurd arcs from costing time. */
const maxOctets = 128;

interface KnownOid {
  readonly octets: Uint8Array;
  readonly text: string;
}

/**
 * Those that were read before, by a hash of their octets: a few dozen are read again and again, and one string for each is
 * quick to tell from others. Whoever sends many of them only makes others forgotten.
 */
const known: (KnownOid | undefined)[] = new Array<undefined>(1024).fill(undefined);

export function parseOid(bytes: Uint8Array, start: number, end: number): string {
  let hash = 0;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) & 0x3ff;
  const before = known[hash];
  if (before !== undefined && isAt(before.octets, bytes, start, end)) return before.text;
  const text = parseUnknown(bytes, start, end);
  known[hash] = { octets: bytes.slice(start, end), text };
  return text;
}

function isAt(octets: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (octets.length !== end - start) return false;
  for (let index = 0; index < octets.length; index++) if (octets[index] !== bytes[start + index]) return false;
  return true;
}

function parseUnknown(bytes: Uint8Array, start: number, end: number): string {
  if (end === start) throw new Asn1Error('an OBJECT IDENTIFIER is empty', start);
  if (end - start > maxOctets) throw new Asn1Error(`an OBJECT IDENTIFIER is longer than ${maxOctets} octets`, start);
  if ((bytes[end - 1] ?? 0) >= 0x80) throw new Asn1Error('an OBJECT IDENTIFIER is cut off', end - 1);
  let text = '';
  let arc = 0;
  let arcStart = start;
  for (let at = start; at < end; at++) {
    const octet = bytes[at] ?? 0;
    if (at === arcStart && octet === 0x80) throw new Asn1Error('an arc of an OBJECT IDENTIFIER has leading zeros', at);
    arc = arc * 128 + (octet & 0x7f);
    if (octet >= 0x80) continue;
    // Seven octets are 49 bits; what is longer may not fit a number.
    const value = at - arcStart < 7 ? arc : longArc(bytes, arcStart, at);
    text = arcStart === start ? firstArcs(value) : `${text}.${value}`;
    arc = 0;
    arcStart = at + 1;
  }
  return text;
}

/** X.690 §8.19.4: the first two arcs X.Y are one value, 40 X + Y. */
function firstArcs(value: number | bigint): string {
  if (value < 40) return `0.${value}`;
  if (value < 80) return `1.${Number(value) - 40}`;
  return `2.${typeof value === 'bigint' ? value - 80n : value - 80}`;
}

function longArc(bytes: Uint8Array, start: number, last: number): bigint {
  let arc = 0n;
  for (let at = start; at <= last; at++) arc = (arc << 7n) | BigInt((bytes[at] ?? 0) & 0x7f);
  return arc;
}

/** Content octets. Throws RangeError when the text is not an object identifier. */
export function encodeOid(dotted: string): Uint8Array {
  if (dotted.length > 512 || !/^(?:[01]\.[1-3]?[0-9]|2\.(?:0|[1-9][0-9]*))(?:\.(?:0|[1-9][0-9]*))*$/.test(dotted)) {
    throw new RangeError(`"${dotted.slice(0, 80)}" is not an object identifier in dotted form`);
  }
  const [first = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt);
  const octets: number[] = [];
  for (const arc of [first * 40n + second, ...rest]) {
    const digits = [Number(arc & 0x7fn)];
    for (let high = arc >> 7n; high > 0n; high >>= 7n) digits.push(Number(high & 0x7fn) | 0x80);
    octets.push(...digits.reverse());
  }
  if (octets.length > maxOctets) throw new RangeError(`"${dotted.slice(0, 80)}…" is longer than ${maxOctets} octets`);
  return Uint8Array.from(octets);
}
