/** Identifiers that the domain makes: UUIDv7 for records, serial numbers for certificates. */
import { toHex } from '@touchmark/asn1';
import type { RandomBytes } from './ports.ts';

/** A UUIDv7 (RFC 9562 §5.7): sorts by time, 74 random bits. */
export function uuidV7(now: Date, randomBytes: RandomBytes): string {
  const bytes = new Uint8Array(16);
  bytes.set(randomBytes(10), 6);
  let milliseconds = now.getTime();
  for (let index = 5; index >= 0; index--) {
    bytes[index] = milliseconds % 256;
    milliseconds = Math.floor(milliseconds / 256);
  }
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return formatUuid(bytes);
}

/** A UUIDv8 (RFC 9562 §5.8) made of the first octets of a digest: the same input always has the same id. */
export function uuidV8(digest: Uint8Array): string {
  const bytes = digest.slice(0, 16);
  bytes[6] = 0x80 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return formatUuid(bytes);
}

function formatUuid(bytes: Uint8Array): string {
  const hex = toHex(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * The content octets of a new serialNumber: always 20 octets, positive, 159 random bits (RFC 5280 §4.1.2.2 allows at most
 * 20 octets). The few values that DER would shorten are drawn again.
 */
export function newSerialNumber(randomBytes: RandomBytes): Uint8Array {
  for (;;) {
    const octets = randomBytes(20);
    octets[0] = (octets[0] ?? 0) & 0x7f;
    if (octets[0] !== 0 || (octets[1] ?? 0) >= 0x80) return octets;
  }
}

/** The CRL shard of a certificate, fixed at issuance and written into its distribution point. */
export function shardOf(serialNumber: Uint8Array, shards: number): number {
  const low = ((serialNumber.at(-2) ?? 0) << 8) | (serialNumber.at(-1) ?? 0);
  return low % shards;
}
