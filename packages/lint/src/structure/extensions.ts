/** Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension, taken apart with what does not decode kept aside. */
import type { DerReader } from '@touchmark/asn1';
import { Asn1Error, tag } from '@touchmark/asn1';
import { decodeExtensionValue, ExtensionValues } from './extension-values.ts';

export interface Extension {
  readonly extnID: string;
  readonly critical: boolean;
  /** `critical FALSE` written out, which DER forbids for a default. */
  readonly encodesNotCritical: boolean;
  readonly extnValue: Uint8Array;
}

export interface Extensions {
  /** Whether there is an Extensions element at all. */
  readonly isPresent: boolean;
  readonly list: readonly Extension[];
  readonly values: ExtensionValues;
  /** Known extensions whose value is not of their type. */
  readonly undecodable: readonly { readonly extnID: string; readonly reason: string }[];
  find(extnID: string): Extension | undefined;
}

const nothing: readonly Extension[] = [];

/** `reader` is at the content of the Extensions SEQUENCE; undefined when the field is absent. */
export function readExtensions(reader: DerReader | undefined): Extensions {
  const values = new ExtensionValues();
  if (reader === undefined) {
    return { isPresent: false, list: nothing, values, undecodable: [], find: () => undefined };
  }
  const list: Extension[] = [];
  const undecodable: { extnID: string; reason: string }[] = [];
  while (!reader.done) {
    const extension = readExtension(reader.enter(tag.sequence));
    list.push(extension);
    try {
      decodeExtensionValue(extension.extnID, extension.extnValue, values);
    } catch (error) {
      // Anything else is a defect of ours, and no verdict on the bytes.
      if (!(error instanceof Asn1Error)) throw error;
      undecodable.push({ extnID: extension.extnID, reason: error.message });
    }
  }
  return {
    isPresent: true,
    list,
    values,
    undecodable,
    find: (extnID) => list.find((extension) => extension.extnID === extnID),
  };
}

function readExtension(fields: DerReader): Extension {
  const extnID = fields.oid();
  const flag = fields.peek() === tag.boolean ? fields.boolean() : undefined;
  const extnValue = fields.octetString();
  fields.end();
  return { extnID, critical: flag === true, encodesNotCritical: flag === false, extnValue };
}
