/** Attributes of signers: a type and a set of values (RFC 5652 §5.3). */
import { der, tag } from '@touchmark/asn1';
import type { DerReader } from '@touchmark/asn1';

export interface CmsAttribute {
  readonly oid: string;
  /** Whole elements. */
  readonly values: readonly Uint8Array[];
}

/** Those in a set whose header was read already. Throws Asn1Error when a type comes twice (RFC 5652 §5.3). */
export function readAttributes(set: DerReader): CmsAttribute[] {
  const attributes: CmsAttribute[] = [];
  while (!set.done) {
    const { offset } = set;
    const attribute = set.enter(tag.sequence);
    const oid = attribute.oid();
    const valueSet = attribute.enter(tag.set);
    attribute.end();
    if (attributes.some((known) => known.oid === oid)) throw set.error(`the attribute ${oid} comes twice`, offset);
    const values: Uint8Array[] = [];
    while (!valueSet.done) values.push(valueSet.element());
    attributes.push({ oid, values });
  }
  return attributes;
}

export function encodeAttribute({ oid, values }: CmsAttribute): Uint8Array {
  return der.sequence(der.oid(oid), der.set(...values));
}

/** The value of an attribute that has exactly one; undefined when the attribute is absent, or has none or several. */
export function singleValue(attributes: readonly CmsAttribute[], oid: string): Uint8Array | undefined {
  const values = attributes.find((attribute) => attribute.oid === oid)?.values ?? [];
  return values.length === 1 ? values[0] : undefined;
}
