/** Strict reading of DER (X.690 §10 and §11), one element after another; what is not DER throws Asn1Error. */
import { parseString } from './character-string.ts';
import { Asn1Error } from './errors.ts';
import type { Asn1Fault } from './errors.ts';
import { parseOid } from './object-identifier.ts';
import { tag, tagName } from './tag.ts';
import { parseTime } from './time.ts';

/** Universal types that are constructed: EXTERNAL, EMBEDDED PDV, SEQUENCE, SET. All others are primitive in DER. */
const constructedTypes = (1 << 8) | (1 << 11) | (1 << 16) | (1 << 17);

/** A character string together with the type it was sent as. */
export interface TaggedString {
  readonly tag: number;
  readonly value: string;
}

/**
 * A cursor over the elements between two offsets. Results are windows on the given bytes, not copies.
 *
 * Methods of one type take an identifier octet as last argument where an IMPLICIT tag stands for it.
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #offset: number;
  // Of the element whose header was read last; fields rather than a result, so that reading allocates nothing.
  #tag = 0;
  #contentStart = 0;
  #contentEnd = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#offset = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.#offset >= this.#end;
  }

  /** Offset of the next element in the bytes that the outermost reader was made over. */
  get offset(): number {
    return this.#offset;
  }

  /** Identifier octet of the next element. */
  peek(): number | undefined {
    return this.#offset < this.#end ? this.#bytes[this.#offset] : undefined;
  }

  /** Throws when elements are left over. */
  end(): void {
    if (this.#offset < this.#end) {
      throw this.error(`${this.#end - this.#offset} octets are left over`, this.#offset, 'leftOver');
    }
  }

  /** For refusals by those who know what the elements mean. */
  error(reason: string, offset = this.#offset, fault?: Asn1Fault): Asn1Error {
    return new Asn1Error(reason, offset, fault);
  }

  /** Identifier, length and content of the next element. */
  element(expected?: number): Uint8Array {
    const start = this.#offset;
    this.#next(expected);
    return this.#window(start, this.#contentEnd);
  }

  /** The next element without moving behind it, for those who need both the octets and what is inside. */
  peekElement(expected?: number): Uint8Array {
    const start = this.#offset;
    const element = this.element(expected);
    this.#offset = start;
    return element;
  }

  content(expected: number): Uint8Array {
    this.#next(expected);
    return this.#window(this.#contentStart, this.#contentEnd);
  }

  /** A reader of what is inside the next element. */
  enter(expected: number): DerReader {
    this.#next(expected);
    return new DerReader(this.#bytes, this.#contentStart, this.#contentEnd);
  }

  optionalEnter(expected: number): DerReader | undefined {
    return this.peek() === expected ? this.enter(expected) : undefined;
  }

  optionalElement(expected: number): Uint8Array | undefined {
    return this.peek() === expected ? this.element(expected) : undefined;
  }

  integer(expected: number = tag.integer): bigint {
    this.#integer(expected);
    let hex = '';
    for (let at = this.#contentStart; at < this.#contentEnd; at++)
      hex += (this.#bytes[at] ?? 0).toString(16).padStart(2, '0');
    return BigInt.asIntN((this.#contentEnd - this.#contentStart) * 8, BigInt(`0x${hex}`));
  }

  /** Content octets: two's complement, big-endian, as short as possible. */
  integerBytes(expected: number = tag.integer): Uint8Array {
    this.#integer(expected);
    return this.#window(this.#contentStart, this.#contentEnd);
  }

  /** An INTEGER of at most four octets, such as a version. */
  smallInteger(expected: number = tag.integer): number {
    this.#integer(expected);
    if (this.#contentEnd - this.#contentStart > 4) throw this.error('an INTEGER is too large here', this.#contentStart);
    let value = ((this.#bytes[this.#contentStart] ?? 0) << 24) >> 24;
    for (let at = this.#contentStart + 1; at < this.#contentEnd; at++) value = (value << 8) | (this.#bytes[at] ?? 0);
    return value;
  }

  enumerated(expected: number = tag.enumerated): number {
    return this.smallInteger(expected);
  }

  boolean(expected: number = tag.boolean): boolean {
    this.#next(expected);
    const octet = this.#bytes[this.#contentStart];
    if (this.#contentEnd - this.#contentStart !== 1 || (octet !== 0x00 && octet !== 0xff)) {
      throw this.error('a BOOLEAN must be one octet of 00 or FF (X.690 §11.1)', this.#contentStart, 'notDer');
    }
    return octet === 0xff;
  }

  null(expected: number = tag.null): void {
    this.#next(expected);
    if (this.#contentEnd !== this.#contentStart) throw this.error('a NULL has content', this.#contentStart);
  }

  oid(expected: number = tag.oid): string {
    this.#next(expected);
    return parseOid(this.#bytes, this.#contentStart, this.#contentEnd);
  }

  octetString(expected: number = tag.octetString): Uint8Array {
    return this.content(expected);
  }

  bitString(expected: number = tag.bitString): { unusedBits: number; bytes: Uint8Array } {
    this.#next(expected);
    const start = this.#contentStart;
    const end = this.#contentEnd;
    if (start === end) throw this.error('a BIT STRING has no octet for its unused bits', start);
    const unusedBits = this.#bytes[start] ?? 0;
    if (unusedBits > 7 || (unusedBits > 0 && end - start === 1)) {
      throw this.error('a BIT STRING has a wrong number of unused bits', start);
    }
    if (unusedBits > 0 && ((this.#bytes[end - 1] ?? 0) & ((1 << unusedBits) - 1)) !== 0) {
      throw this.error('the unused bits of a BIT STRING are not zero (X.690 §11.2.1)', end - 1, 'notDer');
    }
    return { unusedBits, bytes: this.#window(start + 1, end) };
  }

  /** UTCTime or GeneralizedTime in the forms of RFC 5280 §4.1.2.5; whether the right one was chosen is left to lint. */
  time(): Date {
    if (this.peek() === tag.generalizedTime) return this.generalizedTime();
    this.#next(tag.utcTime);
    return parseTime(this.#bytes, this.#contentStart, this.#contentEnd, 2);
  }

  generalizedTime(expected: number = tag.generalizedTime): Date {
    this.#next(expected);
    return parseTime(this.#bytes, this.#contentStart, this.#contentEnd, 4);
  }

  /** Any of the character string types; with an argument, the type that an IMPLICIT tag stands for. */
  string(implicit?: { readonly tag: number; readonly of: number }): TaggedString {
    this.#next(implicit?.tag);
    const type = implicit?.of ?? this.#tag;
    return { tag: type, value: parseString(type, this.#bytes, this.#contentStart, this.#contentEnd) };
  }

  #integer(expected: number): void {
    this.#next(expected);
    const start = this.#contentStart;
    if (this.#contentEnd === start) throw this.error(`an ${tagName(tag.integer)} is empty`, start);
    if (this.#contentEnd - start > 1) {
      const first = this.#bytes[start];
      const negative = (this.#bytes[start + 1] ?? 0) >= 0x80;
      if ((first === 0x00 && !negative) || (first === 0xff && negative)) {
        throw this.error('an INTEGER is longer than it need be (X.690 §8.3.2)', start, 'notDer');
      }
    }
  }

  /** Reads identifier and length of the next element and moves behind it. */
  #next(expected: number | undefined): void {
    const bytes = this.#bytes;
    const start = this.#offset;
    if (start >= this.#end) {
      const wanted = expected === undefined ? 'an element' : tagName(expected);
      throw this.error(`expected ${wanted}, found the end`, start, 'missing');
    }
    const identifier = bytes[start] ?? 0;
    if (expected !== undefined && identifier !== expected) {
      throw this.error(`expected ${tagName(expected)}, found ${tagName(identifier)}`);
    }
    const number = identifier & 0x1f;
    if (number === 0x1f) throw this.error('tag numbers above 30 are not in use');
    if (identifier < 0x40 && ((constructedTypes >> number) & 1) !== identifier >> 5) {
      throw this.error(
        `${tagName(identifier)} must be ${identifier >> 5 === 1 ? 'primitive' : 'constructed'} (X.690 §8, §10.2)`,
        start,
        'notDer',
      );
    }
    if (identifier === 0) throw this.error('end-of-contents octets are not DER', start, 'notDer');
    let at = start + 1;
    if (at >= this.#end) throw this.error('the length is missing', at, 'truncated');
    let length = bytes[at++] ?? 0;
    if (length >= 0x80) {
      if (length === 0x80) {
        throw this.error('the length is indefinite, which is not DER (X.690 §10.1)', start + 1, 'notDer');
      }
      const octets = length & 0x7f;
      if (octets > 4) throw this.error(`a length of ${octets} octets is out of bounds`, start + 1);
      if (at + octets > this.#end) throw this.error('the length is cut off', start + 1, 'truncated');
      length = 0;
      for (let index = 0; index < octets; index++) length = length * 256 + (bytes[at++] ?? 0);
      if (length < 0x80 || length < 2 ** (8 * (octets - 1))) {
        throw this.error('the length is longer than it need be (X.690 §10.1)', start + 1, 'notDer');
      }
    }
    if (length > this.#end - at) {
      throw this.error(
        `the content is cut off: ${length} octets are announced, ${this.#end - at} are there`,
        start,
        'truncated',
      );
    }
    this.#tag = identifier;
    this.#contentStart = at;
    this.#contentEnd = at + length;
    this.#offset = at + length;
  }

  #window(start: number, end: number): Uint8Array {
    // Not subarray: that of a Buffer is a Buffer.
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, end - start);
  }
}

/** A reader of what is inside the one element that the bytes must be. */
export function readWhole(bytes: Uint8Array, expected: number = tag.sequence): DerReader {
  const outer = new DerReader(bytes);
  const inner = outer.enter(expected);
  if (!outer.done) throw outer.error(`${bytes.length - outer.offset} octets are left over`, outer.offset, 'trailing');
  return inner;
}
