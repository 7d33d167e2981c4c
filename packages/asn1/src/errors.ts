/** What goes wrong while reading: bytes that are not DER, and text that does not decode to bytes. */

/** The bytes are not the DER that was expected. Every parser of bytes throws this, and nothing else, on bad input. */
export class Asn1Error extends Error {
  override readonly name = 'Asn1Error';
  /** Octets from the start of the bytes that were handed to the reader. */
  readonly offset: number;

  constructor(reason: string, offset = 0) {
    super(`${reason} (at octet ${offset})`);
    this.offset = offset;
  }
}

/** The text is not PEM (RFC 7468); the message says what to mend. */
export class PemError extends Error {
  override readonly name = 'PemError';
}

/** The text is not hexadecimal or not base64. */
export class EncodingError extends Error {
  override readonly name = 'EncodingError';
}
