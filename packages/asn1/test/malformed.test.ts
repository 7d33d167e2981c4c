/** What is not DER is refused with Asn1Error, each for its own reason. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Asn1Error, DerReader, concatBytes, der, fromHex, tag } from '../src/index.ts';

const ascii = (text: string): string => Buffer.from(text, 'latin1').toString('hex');
const withLength = (identifier: string, content: string): string =>
  identifier + (content.length / 2).toString(16).padStart(2, '0') + content;
const utcTime = (text: string): string => withLength('17', ascii(text));
const generalizedTime = (text: string): string => withLength('18', ascii(text));

const element = (reader: DerReader): unknown => reader.element();
const integer = (reader: DerReader): unknown => reader.integer();
const boolean = (reader: DerReader): unknown => reader.boolean();
const bitString = (reader: DerReader): unknown => reader.bitString();
const oid = (reader: DerReader): unknown => reader.oid();
const time = (reader: DerReader): unknown => reader.time();
const string = (reader: DerReader): unknown => reader.string();

describe.each<[string, string, (reader: DerReader) => unknown, string]>([
  ['nothing', '', element, 'found the end'],
  ['an identifier alone', '30', element, 'length is missing'],
  ['a length that is cut off', '3082', element, 'length is cut off'],
  ['a length that is cut off in the middle', '308201', element, 'length is cut off'],
  ['content that is cut off', '300502', element, '5 octets are announced, 1 are there'],
  ['an indefinite length', '3080020105 0000', element, 'indefinite'],
  ['a primitive indefinite length', '0480', element, 'indefinite'],
  ['a reserved length', '30ff', element, 'out of bounds'],
  ['a length of five octets', '308500000000 01 00', element, 'out of bounds'],
  ['a length of 127 in long form', `30817f${'00'.repeat(127)}`, element, 'longer than it need be'],
  ['a length of 0 in long form', '308100', element, 'longer than it need be'],
  ['a length of 255 in two octets', `308200ff${'00'.repeat(255)}`, element, 'longer than it need be'],
  ['a length of 65535 in three octets', `308300ffff${'00'.repeat(65535)}`, element, 'longer than it need be'],
  ['a length of 4 GiB', '3084ffffffff00', element, 'cut off'],
  ['a high tag number', '1f8101 00', element, 'above 30'],
  ['a high context tag number', 'bf2000', element, 'above 30'],
  ['end-of-contents octets', '0000', element, 'end-of-contents'],
  ['a primitive SEQUENCE', '1000', element, 'must be constructed'],
  ['a primitive SET', '1100', element, 'must be constructed'],
  ['a constructed OCTET STRING', '2404 04020102', element, 'must be primitive'],
  ['a constructed BIT STRING', '2305 0303000102', element, 'must be primitive'],
  ['a constructed UTF8String', '2c03 0c0141', element, 'must be primitive'],
  ['a constructed INTEGER', '2203 020101', element, 'must be primitive'],
  ['an OCTET STRING for an INTEGER', '040101', integer, 'expected INTEGER, found OCTET STRING'],
  ['a context tag for an INTEGER', '800101', integer, 'expected INTEGER, found [0]'],
  ['an empty INTEGER', '0200', integer, 'INTEGER is empty'],
  ['an INTEGER with a leading 00 too many', '0202007f', integer, 'longer than it need be'],
  ['an INTEGER with a leading FF too many', '0202ff80', integer, 'longer than it need be'],
  ['an empty BOOLEAN', '0100', boolean, 'BOOLEAN must be'],
  ['a BOOLEAN of two octets', '0102ffff', boolean, 'BOOLEAN must be'],
  ['a BOOLEAN of 01', '010101', boolean, 'BOOLEAN must be'],
  ['a NULL with content', '050100', (reader) => reader.null(), 'NULL has content'],
  ['an empty BIT STRING', '0300', bitString, 'no octet for its unused bits'],
  ['a BIT STRING with 8 unused bits', '030208ff', bitString, 'wrong number of unused bits'],
  ['a BIT STRING with unused bits of nothing', '030101', bitString, 'wrong number of unused bits'],
  ['a BIT STRING with unused bits set', '03020101', bitString, 'not zero'],
  ['an empty OID', '0600', oid, 'is empty'],
  ['an OID that is cut off', '06022a86', oid, 'cut off'],
  ['an OID with leading zeros in its first arc', '06028001', oid, 'leading zeros'],
  ['an OID with leading zeros in a later arc', '06032a8001', oid, 'leading zeros'],
  ['an OID of 129 octets', `068181${'2a'.repeat(129)}`, oid, 'longer than 128 octets'],
  ['UTCTime without seconds', utcTime('2401010000Z'), time, 'form YYMMDDHHMMSSZ'],
  ['UTCTime with an offset', utcTime('240101000000+0100'), time, 'form YYMMDDHHMMSSZ'],
  ['UTCTime without Z', utcTime('2401010000000'), time, 'form YYMMDDHHMMSSZ'],
  ['UTCTime with a letter', utcTime('24O101000000Z'), time, 'other characters than digits'],
  ['UTCTime with a sign', utcTime('24-101000000Z'), time, 'other characters than digits'],
  ['month 13', utcTime('241301000000Z'), time, 'not a date'],
  ['month 0', utcTime('240001000000Z'), time, 'not a date'],
  ['day 0', utcTime('240100000000Z'), time, 'not a date'],
  ['30 February', utcTime('240230000000Z'), time, 'not a date'],
  ['29 February of a common year', utcTime('230229000000Z'), time, 'not a date'],
  ['hour 24', utcTime('240101240000Z'), time, 'not a date'],
  ['minute 60', utcTime('240101006000Z'), time, 'not a date'],
  ['second 60', utcTime('161231235960Z'), time, 'not a date'],
  ['GeneralizedTime with a fraction', generalizedTime('20500101000000.5Z'), time, 'form YYYYMMDDHHMMSSZ'],
  ['GeneralizedTime in local time', generalizedTime('20500101000000'), time, 'form YYYYMMDDHHMMSSZ'],
  ['GeneralizedTime with an offset', generalizedTime('20500101000000+0000'), time, 'form YYYYMMDDHHMMSSZ'],
  ['the year 0', generalizedTime('00000101000000Z'), time, 'not a date'],
  ['the year 99', generalizedTime('00990101000000Z'), time, 'not a date'],
  ['an empty time', '1700', time, 'form YYMMDDHHMMSSZ'],
  ['text for a time', '0c0141', time, 'expected UTCTime'],
  ['UTF-8 that is cut off', '0c01c3', string, 'not valid UTF-8'],
  ['overlong UTF-8', '0c02c080', string, 'not valid UTF-8'],
  ['UTF-8 of a surrogate', '0c03eda080', string, 'not valid UTF-8'],
  ['UTF-8 beyond U+10FFFF', '0c04f4908080', string, 'not valid UTF-8'],
  ['ISO 8859-1 for UTF-8', '0c0241e4', string, 'not valid UTF-8'],
  ['PrintableString with *', '13012a', string, 'PrintableString has the character 0x2a'],
  ['PrintableString with @', '130140', string, 'PrintableString has the character 0x40'],
  ['PrintableString with NUL', '130100', string, 'PrintableString has the character 0x00'],
  ['IA5String with 0x80', '160180', string, 'IA5String has the character 0x80'],
  ['NumericString with a letter', '120141', string, 'NumericString has the character 0x41'],
  ['VisibleString with a line feed', '1a010a', string, 'VisibleString has the character 0x0a'],
  ['BMPString of three octets', '1e03004100', string, 'not a multiple of 2'],
  ['BMPString with a surrogate', '1e02d800', string, 'has the character 0xd800'],
  ['UniversalString of two octets', '1c020041', string, 'not a multiple of 4'],
  ['UniversalString beyond U+10FFFF', '1c0400110000', string, 'has the character 0x110000'],
  ['an INTEGER for a string', '020101', string, 'expected a character string, found INTEGER'],
])('%s', (_name, hex, read, reason) => {
  it('is refused', () => {
    const attempt = (): unknown => read(new DerReader(fromHex(hex.replaceAll(' ', ''))));
    expect(attempt).toThrow(Asn1Error);
    expect(attempt).toThrow(reason);
  });
});

describe('any bytes', () => {
  const readers = [
    element,
    integer,
    boolean,
    bitString,
    oid,
    time,
    string,
    (reader: DerReader) => reader.enter(tag.sequence),
  ];

  it('are read or refused with Asn1Error by every reading', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(...readers), (bytes, read) => {
        try {
          read(new DerReader(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(Asn1Error);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('behind the announced content are never touched', () => {
    const inner = concatBytes(der.integer(1), der.integer(2));
    const outer = new DerReader(concatBytes(der.sequence(inner), der.integer(3)));
    const sequence = outer.enter(tag.sequence);
    sequence.integer();
    sequence.integer();
    expect(() => sequence.integer()).toThrow('expected INTEGER, found the end');
    expect(outer.integer()).toBe(3n);
  });

  it('cut off inside an inner element are refused there, although the outer bytes go on', () => {
    // The inner INTEGER announces 3 octets; its SEQUENCE has room for 1.
    const outer = new DerReader(fromHex('3003020301 0203040506'.replaceAll(' ', '')));
    expect(() => outer.enter(tag.sequence).integer()).toThrow('3 octets are announced, 1 are there');
  });
});
