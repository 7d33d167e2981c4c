/** The DER writer: pure functions, each to the whole encoding of one element. */
import { compareBytes } from './bytes.ts';
import { encodeString } from './character-string.ts';
import { encodeOid } from './object-identifier.ts';
import { contextTag, tag } from './tag.ts';
import { encodeTime, fitsUtcTime } from './time.ts';

const utf8 = new TextEncoder();

/** Number of length octets for a content of `length` octets. */
export function sizeOfLength(length: number): number {
  if (length < 0x80) return 1;
  if (length < 0x100) return 2;
  if (length < 0x10000) return 3;
  if (length < 0x1000000) return 4;
  return 5;
}

/** Writes length octets and returns the offset behind them. */
export function writeLength(target: Uint8Array, offset: number, length: number): number {
  if (length < 0x80) {
    target[offset] = length;
    return offset + 1;
  }
  const octets = sizeOfLength(length) - 1;
  target[offset] = 0x80 | octets;
  for (let index = octets; index > 0; index--) {
    target[offset + index] = length & 0xff;
    length = Math.floor(length / 256);
  }
  return offset + 1 + octets;
}

/** Length octets alone, for content that is streamed behind them. */
function length(contentLength: number): Uint8Array {
  if (!Number.isSafeInteger(contentLength) || contentLength < 0 || contentLength > 0xffffffff) {
    throw new RangeError(`${contentLength} is not a length`);
  }
  const octets = new Uint8Array(sizeOfLength(contentLength));
  writeLength(octets, 0, contentLength);
  return octets;
}

/** One element of an identifier octet and the joined parts. */
function tlv(identifier: number, ...parts: readonly Uint8Array[]): Uint8Array {
  let contentLength = 0;
  for (const part of parts) contentLength += part.length;
  const element = new Uint8Array(1 + sizeOfLength(contentLength) + contentLength);
  element[0] = identifier;
  let offset = writeLength(element, 1, contentLength);
  for (const part of parts) {
    element.set(part, offset);
    offset += part.length;
  }
  return element;
}

/** Two's complement, big-endian, as short as possible. */
function integerContent(value: bigint): Uint8Array {
  // ~value has as many significant bits as a negative value.
  const magnitude = value < 0n ? ~value : value;
  const octets = Math.floor(magnitude.toString(16).length / 2) + 1;
  const hex = BigInt.asUintN(octets * 8, value)
    .toString(16)
    .padStart(octets * 2, '0');
  const content = new Uint8Array(Buffer.from(hex, 'hex'));
  return content.length > 1 && isPadding(content[0], content[1]) ? content.subarray(1) : content;
}

function isPadding(first: number | undefined, second: number | undefined): boolean {
  const negative = (second ?? 0) >= 0x80;
  return (first === 0x00 && !negative) || (first === 0xff && negative);
}

/** Those that were written before: a program writes few, again and again. */
const oids = new Map<string, Uint8Array>();
const maxOids = 1024;

export const der = {
  length,
  tlv,

  sequence: (...parts: readonly Uint8Array[]): Uint8Array => tlv(tag.sequence, ...parts),

  /** SET OF: the elements are sorted (X.690 §11.6). */
  set: (...elements: readonly Uint8Array[]): Uint8Array => tlv(tag.set, ...elements.toSorted(compareBytes)),

  integer: (value: bigint | number): Uint8Array => tlv(tag.integer, integerContent(BigInt(value))),

  /** From content octets: two's complement, as short as possible. Throws RangeError when they are not. */
  integerBytes: (content: Uint8Array): Uint8Array => {
    if (content.length === 0 || (content.length > 1 && isPadding(content[0], content[1]))) {
      throw new RangeError('the octets of an INTEGER are none or more than needed');
    }
    return tlv(tag.integer, content);
  },

  enumerated: (value: number): Uint8Array => tlv(tag.enumerated, integerContent(BigInt(value))),
  boolean: (value: boolean): Uint8Array => Uint8Array.of(tag.boolean, 1, value ? 0xff : 0x00),
  null: (): Uint8Array => Uint8Array.of(tag.null, 0),
  oid: (dotted: string): Uint8Array => {
    const known = oids.get(dotted);
    if (known !== undefined) return known;
    const element = tlv(tag.oid, encodeOid(dotted));
    if (oids.size < maxOids) oids.set(dotted, element);
    return element;
  },
  octetString: (bytes: Uint8Array): Uint8Array => tlv(tag.octetString, bytes),

  /** Throws RangeError unless the unused bits, 0 to 7 of the last octet, are zero. */
  bitString: (bytes: Uint8Array, unusedBits = 0): Uint8Array => {
    const last = bytes.at(-1) ?? 0;
    if (
      unusedBits < 0 ||
      unusedBits > 7 ||
      (bytes.length === 0 && unusedBits > 0) ||
      (last & ((1 << unusedBits) - 1)) !== 0
    ) {
      throw new RangeError('the unused bits of a BIT STRING are not zero, or not that many');
    }
    return tlv(tag.bitString, Uint8Array.of(unusedBits), bytes);
  },

  /** BIT STRING of a NamedBitList: trailing zero bits are left off (X.690 §11.2.2). */
  namedBits: (positions: readonly number[]): Uint8Array => {
    const highest = Math.max(-1, ...positions);
    const bytes = new Uint8Array(Math.ceil((highest + 1) / 8));
    for (const position of positions) bytes[position >> 3] = (bytes[position >> 3] ?? 0) | (0x80 >> (position & 7));
    return der.bitString(bytes, (8 - ((highest + 1) % 8)) % 8);
  },

  utf8String: (text: string): Uint8Array => {
    if (!text.isWellFormed()) throw new RangeError('UTF8String has no lone surrogates');
    return tlv(tag.utf8String, utf8.encode(text));
  },
  printableString: (text: string): Uint8Array => tlv(tag.printableString, encodeString(tag.printableString, text)),
  ia5String: (text: string): Uint8Array => tlv(tag.ia5String, encodeString(tag.ia5String, text)),

  utcTime: (date: Date): Uint8Array => tlv(tag.utcTime, encodeTime(date, 2)),
  generalizedTime: (date: Date): Uint8Array => tlv(tag.generalizedTime, encodeTime(date, 4)),

  /** Time of RFC 5280 §4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050 on. */
  time: (date: Date): Uint8Array => (fitsUtcTime(date) ? der.utcTime(date) : der.generalizedTime(date)),

  /** `[number]` over content octets. */
  context: (
    number: number,
    { constructed }: { readonly constructed: boolean },
    ...content: readonly Uint8Array[]
  ): Uint8Array => tlv(contextTag(number, constructed), ...content),

  /** `[number] EXPLICIT` around whole elements. */
  explicit: (number: number, ...inner: readonly Uint8Array[]): Uint8Array => tlv(contextTag(number, true), ...inner),

  /** `[number] IMPLICIT` over the content octets of a primitive type. */
  implicit: (number: number, content: Uint8Array): Uint8Array => tlv(contextTag(number, false), content),

  /** The element under another identifier octet: IMPLICIT tagging of what is already encoded. */
  retag: (identifier: number, element: Uint8Array): Uint8Array => {
    const copy = Uint8Array.from(element);
    copy[0] = identifier;
    return copy;
  },
} as const;
