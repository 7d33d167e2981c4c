/** Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension, taken apart with what does not decode kept aside. */
import type { DerReader } from '@touchmark/asn1';
import { Asn1Error, tag } from '@touchmark/asn1';
import { decodeExtensionValue, ExtensionValues, SubjectExtensionValues } from './extension-values.ts';
import { extensionId } from './identifiers.ts';

export interface Extension {
  readonly extnID: string;
  readonly critical: boolean;
  /** `critical FALSE` written out, which DER forbids for a default. */
  readonly encodesNotCritical: boolean;
}

/** An extension as it stands. */
export interface ExtensionOctets extends Extension {
  /** What of it is part of the frame: all of it, or its identifier and criticality alone. */
  readonly frameDer: Uint8Array;
  /** Whether its value is left out of the frame: it is about the subject, or no lint looks into it. */
  readonly isOfSubject: boolean;
  readonly extnValue: Uint8Array;
}

/** What certificates have in common when their subjects' own values are left out. */
export interface FrameExtensions {
  /** Whether there is an Extensions element at all. */
  readonly isPresent: boolean;
  readonly list: readonly Extension[];
  readonly values: ExtensionValues;
  readonly find: (extnID: string) => Extension | undefined;
}

export interface Extensions extends FrameExtensions {
  readonly subjectValues: SubjectExtensionValues;
  readonly undecodable: readonly UndecodableExtension[];
}

/** A known extension whose value is not of its type. */
interface UndecodableExtension {
  readonly extnID: string;
  readonly reason: string;
}

/** `reader` is at the content of the Extensions SEQUENCE; undefined when the field is absent. */
export function readExtensions(reader: DerReader | undefined): Extensions {
  return decodeExtensions(readExtensionOctets(reader));
}

/** Undefined when the field is absent. */
export function readExtensionOctets(reader: DerReader | undefined): ExtensionOctets[] | undefined {
  if (reader === undefined) return undefined;
  const list: ExtensionOctets[] = [];
  while (!reader.done) list.push(readExtension(reader));
  return list;
}

export function decodeExtensions(list: readonly ExtensionOctets[] | undefined): Extensions {
  const frame: FrameExtensions = {
    isPresent: list !== undefined,
    list: list ?? [],
    values: new ExtensionValues(),
    find: (extnID) => list?.find((extension) => extension.extnID === extnID),
  };
  return decode(frame, list ?? []);
}

/** The same from a frame that was decoded before; only what is not part of it is decoded. */
export function completeExtensions(frame: FrameExtensions, list: readonly ExtensionOctets[] | undefined): Extensions {
  return decode(frame, list?.filter(({ isOfSubject }) => isOfSubject) ?? []);
}

function decode(frame: FrameExtensions, list: readonly ExtensionOctets[]): Extensions {
  const subjectValues = new SubjectExtensionValues();
  const undecodable: UndecodableExtension[] = [];
  for (const { extnID, extnValue } of list) {
    try {
      decodeExtensionValue(extnID, extnValue, frame.values, subjectValues);
    } catch (error) {
      // Anything else is a defect of ours, and no verdict on the bytes.
      if (!(error instanceof Asn1Error)) throw error;
      undecodable.push({ extnID, reason: error.message });
    }
  }
  return { ...frame, subjectValues, undecodable };
}

function readExtension(reader: DerReader): ExtensionOctets {
  const start = reader.offset;
  const der = reader.peekElement(tag.sequence);
  const fields = reader.enter(tag.sequence);
  const contentStart = fields.offset;
  const extnID = fields.oid();
  const flag = fields.peek() === tag.boolean ? fields.boolean() : undefined;
  const valueStart = fields.offset;
  const extnValue = fields.octetString();
  fields.end();
  const isOfSubject = !frameExtensions.has(extnID);
  const frameDer = isOfSubject ? der.subarray(contentStart - start, valueStart - start) : der;
  return { extnID, critical: flag === true, encodesNotCritical: flag === false, frameDer, isOfSubject, extnValue };
}

const frameExtensions = new Set<string>(Object.values(extensionId));
frameExtensions.delete(extensionId.subjectKeyIdentifier);
frameExtensions.delete(extensionId.subjectAltName);
