/** Distinguished names: written, read, compared (RFC 5280 §4.1.2.4, §7.1). */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Asn1Error, der, tag, toHex } from '@touchmark/asn1';
import { NameError, attributeTypes, commonNameOf, encodeName, parseName, sameName } from '../src/index.ts';
import type { AttributeName, Name, NameAttribute } from '../src/index.ts';

const commonNameOid = der.oid('2.5.4.3');
const attribute = (value: Uint8Array, oid = commonNameOid): Uint8Array => der.sequence(oid, value);
const rdn = (...values: Uint8Array[]): Uint8Array => der.set(...values.map((value) => attribute(value)));
const name = (...rdns: Uint8Array[]): Name => parseName(der.sequence(...rdns));

describe('encodeName', () => {
  it('makes one relative distinguished name per attribute, in order', () => {
    const encoded = encodeName([
      { attribute: 'countryName', value: 'DE' },
      { attribute: 'commonName', value: 'ä' },
    ]);
    expect(toHex(encoded)).toBe('301a310b3009060355040613024445310b300906035504030c02c3a4');
  });

  it('of nothing is the empty name', () => {
    expect(toHex(encodeName([]))).toBe('3000');
  });

  it.each<[AttributeName, number]>([
    ['commonName', tag.utf8String],
    ['organizationName', tag.utf8String],
    ['organizationalUnitName', tag.utf8String],
    ['stateOrProvinceName', tag.utf8String],
    ['localityName', tag.utf8String],
    ['countryName', tag.printableString],
    ['serialNumber', tag.printableString],
    ['dnQualifier', tag.printableString],
    ['domainComponent', tag.ia5String],
    ['emailAddress', tag.ia5String],
  ])('RFC 5280 Appendix A.1: %s has tag %i', (attributeName, type) => {
    const [first] = parseName(encodeName([{ attribute: attributeName, value: 'DE' }])).rdns;
    expect(first).toEqual([{ oid: attributeTypes[attributeName].oid, value: 'DE', tag: type }]);
  });

  it.each<[string, NameAttribute]>([
    ['an empty value', { attribute: 'commonName', value: '' }],
    ['a commonName of 65 characters', { attribute: 'commonName', value: 'x'.repeat(65) }],
    ['a country of three letters', { attribute: 'countryName', value: 'DEU' }],
    ['a country of one letter', { attribute: 'countryName', value: 'D' }],
    ['a country with a digit', { attribute: 'countryName', value: 'D1' }],
    ['a serialNumber outside PrintableString', { attribute: 'serialNumber', value: 'SN_42' }],
    ['a domainComponent outside IA5String', { attribute: 'domainComponent', value: 'bücher' }],
    ['a lone surrogate', { attribute: 'commonName', value: '\udc00' }],
  ])('refuses %s', (_name, nameAttribute) => {
    expect(() => encodeName([nameAttribute])).toThrow(NameError);
    expect(() => encodeName([nameAttribute])).toThrow(nameAttribute.attribute);
  });

  it('counts characters, not units of UTF-16', () => {
    const value = '\u{1f511}'.repeat(64);
    expect(commonNameOf(parseName(encodeName([{ attribute: 'commonName', value }])))).toBe(value);
    expect(() => encodeName([{ attribute: 'commonName', value: `${value}x` }])).toThrow(NameError);
  });
});

describe('parseName', () => {
  it('gives the values of every string type as text', () => {
    const values: [Uint8Array, string][] = [
      [der.utf8String('é'), 'é'],
      [der.printableString('e'), 'e'],
      [der.ia5String('e@'), 'e@'],
      [der.tlv(tag.teletexString, Uint8Array.of(0xe9)), 'é'],
      [der.tlv(tag.bmpString, Uint8Array.of(0, 0xe9)), 'é'],
      [der.tlv(tag.universalString, Uint8Array.of(0, 0, 0, 0xe9)), 'é'],
    ];
    for (const [value, text] of values)
      expect(name(rdn(value)).rdns).toEqual([[{ oid: '2.5.4.3', value: text, tag: value[0] }]]);
  });

  it('gives what is no text in hexadecimal (RFC 4514 §2.4)', () => {
    expect(name(rdn(der.bitString(Uint8Array.of(0xff)))).rdns[0]).toEqual([
      { oid: '2.5.4.3', value: '#030200ff', tag: tag.bitString },
    ]);
  });

  it('keeps the attributes of one relative distinguished name together', () => {
    expect(name(rdn(der.utf8String('a'), der.utf8String('b'))).rdns).toHaveLength(1);
    expect(name(rdn(der.utf8String('a')), rdn(der.utf8String('b'))).rdns).toHaveLength(2);
  });

  it.each<[string, Uint8Array, string]>([
    ['an empty relative distinguished name', der.sequence(der.set()), 'found the end'],
    [
      'attributes out of order',
      der.sequence(der.tlv(tag.set, attribute(der.utf8String('b')), attribute(der.utf8String('a')))),
      'not in order',
    ],
    ['an attribute without a value', der.sequence(der.set(der.sequence(commonNameOid))), 'no value'],
    [
      'an attribute with two values',
      der.sequence(der.set(der.sequence(commonNameOid, der.null(), der.null()))),
      'left over',
    ],
    [
      'an attribute without a type',
      der.sequence(der.set(der.sequence(der.utf8String('a')))),
      'expected OBJECT IDENTIFIER',
    ],
    ['a SEQUENCE for a SET', der.sequence(der.sequence(attribute(der.utf8String('a')))), 'expected SET'],
    ['invalid UTF-8', der.sequence(rdn(der.tlv(tag.utf8String, Uint8Array.of(0xff)))), 'not valid UTF-8'],
    [
      '* in a PrintableString',
      der.sequence(rdn(der.tlv(tag.printableString, Uint8Array.of(0x2a)))),
      'PrintableString has the character',
    ],
    ['octets after it', new Uint8Array([...der.sequence(), 0]), 'left over'],
  ])('refuses %s', (_name, nameDer, reason) => {
    expect(() => parseName(nameDer)).toThrow(Asn1Error);
    expect(() => parseName(nameDer)).toThrow(reason);
  });

  it('reads what encodeName writes', () => {
    const names = Object.keys(attributeTypes).filter((key) => key !== 'countryName') as AttributeName[];
    const nameAttribute = fc.record({
      attribute: fc.constantFrom(...names),
      value: fc.string({ unit: fc.constantFrom(...Array.from('ABCxyz019 -.,+')), minLength: 1, maxLength: 63 }),
    });
    fc.assert(
      fc.property(fc.array(nameAttribute, { maxLength: 6 }), (attributes) => {
        const encoded = encodeName(attributes);
        const parsed = parseName(encoded);
        expect(toHex(parsed.der)).toBe(toHex(encoded));
        expect(parsed.rdns.map(([first]) => [first?.oid, first?.value])).toEqual(
          attributes.map((each) => [attributeTypes[each.attribute].oid, each.value]),
        );
      }),
    );
  });
});

describe('commonNameOf', () => {
  it('is the last one, the most specific', () => {
    expect(commonNameOf(name(rdn(der.utf8String('a')), rdn(der.utf8String('b'))))).toBe('b');
  });

  it('is undefined when there is none', () => {
    expect(commonNameOf(parseName(encodeName([{ attribute: 'organizationName', value: 'Acme' }])))).toBeUndefined();
    expect(commonNameOf(parseName(encodeName([])))).toBeUndefined();
  });
});

describe('sameName', () => {
  const utf8 = name(rdn(der.utf8String('a b')));

  it.each<[string, Name, boolean]>([
    ['the same DER', name(rdn(der.utf8String('a b'))), true],
    ['PrintableString', name(rdn(der.printableString('a b'))), true],
    ['IA5String', name(rdn(der.ia5String('a b'))), false],
    ['another case', name(rdn(der.utf8String('A b'))), false],
    ['another number of blanks', name(rdn(der.utf8String('a  b'))), false],
    ['another attribute', name(der.set(attribute(der.utf8String('a b'), der.oid('2.5.4.10')))), false],
    ['one attribute more', name(rdn(der.utf8String('a b')), rdn(der.utf8String('a b'))), false],
    ['one attribute more in the set', name(rdn(der.utf8String('a b'), der.utf8String('c'))), false],
    ['nothing', name(), false],
  ])('as UTF8String and %s', (_name, other, expected) => {
    expect(sameName(utf8, other)).toBe(expected);
    expect(sameName(other, utf8)).toBe(expected);
  });

  it('does not mind that text types sort differently in a set', () => {
    const a = name(rdn(der.utf8String('bb'), der.printableString('aa')));
    const b = name(rdn(der.printableString('bb'), der.utf8String('aa')));
    expect(toHex(a.der)).not.toBe(toHex(b.der));
    expect(sameName(a, b)).toBe(true);
  });

  it('minds the order of relative distinguished names', () => {
    const a = name(rdn(der.utf8String('a')), rdn(der.utf8String('b')));
    const b = name(rdn(der.utf8String('b')), rdn(der.utf8String('a')));
    expect(sameName(a, b)).toBe(false);
  });

  it('is not deceived by repeats in a set', () => {
    const a = name(rdn(der.utf8String('a'), der.printableString('a')));
    const b = name(rdn(der.utf8String('a'), der.utf8String('b')));
    expect(sameName(a, b)).toBe(false);
    expect(sameName(b, a)).toBe(false);
  });
});
