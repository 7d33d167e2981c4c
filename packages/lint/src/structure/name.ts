/** Name ::= CHOICE { rdnSequence SEQUENCE OF RelativeDistinguishedName }, with the string tags as they stand. */
import { DerReader, readWhole, tag } from '@touchmark/asn1';
import { isAscii, latin1, utf8Text } from './text.ts';

export interface Name {
  /** The field it stands in, for messages. */
  readonly field: string;
  readonly der: Uint8Array;
  readonly rdns: readonly RelativeDistinguishedName[];
  /** All attributes in order. */
  readonly attributes: readonly Attribute[];
}

export interface RelativeDistinguishedName {
  readonly attributes: readonly Attribute[];
  /** Content of the SET. */
  readonly content: Uint8Array;
}

/** AttributeTypeAndValue */
export interface Attribute {
  readonly type: string;
  /** Identifier octet of the value. */
  readonly tag: number;
  readonly content: Uint8Array;
}

export function readName(reader: DerReader, field: string): Name {
  return nameOf(reader.element(tag.sequence), field);
}

export function nameOf(der: Uint8Array, field: string): Name {
  const rdns: RelativeDistinguishedName[] = [];
  const attributes: Attribute[] = [];
  const sequence = readWhole(der);
  while (!sequence.done) {
    const rdn = readRelativeDistinguishedName(sequence);
    rdns.push(rdn);
    for (const attribute of rdn.attributes) attributes.push(attribute);
  }
  return { field, der, rdns, attributes };
}

function readRelativeDistinguishedName(reader: DerReader): RelativeDistinguishedName {
  const content = reader.content(tag.set);
  const set = new DerReader(content);
  const attributes: Attribute[] = [];
  while (!set.done) {
    const fields = set.enter(tag.sequence);
    const type = fields.oid();
    const identifier = fields.peek() ?? 0;
    attributes.push({ type, tag: identifier, content: fields.content(identifier) });
    fields.end();
  }
  return { attributes, content };
}

/** The characters of a value; undefined when the octets are not what the tag claims, or of two or four octets each. */
export function textOf(attribute: Attribute): string | undefined {
  if (attribute.tag === tag.utf8String) return utf8Text(attribute.content);
  if (attribute.tag === tag.bmpString || attribute.tag === tag.universalString) return undefined;
  return isAscii(attribute.content) ? latin1(attribute.content) : undefined;
}
