/** Attributes of signers: a type and a set of values (RFC 5652 §5.3). */
import { der, tag } from '@touchmark/asn1';
import type { DerReader } from '@touchmark/asn1';

export interface CmsAttribute {
  readonly oid: string;
  /** Whole elements. */
  readonly values: readonly Uint8Array[];
}

/** Those in a set whose header was read already. A type that comes twice (RFC 5652 §5.3) is there twice, and has no single value. */
export function readAttributes(set: DerReader): CmsAttribute[] {
  const attributes: CmsAttribute[] = [];
  while (!set.done) {
    const attribute = set.enter(tag.sequence);
    const oid = attribute.oid();
    const valueSet = attribute.enter(tag.set);
    attribute.end();
    const values: Uint8Array[] = [];
    while (!valueSet.done) values.push(valueSet.element());
    attributes.push({ oid, values });
  }
  return attributes;
}

export function encodeAttribute({ oid, values }: CmsAttribute): Uint8Array {
  return der.sequence(der.oid(oid), der.set(...values));
}

/** The value of an attribute that has exactly one; undefined when it is absent, has none or several, or comes twice. */
export function singleValue(attributes: readonly CmsAttribute[], oid: string): Uint8Array | undefined {
  const values = attributes.filter((attribute) => attribute.oid === oid).flatMap((attribute) => attribute.values);
  return values.length === 1 ? values[0] : undefined;
}
