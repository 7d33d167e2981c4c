/** Reading DER: what each type gives, by the examples of X.690 and by hand. */
import { describe, expect, it } from '@jest/globals';
import { Asn1Error, DerReader, contextTag, der, fromHex, readWhole, tag, toHex } from '../src/index.ts';

const reader = (hex: string): DerReader => new DerReader(fromHex(hex.replaceAll(' ', '')));

describe('an element', () => {
  it('is given whole, by content or as a reader of what is inside', () => {
    expect(toHex(reader('3003020105').element())).toBe('3003020105');
    expect(toHex(reader('3003020105').content(tag.sequence))).toBe('020105');
    expect(reader('3003020105').enter(tag.sequence).integer()).toBe(5n);
  });

  it('is looked at without moving', () => {
    const sequence = reader('020105 0101ff');
    expect(sequence.peek()).toBe(tag.integer);
    expect(toHex(sequence.peekElement(tag.integer))).toBe('020105');
    expect(sequence.offset).toBe(0);
    expect(sequence.integer()).toBe(5n);
    expect(sequence.peek()).toBe(tag.boolean);
    expect(sequence.done).toBe(false);
    expect(sequence.boolean()).toBe(true);
    expect(sequence.done).toBe(true);
    expect(sequence.peek()).toBeUndefined();
  });

  it('is optional by its tag', () => {
    const sequence = reader('a003020105 020107');
    expect(sequence.optionalElement(contextTag(1, true))).toBeUndefined();
    expect(sequence.optionalEnter(contextTag(1, true))).toBeUndefined();
    expect(sequence.optionalEnter(contextTag(0, true))?.integer()).toBe(5n);
    expect(toHex(sequence.optionalElement(tag.integer)!)).toBe('020107');
    sequence.end();
  });

  it('is a window on the bytes, and never a Buffer', () => {
    const buffer = Buffer.from('ff3003020105', 'hex').subarray(1);
    const element = new DerReader(buffer).element();
    expect(Buffer.isBuffer(element)).toBe(false);
    expect(toHex(element)).toBe('3003020105');
    buffer[4] = 6;
    expect(toHex(element)).toBe('3003020106');
  });

  it('may be longer than 127 and 65535 octets', () => {
    for (const [length, lengthOctets] of [
      [127, '7f'],
      [128, '8180'],
      [255, '81ff'],
      [256, '820100'],
      [65_535, '82ffff'],
      [65_536, '83010000'],
      [16_777_216, '8401000000'],
    ] as const) {
      const header = fromHex(`04${lengthOctets}`);
      const bytes = new Uint8Array(header.length + length);
      bytes.set(header);
      expect(new DerReader(bytes).octetString()).toHaveLength(length);
    }
  });

  it('that is left over is named with its offset, counted from the outermost bytes', () => {
    const outer = reader('3006 3004 020105 05');
    const inner = outer.enter(tag.sequence).enter(tag.sequence);
    inner.integer();
    try {
      inner.end();
      throw new Error('not refused');
    } catch (error) {
      expect(error).toBeInstanceOf(Asn1Error);
      expect((error as Asn1Error).offset).toBe(7);
      expect((error as Asn1Error).message).toBe('1 octets are left over (at octet 7)');
    }
  });

  it('must be alone where the bytes are one element', () => {
    expect(readWhole(fromHex('3003020105')).integer()).toBe(5n);
    expect(() => readWhole(fromHex('300302010500'))).toThrow('1 octets are left over (at octet 5)');
    expect(() => readWhole(fromHex('020105'))).toThrow('expected SEQUENCE, found INTEGER (at octet 0)');
  });
});

describe('INTEGER', () => {
  it.each([
    ['020100', 0n],
    ['02017f', 127n],
    ['02020080', 128n],
    ['02020100', 256n],
    ['020180', -128n],
    ['0202ff7f', -129n],
    ['0201ff', -1n],
    ['0209008000000000000000', 2n ** 63n],
    [`02147f${'ff'.repeat(19)}`, 2n ** 159n - 1n],
  ])('%s is %s', (hex, value) => {
    expect(reader(hex).integer()).toBe(value);
  });

  it('gives its content octets', () => {
    expect(toHex(reader('02020080').integerBytes())).toBe('0080');
  });

  it.each([
    ['020100', 0],
    ['0201ff', -1],
    ['0203010000', 65536],
    ['02047fffffff', 2 ** 31 - 1],
    ['020480000000', -(2 ** 31)],
  ])('%s is the small number %s', (hex, value) => {
    expect(reader(hex).smallInteger()).toBe(value);
  });

  it('of more than four octets is not small', () => {
    expect(() => reader('02050100000000').smallInteger()).toThrow(Asn1Error);
  });

  it('stands under an implicit tag', () => {
    expect(reader('820105').integer(contextTag(2, false))).toBe(5n);
  });
});

describe('OBJECT IDENTIFIER', () => {
  it.each([
    ['0603883703', '2.999.3'], // X.690 §8.19.5
    ['0603550403', '2.5.4.3'],
    ['06082a8648ce3d030107', '1.2.840.10045.3.1.7'],
    ['06092b0601040182371514', '1.3.6.1.4.1.311.21.20'],
    ['060100', '0.0'],
    ['060127', '0.39'],
    ['060128', '1.0'],
    ['06014f', '1.39'],
    ['060150', '2.0'],
    ['060a2b8fffffffffffffff7f', '1.3.1152921504606846975'],
    ['06146983f09da7ebcfdee0c7a1a7b2c0948cc8f9d776', '2.25.329800735698586629295641978511506172918'],
  ])('%s is %s', (hex, dotted) => {
    expect(reader(hex).oid()).toBe(dotted);
  });

  it('are told apart however many were read before', () => {
    const dotted = Array.from({ length: 5000 }, (_, index) => `1.3.6.1.4.1.${index}.${(index * 7919) % 1000}`);
    const encoded = dotted.map((text) => der.oid(text));
    for (let round = 0; round < 2; round++) {
      expect(encoded.map((octets) => new DerReader(octets).oid())).toEqual(dotted);
    }
  });
});

describe('BIT STRING', () => {
  it('of X.690 §8.6.4.2 has 44 bits', () => {
    const { unusedBits, bytes } = reader('0307040a3b5f291cd0').bitString();
    expect(unusedBits).toBe(4);
    expect(toHex(bytes)).toBe('0a3b5f291cd0');
  });

  it('may be empty', () => {
    expect(reader('030100').bitString()).toEqual({ unusedBits: 0, bytes: new Uint8Array() });
  });
});

describe('the other simple types', () => {
  it('are read', () => {
    expect(reader('0101ff').boolean()).toBe(true);
    expect(reader('010100').boolean()).toBe(false);
    expect(reader('0a0106').enumerated()).toBe(6);
    expect(toHex(reader('04020102').octetString())).toBe('0102');
    const nothing = reader('0500');
    nothing.null();
    expect(nothing.done).toBe(true);
  });
});

describe('times', () => {
  it.each([
    ['UTCTime of 1950', `170d${toHex(Buffer.from('500101000000Z'))}`, '1950-01-01T00:00:00.000Z'],
    ['UTCTime of 2049', `170d${toHex(Buffer.from('491231235959Z'))}`, '2049-12-31T23:59:59.000Z'],
    ['UTCTime of 1999', `170d${toHex(Buffer.from('991231235959Z'))}`, '1999-12-31T23:59:59.000Z'],
    ['GeneralizedTime of 2050', `180f${toHex(Buffer.from('20500101000000Z'))}`, '2050-01-01T00:00:00.000Z'],
    ['the end of time (RFC 5280 §4.1.2.5)', `180f${toHex(Buffer.from('99991231235959Z'))}`, '9999-12-31T23:59:59.000Z'],
    ['a leap day', `170d${toHex(Buffer.from('240229120000Z'))}`, '2024-02-29T12:00:00.000Z'],
  ])('%s', (_name, hex, iso) => {
    expect(reader(hex).time().toISOString()).toBe(iso);
  });
});

describe('character strings', () => {
  it.each([
    ['VisibleString of X.690 §8.23.5.2', '1a054a6f6e6573', tag.visibleString, 'Jones'],
    ['UTF8String', '0c07c3a4e282ac2d41', tag.utf8String, 'ä€-A'],
    ['UTF8String beyond the basic plane', '0c04f09f9491', tag.utf8String, '\u{1f511}'],
    ['UTF8String with a byte order mark', '0c04efbbbf41', tag.utf8String, '\ufeffA'],
    ['PrintableString', '13032b3d27', tag.printableString, "+='"],
    ['IA5String', '1602402a', tag.ia5String, '@*'],
    ['NumericString', '12033120 32', tag.numericString, '1 2'],
    ['TeletexString as ISO 8859-1', '140241e4', tag.teletexString, 'Aä'],
    ['BMPString', '1e04004120ac', tag.bmpString, 'A€'],
    ['UniversalString', '1c080000004100 01f511', tag.universalString, 'A\u{1f511}'],
    ['an empty string', '0c00', tag.utf8String, ''],
  ])('%s', (_name, hex, type, value) => {
    expect(reader(hex).string()).toEqual({ tag: type, value });
  });

  it('stands under an implicit tag', () => {
    const string = reader('8203612e62').string({ tag: contextTag(2, false), of: tag.ia5String });
    expect(string).toEqual({ tag: tag.ia5String, value: 'a.b' });
  });
});
