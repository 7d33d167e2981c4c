/** Name, a sequence of relative distinguished names (RFC 5280 §4.1.2.4). */
import { Asn1Error, DerReader, compareBytes, der, equalBytes, rfc5280, tag, toHex } from '@touchmark/asn1';
import { attributeTypes } from './attribute-type.ts';
import type { AttributeName } from './attribute-type.ts';
import { NameError } from './name-error.ts';

export interface Name {
  readonly der: Uint8Array;
  readonly rdns: readonly RelativeDistinguishedName[];
}

export type RelativeDistinguishedName = readonly AttributeTypeAndValue[];

export interface AttributeTypeAndValue {
  readonly oid: string;
  /** Text of a character string; of any other type "#" and the hexadecimal DER, as in RFC 4514 §2.4. */
  readonly value: string;
  /** Identifier octet of the value. */
  readonly tag: number;
}

/** One attribute of a name to encode. */
export interface NameAttribute {
  readonly attribute: AttributeName;
  readonly value: string;
}

/** Throws Asn1Error. */
export function parseName(nameDer: Uint8Array): Name {
  const reader = new DerReader(nameDer);
  const name = readName(reader);
  reader.end();
  return name;
}

export function readName(reader: DerReader): Name {
  const nameDer = reader.peekElement(tag.sequence);
  const sequence = reader.enter(tag.sequence);
  const rdns: RelativeDistinguishedName[] = [];
  while (!sequence.done) rdns.push(readRelativeDistinguishedName(sequence));
  return { der: nameDer, rdns };
}

function readRelativeDistinguishedName(sequence: DerReader): RelativeDistinguishedName {
  const set = sequence.enter(tag.set);
  const attributes: AttributeTypeAndValue[] = [];
  let previous: Uint8Array | undefined;
  do {
    const { offset } = set;
    const attributeDer = set.peekElement(tag.sequence);
    if (previous !== undefined && compareBytes(previous, attributeDer) > 0) {
      throw new Asn1Error(
        'the attributes of a relative distinguished name are not in order (X.690 §11.6)',
        offset,
        'notSorted',
      );
    }
    previous = attributeDer;
    attributes.push(readAttribute(set.enter(tag.sequence)));
  } while (!set.done);
  return attributes;
}

function readAttribute(attribute: DerReader): AttributeTypeAndValue {
  const oid = attribute.oid();
  const identifier = attribute.peek();
  if (identifier === undefined) throw attribute.error('an attribute of a name has no value');
  const value = isCharacterString(identifier) ? attribute.string().value : `#${toHex(readOther(attribute))}`;
  attribute.end();
  return { oid, value, tag: identifier };
}

/** A value of another type is taken as it is; a time must be one, for other readers take it apart. */
function readOther(attribute: DerReader): Uint8Array {
  const element = attribute.peekElement();
  if (element[0] === tag.utcTime || element[0] === tag.generalizedTime) attribute.time();
  else attribute.element();
  return element;
}

/** Whether the value of an attribute with this identifier octet is text. */
export function isCharacterString(identifier: number): boolean {
  switch (identifier) {
    case tag.utf8String:
    case tag.printableString:
    case tag.ia5String:
    case tag.teletexString:
    case tag.bmpString:
    case tag.universalString:
    case tag.visibleString:
    case tag.numericString:
      return true;
    default:
      return false;
  }
}

/**
 * One attribute per relative distinguished name, in the given order. Throws NameError for a value that is empty, too long
 * (RFC 5280 Appendix A.1) or outside the alphabet of its type.
 */
export function encodeName(attributes: readonly NameAttribute[]): Uint8Array {
  return der.sequence(...attributes.map((attribute) => der.set(encodeAttribute(attribute))));
}

function encodeAttribute({ attribute, value }: NameAttribute): Uint8Array {
  const type = attributeTypes[attribute];
  // A character is at most two units of a JavaScript string.
  if (value.length === 0) throw new NameError(attribute, value, 'it is empty');
  if (value.length > type.maxLength && Array.from(value).length > type.maxLength) {
    throw new NameError(attribute, value, `it is longer than ${type.maxLength} characters (RFC 5280 Appendix A.1)`);
  }
  if (attribute === 'countryName' && !/^[A-Za-z]{2}$/.test(value)) {
    throw new NameError(attribute, value, 'a country is two letters (ISO 3166)');
  }
  try {
    return der.sequence(typeDer(attribute), type.encode(value));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new NameError(attribute, value, error.message, { cause: error });
  }
}

/** Encoded once: names are encoded for every certificate. */
const typeDers = new Map<AttributeName, Uint8Array>();

function typeDer(attribute: AttributeName): Uint8Array {
  let oidDer = typeDers.get(attribute);
  if (oidDer === undefined) {
    oidDer = der.oid(attributeTypes[attribute].oid);
    typeDers.set(attribute, oidDer);
  }
  return oidDer;
}

/** The most specific attribute of that type, which is the last one. */
export function findAttribute(name: Name, type: string): string | undefined {
  for (const rdn of name.rdns.toReversed()) {
    for (const { oid, value } of rdn) if (oid === type) return value;
  }
  return undefined;
}

export function commonNameOf(name: Name): string | undefined {
  return findAttribute(name, rfc5280['id-at-commonName']);
}

/**
 * Whether two names are the same: the same DER, or the same attributes with the same text in the same order, where
 * PrintableString and UTF8String count as one type. Stricter than RFC 5280 §7.1, which also folds case and blanks.
 */
export function sameName(a: Name, b: Name): boolean {
  if (equalBytes(a.der, b.der)) return true;
  return a.rdns.length === b.rdns.length && a.rdns.every((rdn, index) => sameRdn(rdn, b.rdns[index] ?? []));
}

/** A set: the text types sort differently, so the order within it says nothing. */
export function sameRdn(a: RelativeDistinguishedName, b: RelativeDistinguishedName): boolean {
  const isIn = (rdn: RelativeDistinguishedName) => (attribute: AttributeTypeAndValue) =>
    rdn.some((other) => sameAttribute(attribute, other));
  return a.length === b.length && a.every(isIn(b)) && b.every(isIn(a));
}

function sameAttribute(a: AttributeTypeAndValue, b: AttributeTypeAndValue): boolean {
  return a.oid === b.oid && a.value === b.value && foldTextType(a.tag) === foldTextType(b.tag);
}

function foldTextType(identifier: number): number {
  return identifier === tag.printableString ? tag.utf8String : identifier;
}
