import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { newSerialNumber, shardOf, uuidV7, uuidV8 } from '../src/ids.ts';

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

describe('serial numbers (RFC 5280 §4.1.2.2)', () => {
  it('are always 20 octets, positive and minimal', () => {
    for (let index = 0; index < 20_000; index++) {
      const serialNumber = newSerialNumber(random);
      expect(serialNumber.length).toBe(20);
      const [first = 0, second = 0] = serialNumber;
      expect(first).toBeLessThan(0x80);
      if (first === 0) expect(second).toBeGreaterThanOrEqual(0x80);
    }
  });

  it('draws again what DER would shorten', () => {
    const draws = [new Uint8Array(20), Uint8Array.from({ length: 20 }, () => 0xff)];
    const serialNumber = newSerialNumber(() => draws.shift() ?? new Uint8Array(20).fill(1));
    expect(serialNumber[0]).toBe(0x7f);
    expect(draws).toEqual([]);
  });

  it('uses every one of the 159 random bits', () => {
    const seen = new Uint8Array(20);
    for (let index = 0; index < 500; index++)
      newSerialNumber(random).forEach((octet, at) => (seen[at] = (seen[at] ?? 0) | octet));
    expect([...seen]).toEqual([0x7f, ...Array.from({ length: 19 }, () => 0xff)]);
  });
});

describe('shards', () => {
  it('spread evenly and depend on the serial number alone', () => {
    const counts = Array.from({ length: 16 }, () => 0);
    for (let index = 0; index < 16_000; index++) {
      const shard = shardOf(newSerialNumber(random), 16);
      counts[shard] = (counts[shard] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(250);
    expect(shardOf(new Uint8Array(20), 1)).toBe(0);
  });
});

describe('UUIDs (RFC 9562)', () => {
  it('of version 7 sort by time', () => {
    const earlier = uuidV7(new Date('2026-01-01T00:00:00.000Z'), random);
    const later = uuidV7(new Date('2026-01-01T00:00:00.001Z'), random);
    expect(earlier < later).toBe(true);
    expect(earlier).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(earlier.replace('-', '').slice(0, 12), 16)).toBe(Date.parse('2026-01-01T00:00:00.000Z'));
  });

  it('of version 8 follow from the digest', () => {
    const digest = new Uint8Array(32).fill(0xab);
    expect(uuidV8(digest)).toBe(uuidV8(digest));
    expect(uuidV8(digest)).toBe('abababab-abab-8bab-abab-abababababab');
  });
});
