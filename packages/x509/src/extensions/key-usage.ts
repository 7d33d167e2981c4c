/** KeyUsage and ExtKeyUsageSyntax (RFC 5280 §4.2.1.3, §4.2.1.12). */
import { Asn1Error, DerReader, der, readWhole, rfc5280 } from '@touchmark/asn1';
import { extensionEncoder, findExtension } from './extension.ts';
import type { Extension } from './extension.ts';

/** In the order of their bits. */
export const keyUsageBits = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

export type KeyUsageBit = (typeof keyUsageBits)[number];

const encodeUsage = extensionEncoder(rfc5280['id-ce-keyUsage']);
const encodeExtended = extensionEncoder(rfc5280['id-ce-extKeyUsage']);

/** Critical. Throws RangeError when no bit is set. */
export function encodeKeyUsage(bits: readonly KeyUsageBit[]): Uint8Array {
  if (bits.length === 0) throw new RangeError('keyUsage needs one bit at least (RFC 5280 §4.2.1.3)');
  return encodeUsage(true, der.namedBits(bits.map((bit) => keyUsageBits.indexOf(bit))));
}

/** The bits that are set, in the order of RFC 5280. Throws Asn1Error. */
export function parseKeyUsage(value: Uint8Array): KeyUsageBit[] {
  const reader = new DerReader(value);
  const bits = readNamedBits(reader, keyUsageBits);
  reader.end();
  return bits;
}

/** The bits that the extension sets; none as well where it is not there. Throws Asn1Error. */
export function keyUsageOf(certificate: { readonly extensions: readonly Extension[] }): KeyUsageBit[] {
  const extension = findExtension(certificate, rfc5280['id-ce-keyUsage']);
  return extension === undefined ? [] : parseKeyUsage(extension.value);
}

/** A NamedBitList: the last bit is set (X.690 §11.2.2), and every bit set has a name. */
export function readNamedBits<Bit extends string>(reader: DerReader, names: readonly Bit[], tag?: number): Bit[] {
  const { offset } = reader;
  const { unusedBits, bytes } = reader.bitString(tag);
  if (bytes.length > 0 && (((bytes.at(-1) ?? 0) >> unusedBits) & 1) === 0) {
    throw new Asn1Error('a list of named bits ends with a bit that is zero (X.690 §11.2.2)', offset);
  }
  if (bytes.length * 8 - unusedBits > names.length) throw new Asn1Error('a bit without a name is set', offset);
  return names.filter((_, position) => ((bytes[position >> 3] ?? 0) & (0x80 >> (position & 7))) !== 0);
}

/** @param oids of key purposes */
export function encodeExtendedKeyUsage(oids: readonly string[], critical = false): Uint8Array {
  if (oids.length === 0) throw new RangeError('extKeyUsage needs one key purpose at least (RFC 5280 §4.2.1.12)');
  return encodeExtended(critical, der.sequence(...oids.map(der.oid)));
}

/** Object identifiers of the key purposes. Throws Asn1Error. */
export function parseExtendedKeyUsage(value: Uint8Array): string[] {
  const sequence = readWhole(value);
  const oids: string[] = [];
  do oids.push(sequence.oid());
  while (!sequence.done);
  return oids;
}
