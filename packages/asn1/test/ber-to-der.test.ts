import { describe, expect, it } from '@jest/globals';
import { Asn1Error, berToDer, der, fromHex, toHex } from '../src/index.ts';

const converted = (hex: string): string => toHex(berToDer(fromHex(hex.replaceAll(' ', ''))));

describe('BER in the form of DER', () => {
  it.each([
    ['leaves DER as it is', '3006 0201 05 0401 aa', '300602010504 01aa'],
    ['ends indefinite lengths (X.690 §8.1.3.6)', '3080 0201 05 0000', '3003020105'],
    ['within one another', '3080 a080 0201 05 0000 0500 0000', '3007a0030201050500'],
    ['shortens lengths', '3081 03 0201 05', '3003020105'],
    ['shortens lengths of many octets', '3084 00000003 0201 05', '3003020105'],
    ['joins the pieces of an OCTET STRING (§8.7.3)', '2480 0402 aabb 0401 cc 0000', '0403aabbcc'],
    ['joins pieces of pieces', '2409 2405 0401 aa 0400 0400', '0401aa'],
    ['joins pieces of definite length', '2406 0401 aa 0401 bb', '0402aabb'],
    ['makes an empty string of no piece', '2480 0000', '0400'],
    ['keeps the order of a set', '3106 0201 05 0201 01', '3106020105020101'],
    ['leaves strings under implicit tags in pieces', 'a080 0401 aa 0401 bb 0000', 'a0060401aa0401bb'],
  ])('%s', (_, ber, expected) => {
    expect(converted(ber)).toBe(expected.replaceAll(' ', ''));
  });

  it.each([
    ['DER', '3009 0201 05 a004 8002 0000', true],
    ['a length that need not be long', '3004 048101 00', false],
    ['an indefinite length', '3080 0000', false],
    ['a string in pieces', '3004 2402 0400', false],
  ])('copies what must be changed, and nothing else: %s', (_, hex, isSame) => {
    const bytes = fromHex(hex.replaceAll(' ', ''));
    expect(berToDer(bytes) === bytes).toBe(isSame);
  });

  it('joins pieces that are longer than 127 octets', () => {
    const piece = new Uint8Array(300).fill(7);
    const ber = der.tlv(0x24, der.octetString(piece), der.octetString(piece));
    expect(berToDer(ber)).toEqual(der.octetString(new Uint8Array(600).fill(7)));
  });

  it.each([
    ['nothing', ''],
    ['an element that is cut off', '3080 0201 05'],
    ['an element that is followed by others', '0500 0500'],
    ['an indefinite length on a primitive element', '0480 0000'],
    ['a piece of another type in an OCTET STRING', '2480 0201 05 0000'],
    ['tag numbers above 30', '3080 1f22 00 0000'],
    ['a thousand indefinite lengths', '3080'.repeat(1000)],
  ])('refuses %s', (_, ber) => {
    expect(() => converted(ber)).toThrow(Asn1Error);
  });
});
