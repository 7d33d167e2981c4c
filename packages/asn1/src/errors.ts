/** What goes wrong while reading: bytes that are not DER, and text that does not decode to bytes. */

/** What kind of fault, for those who tell a client how to mend it. */
export type Asn1Fault =
  /** The octets end before the element does. */
  | 'truncated'
  /** Octets follow the outermost element. */
  | 'trailing'
  /** A BER encoding where DER has only one. */
  | 'notDer'
  | 'tooDeep'
  | 'tooMany'
  /** An element that must be there is not. */
  | 'missing'
  /** More elements than belong there. */
  | 'leftOver'
  /** What may be there once is there again. */
  | 'repeated'
  /** The elements of a SET OF are not in the order of DER. */
  | 'notSorted'
  /** A value that is the DEFAULT, and must not be written. */
  | 'defaultWritten'
  /** More or fewer octets than the value has. */
  | 'size'
  /** A character that its string type does not have. */
  | 'character'
  /** Another element than the one that belongs there, or a value that its type does not have. */
  | 'malformed';

/** The bytes are not the DER that was expected. Every parser of bytes throws this, and nothing else, on bad input. */
export class Asn1Error extends Error {
  override readonly name = 'Asn1Error';
  /** Octets from the start of the bytes that were handed to the reader. */
  readonly offset: number;
  readonly fault: Asn1Fault;
  /** The message without the offset. */
  readonly reason: string;

  constructor(reason: string, offset = 0, fault: Asn1Fault = 'malformed', options?: ErrorOptions) {
    super(`${reason} (at octet ${offset})`, options);
    this.reason = reason;
    this.offset = offset;
    this.fault = fault;
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
