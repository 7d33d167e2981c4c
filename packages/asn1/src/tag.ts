/** Identifier octets (X.690 §8.1.2) of the types that PKI structures use. */

export const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Identifier octet of `[number]`; `constructed` is true for EXPLICIT tags and for IMPLICIT ones over SEQUENCE, SET or CHOICE. */
export function contextTag(number: number, constructed: boolean): number {
  if (!Number.isInteger(number) || number < 0 || number > 30) {
    throw new RangeError(`the tag number ${number} is not in 0 to 30`);
  }
  return 0x80 | (constructed ? 0x20 : 0) | number;
}

const names = new Map<number, string>(
  Object.entries({
    BOOLEAN: tag.boolean,
    INTEGER: tag.integer,
    'BIT STRING': tag.bitString,
    'OCTET STRING': tag.octetString,
    NULL: tag.null,
    'OBJECT IDENTIFIER': tag.oid,
    ENUMERATED: tag.enumerated,
    UTF8String: tag.utf8String,
    NumericString: tag.numericString,
    PrintableString: tag.printableString,
    TeletexString: tag.teletexString,
    IA5String: tag.ia5String,
    UTCTime: tag.utcTime,
    GeneralizedTime: tag.generalizedTime,
    VisibleString: tag.visibleString,
    UniversalString: tag.universalString,
    BMPString: tag.bmpString,
    SEQUENCE: tag.sequence,
    SET: tag.set,
  }).map(([name, octet]) => [octet, name]),
);

/** How an identifier octet is called in messages: `SEQUENCE`, `[0]`, `tag 0x3f`. */
export function tagName(identifier: number | undefined): string {
  if (identifier === undefined) return 'nothing';
  const name = names.get(identifier);
  if (name !== undefined) return name;
  const number = identifier & 0x1f;
  return identifier >> 6 === 2 && number < 31 ? `[${number}]` : `tag 0x${identifier.toString(16).padStart(2, '0')}`;
}
