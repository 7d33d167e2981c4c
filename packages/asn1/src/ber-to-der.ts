/** BER with indefinite lengths and strings in pieces, as CMS clients send it (X.690 §8), in the form of DER. */
import { concatBytes } from './bytes.ts';
import { der } from './der.ts';
import { Asn1Error } from './errors.ts';
import { scan } from './prescan.ts';
import type { PrescanLimits } from './prescan.ts';
import { tag } from './tag.ts';

const constructedBit = 0x20;
const constructedOctetString = tag.octetString | constructedBit;

/**
 * The same element with definite and shortest lengths, and with OCTET STRINGs in one piece; the same octets where it has that
 * form already. The order of sets and the
 * content of primitive elements stay as they are; a string under an implicit tag does too, for its type cannot be seen.
 *
 * Throws Asn1Error for what is not exactly one element within the limits.
 */
export function berToDer(bytes: Uint8Array, limits: PrescanLimits = {}): Uint8Array {
  const { hasDerForm } = scan(bytes, { ...limits, allowIndefinite: true });
  return hasDerForm ? bytes : new Converter(bytes).element();
}

/** Goes once over bytes that the pre-scan found whole. */
class Converter {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  element(): Uint8Array {
    const start = this.#offset;
    const identifier = this.#octet();
    if ((identifier & 0x1f) === 0x1f) throw new Asn1Error('tag numbers above 30 are not in use', start);
    const length = this.#length();
    if ((identifier & constructedBit) === 0) {
      const content = this.#bytes.subarray(this.#offset, this.#offset + (length ?? 0));
      this.#offset += content.length;
      return der.tlv(identifier, content);
    }
    const elements = this.#elements(length);
    if (identifier === constructedOctetString) return der.octetString(joinPieces(elements, start));
    return der.tlv(identifier, ...elements);
  }

  /** @param length undefined: as far as the end-of-contents octets */
  #elements(length: number | undefined): Uint8Array[] {
    const elements: Uint8Array[] = [];
    if (length === undefined) {
      while (this.#bytes[this.#offset] !== 0) elements.push(this.element());
      this.#offset += 2;
    } else {
      for (const end = this.#offset + length; this.#offset < end;) elements.push(this.element());
    }
    return elements;
  }

  #octet(): number {
    return this.#bytes[this.#offset++] ?? 0;
  }

  #length(): number | undefined {
    const first = this.#octet();
    if (first < 0x80) return first;
    if (first === 0x80) return undefined;
    let length = 0;
    for (let octets = first & 0x7f; octets > 0; octets--) length = length * 256 + this.#octet();
    return length;
  }
}

/** The content of an OCTET STRING that came in pieces, which are whole by now. */
export function joinPieces(pieces: readonly Uint8Array[], offset = 0): Uint8Array {
  return concatBytes(
    ...pieces.map((piece) => {
      if (piece[0] !== tag.octetString) throw new Asn1Error('a piece of an OCTET STRING is of another type', offset);
      const lengthOctet = piece[1] ?? 0;
      return piece.subarray(2 + (lengthOctet < 0x80 ? 0 : lengthOctet & 0x7f));
    }),
  );
}
