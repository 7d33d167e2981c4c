/** GeneralName and GeneralNames (RFC 5280 §4.2.1.6). */
import type { DerReader } from '@touchmark/asn1';
import { contextTag, der, equalBytes, readWhole, tag } from '@touchmark/asn1';
import { formatIpAddress, parseIpAddress } from './ip-address.ts';
import { NameError } from './name-error.ts';
import { readName } from './name.ts';
import type { Name } from './name.ts';

export type GeneralName =
  | { readonly kind: 'dns' | 'uri' | 'email'; readonly value: string }
  /** Text of RFC 5952, or dotted for IPv4. */
  | { readonly kind: 'ip'; readonly value: string }
  | { readonly kind: 'directoryName'; readonly name: Name }
  | { readonly kind: 'registeredId'; readonly oid: string }
  /** otherName, x400Address, ediPartyName: the whole element. */
  | { readonly kind: 'other'; readonly der: Uint8Array };

const generalName = {
  otherName: contextTag(0, true),
  rfc822Name: contextTag(1, false),
  dNSName: contextTag(2, false),
  x400Address: contextTag(3, true),
  directoryName: contextTag(4, true),
  ediPartyName: contextTag(5, true),
  uniformResourceIdentifier: contextTag(6, false),
  iPAddress: contextTag(7, false),
  registeredID: contextTag(8, false),
} as const;

/** Throws Asn1Error; an empty sequence is refused as RFC 5280 has SIZE (1..MAX). */
export function parseGeneralNames(generalNamesDer: Uint8Array): GeneralName[] {
  return readGeneralNames(readWhole(generalNamesDer));
}

/** The names until the end of the reader, which is inside GeneralNames. */
export function readGeneralNames(reader: DerReader): GeneralName[] {
  const names: GeneralName[] = [];
  do names.push(readGeneralName(reader));
  while (!reader.done);
  return names;
}

export function readGeneralName(reader: DerReader): GeneralName {
  const identifier = reader.peek();
  switch (identifier) {
    case generalName.rfc822Name:
      return { kind: 'email', value: reader.string({ tag: identifier, of: tag.ia5String }).value };
    case generalName.dNSName:
      return { kind: 'dns', value: reader.string({ tag: identifier, of: tag.ia5String }).value };
    case generalName.uniformResourceIdentifier:
      return { kind: 'uri', value: reader.string({ tag: identifier, of: tag.ia5String }).value };
    case generalName.iPAddress:
      return { kind: 'ip', value: readIpAddress(reader, identifier) };
    case generalName.registeredID:
      return { kind: 'registeredId', oid: reader.oid(identifier) };
    case generalName.directoryName: {
      // EXPLICIT, because Name is a CHOICE (X.680 §31.2.7).
      const explicit = reader.enter(identifier);
      const name = readName(explicit);
      explicit.end();
      return { kind: 'directoryName', name };
    }
    case generalName.otherName:
      return { kind: 'other', der: readOtherName(reader, identifier) };
    case generalName.x400Address:
    case generalName.ediPartyName:
      return { kind: 'other', der: reader.element(identifier) };
    case undefined:
      throw reader.error('there is no GeneralName where one must be', reader.offset, 'missing');
    default:
      throw reader.error('there is no GeneralName where one must be');
  }
}

function readIpAddress(reader: DerReader, identifier: number): string {
  const { offset } = reader;
  const octets = reader.octetString(identifier);
  if (octets.length !== 4 && octets.length !== 16) {
    throw reader.error(`an iPAddress has ${octets.length} octets instead of 4 or 16`, offset, 'size');
  }
  return formatIpAddress(octets);
}

/** OtherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY } */
function readOtherName(reader: DerReader, identifier: number): Uint8Array {
  const element = reader.peekElement(identifier);
  const otherName = reader.enter(identifier);
  otherName.oid();
  const value = otherName.enter(contextTag(0, true));
  value.element();
  value.end();
  otherName.end();
  return element;
}

/** Throws NameError for a value that its form cannot hold, and when there is none at all. */
export function encodeGeneralNames(names: readonly GeneralName[]): Uint8Array {
  if (names.length === 0) throw new NameError('GeneralNames', '', 'it needs one name at least (RFC 5280 §4.2.1.6)');
  return der.sequence(...names.map(encodeGeneralName));
}

export function encodeGeneralName(name: GeneralName): Uint8Array {
  switch (name.kind) {
    case 'email':
      return ascii(generalName.rfc822Name, name.kind, name.value);
    case 'dns':
      return ascii(generalName.dNSName, name.kind, name.value);
    case 'uri':
      return ascii(generalName.uniformResourceIdentifier, name.kind, name.value);
    case 'ip': {
      const octets = parseIpAddress(name.value);
      if (octets === undefined) throw new NameError('ip name', name.value, 'it is no IPv4 or IPv6 address');
      return der.tlv(generalName.iPAddress, octets);
    }
    case 'directoryName':
      return der.tlv(generalName.directoryName, name.name.der);
    case 'registeredId':
      return der.retag(generalName.registeredID, der.oid(name.oid));
    case 'other':
      return name.der;
  }
}

function ascii(identifier: number, kind: string, value: string): Uint8Array {
  if (value === '') throw new NameError(`${kind} name`, value, 'it is empty');
  try {
    return der.retag(identifier, der.ia5String(value));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new NameError(`${kind} name`, value, error.message, { cause: error });
  }
}

/** Whether two names are the same octets. */
export function sameGeneralName(a: GeneralName, b: GeneralName): boolean {
  return equalBytes(encodeGeneralName(a), encodeGeneralName(b));
}
