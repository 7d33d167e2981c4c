/** A look over the elements of untrusted bytes before anything is built from them: how deep, how many, whole or not. */
import { Asn1Error } from './errors.ts';
import type { Asn1Fault } from './errors.ts';
import { tag } from './tag.ts';

export interface PrescanLimits {
  /** Levels of nesting; the outermost element is level 1. */
  readonly maxDepth?: number;
  readonly maxNodes?: number;
  /** BER instead of DER: indefinite and long-winded lengths, and high tag numbers. For CMS from clients. */
  readonly allowIndefinite?: boolean;
}

/** Stands on the stack for an element that end-of-contents octets will end. */
const indefinite = -1;

const constructedOctetString = tag.octetString | 0x20;

export interface Scanned {
  /** Whether all lengths are definite and as short as can be, and no OCTET STRING is in pieces. */
  readonly hasDerForm: boolean;
}

/**
 * Throws Asn1Error unless the bytes are exactly one element within the limits. Looks at headers only, never into
 * primitive content; takes time proportional to the number of elements and no memory but a stack of `maxDepth` numbers.
 */
export function prescan(bytes: Uint8Array, limits: PrescanLimits = {}): void {
  scan(bytes, limits);
}

/** The same, with what was seen on the way. */
export function scan(
  bytes: Uint8Array,
  { maxDepth = 32, maxNodes = 20_000, allowIndefinite = false }: PrescanLimits = {},
): Scanned {
  const scanner = new Scanner(bytes, allowIndefinite);
  let nodes = 0;
  do {
    if (scanner.endOfContents()) continue;
    if (++nodes > maxNodes) throw scanner.error(`there are more than ${maxNodes} elements`, 'tooMany');
    if (scanner.depth >= maxDepth) throw scanner.error(`elements are nested more than ${maxDepth} deep`, 'tooDeep');
    scanner.header();
  } while (scanner.depth > 0);
  scanner.end();
  return scanner;
}

class Scanner implements Scanned {
  readonly #bytes: Uint8Array;
  readonly #ber: boolean;
  /** Ends of the open constructed elements. */
  readonly #open: number[] = [];
  /** End of the innermost open element of definite length, which bounds everything inside. */
  #limit: number;
  #offset = 0;
  hasDerForm = true;

  constructor(bytes: Uint8Array, ber: boolean) {
    this.#bytes = bytes;
    this.#ber = ber;
    this.#limit = bytes.length;
  }

  get depth(): number {
    return this.#open.length;
  }

  error(reason: string, fault?: Asn1Fault): Asn1Error {
    return new Asn1Error(reason, this.#offset, fault);
  }

  end(): void {
    const left = this.#bytes.length - this.#offset;
    if (left > 0) throw this.error(`${left} octets follow the outermost element`, 'trailing');
  }

  /** Whether the innermost open element was ended here by end-of-contents octets. */
  endOfContents(): boolean {
    if (this.#offset + 2 > this.#limit) throw this.error('an element is cut off', 'truncated');
    if (this.#bytes[this.#offset] !== 0) return false;
    if (this.#open.at(-1) !== indefinite || this.#bytes[this.#offset + 1] !== 0) {
      throw this.error('end-of-contents octets end nothing here', 'notDer');
    }
    this.#offset += 2;
    this.#open.pop();
    this.#close();
    return true;
  }

  /** Reads identifier and length; goes into a constructed element and over a primitive one. */
  header(): void {
    const identifier = this.#octet();
    if ((identifier & 0x1f) === 0x1f) this.#highTagNumber();
    if (identifier === constructedOctetString) this.hasDerForm = false;
    const constructed = (identifier & 0x20) !== 0;
    if (this.#ber && constructed && this.#bytes[this.#offset] === 0x80) {
      this.#offset++;
      this.#open.push(indefinite);
      this.hasDerForm = false;
      return;
    }
    const length = this.#length();
    if (length > this.#limit - this.#offset) throw this.error('an element is longer than what it is in', 'truncated');
    if (constructed) {
      this.#limit = this.#offset + length;
      this.#open.push(this.#limit);
    } else {
      this.#offset += length;
    }
    this.#close();
  }

  /** Leaves the elements that end here. */
  #close(): void {
    while (this.#open.at(-1) === this.#offset) this.#open.pop();
    this.#limit = this.#open.findLast((end) => end !== indefinite) ?? this.#bytes.length;
  }

  #octet(): number {
    const octet = this.#offset < this.#limit ? this.#bytes[this.#offset] : undefined;
    if (octet === undefined) throw this.error('an identifier or length is cut off', 'truncated');
    this.#offset++;
    return octet;
  }

  #highTagNumber(): void {
    if (!this.#ber) throw this.error('tag numbers above 30 are not in use');
    this.hasDerForm = false;
    for (let index = 0; index < 4; index++) if (this.#octet() < 0x80) return;
    throw this.error('a tag number is out of bounds');
  }

  #length(): number {
    const first = this.#octet();
    if (first < 0x80) return first;
    if (first === 0x80) throw this.error('a length is indefinite where it must not be', 'notDer');
    const octets = first & 0x7f;
    if (octets > (this.#ber ? 8 : 4)) throw this.error(`a length of ${octets} octets is out of bounds`);
    let length = 0;
    for (let index = 0; index < octets; index++) length = length * 256 + this.#octet();
    if (length < 0x80 || length < 2 ** (8 * (octets - 1))) {
      if (!this.#ber) throw this.error('a length is longer than it need be (X.690 §10.1)', 'notDer');
      this.hasDerForm = false;
    }
    return length;
  }
}
