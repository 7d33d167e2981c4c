/** NameConstraints of RFC 5280 §4.2.1.10. */
import type { DerReader } from '@touchmark/asn1';
import { tag } from '@touchmark/asn1';
import { readGeneralName, type GeneralName } from './general-name.ts';

export interface NameConstraints {
  readonly isEmpty: boolean;
  readonly subtrees: readonly GeneralSubtree[];
}

export interface GeneralSubtree {
  readonly base: GeneralName;
  /** minimum or maximum is there; RFC 5280 leaves both at their defaults, which DER does not encode. */
  readonly hasDistance: boolean;
}

export function readNameConstraints(fields: DerReader): NameConstraints {
  const permitted = fields.optionalEnter(0xa0);
  const excluded = fields.optionalEnter(0xa1);
  fields.end();
  const subtrees = [...readSubtrees(permitted), ...readSubtrees(excluded)];
  return { isEmpty: subtrees.length === 0, subtrees };
}

function readSubtrees(reader: DerReader | undefined): GeneralSubtree[] {
  const subtrees: GeneralSubtree[] = [];
  while (reader !== undefined && !reader.done) {
    const fields = reader.enter(tag.sequence);
    const base = readGeneralName(fields);
    const minimum = fields.optionalElement(0x80);
    const maximum = fields.optionalElement(0x81);
    fields.end();
    subtrees.push({ base, hasDistance: minimum !== undefined || maximum !== undefined });
  }
  return subtrees;
}
