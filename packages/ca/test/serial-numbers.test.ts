/** A million serial numbers (RFC 5280 §4.1.2.2). */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createRandomBytes } from '@touchmark/crypto';
import { newSerialNumber } from '../src/ids.ts';

const count = 1_000_000;
const octets = 20;
/** How far a fair bit may be from half: six standard deviations, once in a billion. */
const tolerance = 6 * Math.sqrt(count / 4);

const seen = new Set<string>();
const ones = new Array<number>(octets * 8).fill(0);
let malformed = 0;

beforeAll(() => {
  const randomBytes = createRandomBytes();
  for (let index = 0; index < count; index++) {
    const serialNumber = newSerialNumber(randomBytes);
    const [first = 0, second = 0] = serialNumber;
    const isPositive = first < 0x80;
    const isShort = first !== 0 || second >= 0x80;
    if (serialNumber.length !== octets || !isPositive || !isShort) malformed++;
    for (let position = 0; position < octets; position++) {
      const octet = serialNumber[position] ?? 0;
      for (let bit = 0; bit < 8; bit++) if ((octet & (0x80 >> bit)) !== 0) ones[position * 8 + bit]! += 1;
    }
    seen.add(Buffer.from(serialNumber).toString('latin1'));
  }
});

describe('a million serial numbers', () => {
  it('are all positive, of 20 octets, and as short as DER wants them', () => {
    expect(malformed).toBe(0);
  });

  it('are all different', () => {
    expect(seen.size).toBe(count);
  });

  it('have 159 bits that are as often one as zero', () => {
    expect(ones[0]).toBe(0);
    const unfair = ones.flatMap((sum, bit) => (bit > 0 && Math.abs(sum - count / 2) > tolerance ? [{ bit, sum }] : []));
    // The first octet is seldom zero, since such a number would be shorter: one in 256 of them is drawn again.
    expect(unfair.filter(({ bit }) => bit > 8)).toEqual([]);
    for (const { bit, sum } of unfair)
      expect({ bit, share: sum / count }).toEqual({ bit, share: expect.closeTo(0.5, 2) });
  });

  it('have neighbouring octets that say nothing of one another', () => {
    // 256 × 256 pairs of the last two octets, about 15 of each: chi-square has 65 535 degrees of freedom.
    const pairs = new Uint32Array(65_536);
    for (const serial of seen) pairs[(serial.charCodeAt(18) << 8) | serial.charCodeAt(19)]! += 1;
    const expected = count / pairs.length;
    const chiSquare = pairs.reduce((sum, observed) => sum + (observed - expected) ** 2 / expected, 0);
    const degrees = pairs.length - 1;
    expect(Math.abs(chiSquare - degrees)).toBeLessThan(6 * Math.sqrt(2 * degrees));
  });
});
