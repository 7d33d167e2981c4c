/** Writing DER: the octets of each type. */
import { describe, expect, it } from '@jest/globals';
import { contextTag, der, fromHex, tag, tagName, toHex } from '../src/index.ts';

const utcDate = (iso: string): Date => new Date(iso);

describe('the writer', () => {
  it.each([
    ['INTEGER 0', der.integer(0), '020100'],
    ['INTEGER 127', der.integer(127), '02017f'],
    ['INTEGER 128', der.integer(128), '02020080'],
    ['INTEGER 256', der.integer(256), '02020100'],
    ['INTEGER -1', der.integer(-1), '0201ff'],
    ['INTEGER -128', der.integer(-128), '020180'],
    ['INTEGER -129', der.integer(-129n), '0202ff7f'],
    ['INTEGER -32768', der.integer(-32768), '02028000'],
    ['INTEGER 2^63', der.integer(2n ** 63n), '0209008000000000000000'],
    ['INTEGER from octets', der.integerBytes(fromHex('0080')), '02020080'],
    ['ENUMERATED 10', der.enumerated(10), '0a010a'],
    ['BOOLEAN TRUE', der.boolean(true), '0101ff'],
    ['BOOLEAN FALSE', der.boolean(false), '010100'],
    ['NULL', der.null(), '0500'],
    ['the OID of X.690 §8.19.5', der.oid('2.999.3'), '0603883703'],
    [
      'an OID with an arc of 128 bits',
      der.oid('2.25.329800735698586629295641978511506172918'),
      '06146983f09da7ebcfdee0c7a1a7b2c0948cc8f9d776',
    ],
    ['the OID 0.39', der.oid('0.39'), '060127'],
    ['OCTET STRING', der.octetString(fromHex('0102')), '04020102'],
    ['the BIT STRING of X.690 §8.6.4.2', der.bitString(fromHex('0a3b5f291cd0'), 4), '0307040a3b5f291cd0'],
    ['BIT STRING of whole octets', der.bitString(fromHex('ff')), '030200ff'],
    ['named bits 5 and 6', der.namedBits([5, 6]), '03020106'],
    ['named bit 0', der.namedBits([0]), '03020780'],
    ['named bit 8', der.namedBits([8]), '0303070080'],
    ['no named bits', der.namedBits([]), '030100'],
    ['UTF8String', der.utf8String('ä€'), '0c05c3a4e282ac'],
    ['PrintableString', der.printableString('A b'), '1303412062'],
    ['IA5String', der.ia5String('a@b'), '1603614062'],
    ['SEQUENCE', der.sequence(der.null(), der.null()), '300405000500'],
    ['an empty SEQUENCE', der.sequence(), '3000'],
    [
      'SET OF, sorted (X.690 §11.6)',
      der.set(der.integer(300), der.integer(2), der.integer(1)),
      '310a0201010201020202012c',
    ],
    ['[0] EXPLICIT', der.explicit(0, der.integer(2)), 'a003020102'],
    ['[1] IMPLICIT', der.implicit(1, fromHex('ff')), '8101ff'],
    ['[2] constructed', der.context(2, { constructed: true }, der.null(), der.null()), 'a20405000500'],
    ['[2] primitive', der.context(2, { constructed: false }, fromHex('01')), '820101'],
    ['an element under another tag', der.retag(contextTag(6, false), der.ia5String('a')), '860161'],
  ])('%s', (_name, encoded, hex) => {
    expect(toHex(encoded)).toBe(hex);
  });

  it('leaves the retagged element as it was', () => {
    const element = der.ia5String('a');
    der.retag(0x86, element);
    expect(toHex(element)).toBe('160161');
  });

  it('leaves the order of the array given to set', () => {
    const parts = [der.integer(2), der.integer(1)];
    der.set(...parts);
    expect(parts.map(toHex)).toEqual(['020102', '020101']);
  });
});

describe('lengths', () => {
  it.each([
    [0, '00'],
    [127, '7f'],
    [128, '8180'],
    [255, '81ff'],
    [256, '820100'],
    [65_535, '82ffff'],
    [65_536, '83010000'],
    [16_777_215, '83ffffff'],
    [16_777_216, '8401000000'],
    [4_294_967_295, '84ffffffff'],
  ])('%d', (length, hex) => {
    expect(toHex(der.length(length))).toBe(hex);
  });

  it.each([-1, 1.5, 2 ** 32, Number.NaN])('%d is refused', (length) => {
    expect(() => der.length(length)).toThrow(RangeError);
  });
});

describe('Time (RFC 5280 §4.1.2.5)', () => {
  it.each([
    ['1950-01-01T00:00:00Z', tag.utcTime, '500101000000Z'],
    ['1999-12-31T23:59:59Z', tag.utcTime, '991231235959Z'],
    ['2049-12-31T23:59:59Z', tag.utcTime, '491231235959Z'],
    ['2049-12-31T23:59:59.999Z', tag.utcTime, '491231235959Z'],
    ['2050-01-01T00:00:00Z', tag.generalizedTime, '20500101000000Z'],
    ['9999-12-31T23:59:59Z', tag.generalizedTime, '99991231235959Z'],
    ['1949-12-31T23:59:59Z', tag.generalizedTime, '19491231235959Z'],
  ])('%s is %i %s', (iso, type, text) => {
    const encoded = der.time(utcDate(iso));
    expect(encoded[0]).toBe(type);
    expect(Buffer.from(encoded.subarray(2)).toString('latin1')).toBe(text);
  });
});

describe('what DER cannot say', () => {
  it.each<[string, () => Uint8Array]>([
    ['an INTEGER of no octets', () => der.integerBytes(new Uint8Array())],
    ['an INTEGER with a leading zero too many', () => der.integerBytes(fromHex('0001'))],
    ['an INTEGER with a leading FF too many', () => der.integerBytes(fromHex('ff80'))],
    ['unused bits that are set', () => der.bitString(fromHex('ff'), 1)],
    ['unused bits of nothing', () => der.bitString(new Uint8Array(), 1)],
    ['eight unused bits', () => der.bitString(fromHex('00'), 8)],
    ['UTF8String with a lone surrogate', () => der.utf8String('\ud800')],
    ['PrintableString with @', () => der.printableString('a@b')],
    ['IA5String with ä', () => der.ia5String('ä')],
    ['IA5String with a character beyond one octet', () => der.ia5String('\u0141')],
    ['UTCTime of 2050', () => der.utcTime(utcDate('2050-01-01T00:00:00Z'))],
    ['UTCTime of 1949', () => der.utcTime(utcDate('1949-12-31T23:59:59Z'))],
    ['a time beyond 9999', () => der.generalizedTime(new Date(8.64e15))],
    ['an invalid date', () => der.time(new Date(Number.NaN))],
    ['a tag number of 31', () => der.explicit(31)],
    ['an OID of one arc', () => der.oid('1')],
    ['an OID that begins with 3', () => der.oid('3.1')],
    ['an OID with 1.40', () => der.oid('1.40')],
    ['an OID with leading zeros', () => der.oid('1.2.03')],
    ['an OID with an empty arc', () => der.oid('1.2..3')],
    ['an OID beyond all measure', () => der.oid(`2.25${'.340282366920938463463374607431768211455'.repeat(10)}`)],
  ])('%s is refused', (_name, encode) => {
    expect(encode).toThrow(RangeError);
  });
});

describe('names of tags', () => {
  it.each([
    [tag.sequence, 'SEQUENCE'],
    [contextTag(3, true), '[3]'],
    [contextTag(3, false), '[3]'],
    [0x3f, 'tag 0x3f'],
    [undefined, 'nothing'],
  ])('%p is %s', (identifier, name) => {
    expect(tagName(identifier)).toBe(name);
  });
});
