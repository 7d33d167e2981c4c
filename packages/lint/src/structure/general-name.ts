/** GeneralName, RFC 5280 §4.2.1.6: the choice by its tag, the octets as they stand. */
import type { DerReader } from '@touchmark/asn1';
import { tag } from '@touchmark/asn1';
import { nameOf, type Name } from './name.ts';
import { latin1 } from './text.ts';

export type GeneralName =
  | { readonly kind: 'otherName'; readonly typeId: string; readonly valueTag: number; readonly content: Uint8Array }
  | {
      readonly kind: 'rfc822Name' | 'dNSName' | 'uniformResourceIdentifier';
      readonly content: Uint8Array;
      /** One character per octet. */
      readonly text: string;
    }
  | { readonly kind: 'directoryName'; readonly name: Name }
  | { readonly kind: 'iPAddress' | 'registeredID' | 'x400Address' | 'ediPartyName'; readonly content: Uint8Array };

/** The three kinds whose type is IA5String. */
export type Ia5Name = Extract<GeneralName, { text: string }>;

export function readGeneralNames(reader: DerReader): GeneralName[] {
  const names: GeneralName[] = [];
  while (!reader.done) names.push(readGeneralName(reader));
  return names;
}

export function readGeneralName(reader: DerReader): GeneralName {
  const identifier = reader.peek() ?? 0;
  switch (identifier) {
    case 0x82:
      return ia5Name('dNSName', reader.content(identifier));
    case 0x86:
      return ia5Name('uniformResourceIdentifier', reader.content(identifier));
    case 0x81:
      return ia5Name('rfc822Name', reader.content(identifier));
    case 0x87:
      return { kind: 'iPAddress', content: reader.content(identifier) };
    case 0x88:
      return { kind: 'registeredID', content: reader.content(identifier) };
    case 0xa0:
      return readOtherName(reader.enter(identifier));
    case 0xa3:
      return { kind: 'x400Address', content: reader.content(identifier) };
    case 0xa4:
      // Name is a CHOICE, hence tagged explicitly (X.680 §31.2.7).
      return readDirectoryName(reader.enter(identifier));
    case 0xa5:
      return { kind: 'ediPartyName', content: reader.content(identifier) };
    default:
      throw reader.error(`0x${identifier.toString(16)} is no GeneralName`);
  }
}

export function isIa5Name(name: GeneralName): name is Ia5Name {
  return name.kind === 'dNSName' || name.kind === 'uniformResourceIdentifier' || name.kind === 'rfc822Name';
}

function ia5Name(kind: Ia5Name['kind'], content: Uint8Array): GeneralName {
  return { kind, content, text: latin1(content) };
}

function readOtherName(fields: DerReader): GeneralName {
  const typeId = fields.oid();
  const value = fields.enter(0xa0);
  fields.end();
  const valueTag = value.peek() ?? 0;
  const content = value.content(valueTag);
  value.end();
  return { kind: 'otherName', typeId, valueTag, content };
}

function readDirectoryName(reader: DerReader): GeneralName {
  const der = reader.element(tag.sequence);
  reader.end();
  return { kind: 'directoryName', name: nameOf(der, 'directoryName') };
}

const none: readonly GeneralName[] = [];

/** The names of both alternative name extensions; nearly always there is one of them at most. */
export function alternativeNamesOf({ values, subjectValues }: AlternativeNames): readonly GeneralName[] {
  const { subjectAltName } = subjectValues;
  const { issuerAltName } = values;
  if (subjectAltName !== undefined && issuerAltName !== undefined) return [...subjectAltName, ...issuerAltName];
  return subjectAltName ?? issuerAltName ?? none;
}

interface AlternativeNames {
  readonly values: { readonly issuerAltName: readonly GeneralName[] | undefined };
  readonly subjectValues: { readonly subjectAltName: readonly GeneralName[] | undefined };
}

export function directoryNamesOf(names: readonly GeneralName[]): Name[] {
  const found: Name[] = [];
  for (const name of names) if (name.kind === 'directoryName') found.push(name.name);
  return found;
}
