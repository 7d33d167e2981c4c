/** Randomness that is drawn in bulk: right lengths, nothing given twice, nothing left at zero. */
import { describe, expect, it } from '@jest/globals';
import { createRandomBytes } from '../src/index.ts';

describe('createRandomBytes', () => {
  it.each([0, 1, 10, 16, 63, 64, 65, 1000])('gives %i octets, also across the end of the pool', (length) => {
    const randomBytes = createRandomBytes(64);
    for (let call = 0; call < 20; call++) expect(randomBytes(length)).toHaveLength(length);
  });

  it('never gives the same octets twice', () => {
    const randomBytes = createRandomBytes(256);
    const given = Array.from({ length: 2000 }, () => Buffer.from(randomBytes(10)).toString('hex'));
    expect(new Set(given).size).toBe(given.length);
  });

  it('gives octets that were drawn, not those that a call before left behind as zeros', () => {
    const randomBytes = createRandomBytes(64);
    const octets = Array.from({ length: 2000 }, () => [...randomBytes(7)]).flat();
    expect(new Set(octets).size).toBe(256);
    // Of 14 000 octets 55 are expected to be zero; 200 are out of the question.
    expect(octets.filter((octet) => octet === 0).length).toBeLessThan(200);
  });

  it('gives memory of its own: what a caller writes is not given to another', () => {
    const randomBytes = createRandomBytes(64);
    const first = randomBytes(32);
    const copy = Uint8Array.from(first);
    randomBytes(32).fill(0);
    randomBytes(32);
    expect(first).toEqual(copy);
    expect(first.buffer.byteLength).toBe(32);
  });
});
