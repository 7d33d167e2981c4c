/** Digests against FIPS 180-4's own example. */
import { describe, expect, it } from '@jest/globals';
import { toHex } from '@touchmark/asn1';
import { sha1, sha256 } from '../src/index.ts';

const abc = new TextEncoder().encode('abc');

describe('digests of "abc"', () => {
  it('SHA-256', () => {
    expect(toHex(sha256(abc))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('SHA-1', () => {
    expect(toHex(sha1(abc))).toBe('a9993e364706816aba3e25717850c26c9cd0d89d');
  });

  it('are plain octets', () => {
    expect([sha256(abc).constructor, sha1(abc).constructor]).toEqual([Uint8Array, Uint8Array]);
  });
});
