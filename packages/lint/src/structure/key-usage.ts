/** KeyUsage ::= BIT STRING of RFC 5280 §4.2.1.3, read bit by bit so that its encoding can be judged too. */
import type { DerReader } from '@touchmark/asn1';

/** The names of the bits, by number. */
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

export interface KeyUsage {
  /** Bit n of the BIT STRING is 1 << n. */
  readonly mask: number;
  /** Bits that RFC 5280 does not name are set. */
  readonly hasUnknownBits: boolean;
  /** The last bit of the encoding is a one: no trailing zero bits (X.690 §11.2.2). */
  readonly isMinimal: boolean;
}

export function readKeyUsage(reader: DerReader): KeyUsage {
  const { bytes, unusedBits } = reader.bitString();
  const count = bytes.length * 8 - unusedBits;
  let mask = 0;
  let hasUnknownBits = false;
  for (let bit = 0; bit < count; bit++) {
    if (((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) === 0) continue;
    if (bit < keyUsageBits.length) mask |= 1 << bit;
    else hasUnknownBits = true;
  }
  const last = bytes.at(-1) ?? 0;
  const isMinimal = bytes.length === 0 ? unusedBits === 0 : (last & (1 << unusedBits)) !== 0;
  return { mask, hasUnknownBits, isMinimal };
}

/** 1 << n of each bit. */
export const keyUsageMask = Object.fromEntries(keyUsageBits.map((name, bit) => [name, 1 << bit])) as Readonly<
  Record<KeyUsageBit, number>
>;

/** The names of the bits of a mask, for messages. */
export function keyUsageNames(mask: number): string {
  return keyUsageBits.filter((name) => (mask & keyUsageMask[name]) !== 0).join(', ');
}

/** What a key that can only sign may be used for. */
export const signingKeyUsages =
  keyUsageMask.digitalSignature | keyUsageMask.nonRepudiation | keyUsageMask.keyCertSign | keyUsageMask.cRLSign;
