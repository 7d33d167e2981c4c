/** Octet strings and their texts. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  EncodingError,
  compareBytes,
  concatBytes,
  equalBytes,
  fromBase64,
  fromHex,
  toBase64,
  toHex,
} from '../src/index.ts';

describe('base64', () => {
  it.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('RFC 4648 §10: %p is %p', (text, encoded) => {
    expect(toBase64(Buffer.from(text))).toBe(encoded);
    expect(Buffer.from(fromBase64(encoded)).toString()).toBe(text);
  });

  it.each([
    ['a line break', 'Zm9v\nYmFy'],
    ['a blank', 'Zm9v YmFy'],
    ['base64url', 'Zm9-'],
    ['no padding', 'Zg'],
    ['too little padding', 'Zg='],
    ['too much padding', 'Zm8=='],
    ['padding alone', '===='],
    ['padding in the middle', 'Zg==Zg=='],
    ['unused bits that are set', 'Zh=='],
    ['unused bits that are set, of three characters', 'Zm9='],
    ['other characters', 'Zm9ü'],
  ])('refuses %s', (_name, text) => {
    expect(() => fromBase64(text)).toThrow(EncodingError);
  });

  it('accepts only what it writes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('AZaz09+/=-_ \n')) }), (text) => {
        try {
          expect(toBase64(fromBase64(text))).toBe(text);
        } catch (error) {
          expect(error).toBeInstanceOf(EncodingError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('hexadecimal', () => {
  it('is written in lower case and read in either', () => {
    expect(toHex(Uint8Array.of(0, 0xab, 0xff))).toBe('00abff');
    expect(fromHex('00aBfF')).toEqual(Uint8Array.of(0, 0xab, 0xff));
    expect(fromHex('')).toEqual(new Uint8Array());
  });

  it.each(['a', 'abc', 'zz', '0x01', 'ab:cd', ' ab', 'ab\n'])('refuses %p', (text) => {
    expect(() => fromHex(text)).toThrow(EncodingError);
  });

  it('of a window on a larger buffer is that of the window', () => {
    expect(toHex(Uint8Array.of(1, 2, 3, 4).subarray(1, 3))).toBe('0203');
    expect(toBase64(Uint8Array.of(1, 2, 3, 4).subarray(1, 3))).toBe('AgM=');
  });
});

describe('octets', () => {
  it('are joined', () => {
    expect(concatBytes()).toEqual(new Uint8Array());
    expect(concatBytes(Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('are compared as in SET OF', () => {
    const order = ['', '00', '0001', '01', 'ff'].map(fromHex);
    expect(order.toReversed().toSorted(compareBytes)).toEqual(order);
    expect(compareBytes(Uint8Array.of(1), Uint8Array.of(1))).toBe(0);
  });

  it('are equal when all of them are', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        expect(equalBytes(a, b)).toBe(toHex(a) === toHex(b));
        expect(equalBytes(a, Uint8Array.from(a))).toBe(true);
      }),
    );
  });
});
