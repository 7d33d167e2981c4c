/** Distinguished names as text (RFC 4514). */
import { describe, expect, it } from '@jest/globals';
import { der, fromHex } from '@touchmark/asn1';
import { encodeName, formatName, parseName } from '../src/index.ts';
import type { NameAttribute } from '../src/index.ts';

const example: NameAttribute[] = [
  { attribute: 'domainComponent', value: 'net' },
  { attribute: 'domainComponent', value: 'example' },
];
const format = (attributes: readonly NameAttribute[]): string => formatName(parseName(encodeName(attributes)));

describe('the examples of RFC 4514 §4', () => {
  it.each<[string, NameAttribute]>([
    ['UID=jsmith,DC=example,DC=net', { attribute: 'userId', value: 'jsmith' }],
    ['CN=James \\"Jim\\" Smith\\, III,DC=example,DC=net', { attribute: 'commonName', value: 'James "Jim" Smith, III' }],
    ['CN=Before\\0dAfter,DC=example,DC=net', { attribute: 'commonName', value: 'Before\rAfter' }],
    // The RFC writes the octets of the letters, and allows the letters themselves (§2.4).
    ['CN=Lučić,DC=example,DC=net', { attribute: 'commonName', value: 'Lučić' }],
  ])('%s', (text, attribute) => {
    expect(format([...example, attribute])).toBe(text);
  });

  it('OU=Sales+CN=J.  Smith,DC=example,DC=net', () => {
    const twoAttributes = der.set(
      der.sequence(der.oid('2.5.4.11'), der.utf8String('Sales')),
      der.sequence(der.oid('2.5.4.3'), der.utf8String('J.  Smith')),
    );
    const domain = encodeName(example).subarray(2);
    expect(formatName(parseName(der.sequence(domain, twoAttributes)))).toBe('OU=Sales+CN=J.  Smith,DC=example,DC=net');
  });

  it('1.3.6.1.4.1.1466.0=#04024869', () => {
    const attribute = der.sequence(der.oid('1.3.6.1.4.1.1466.0'), fromHex('04024869'));
    expect(formatName(parseName(der.sequence(der.set(attribute))))).toBe('1.3.6.1.4.1.1466.0=#04024869');
  });
});

describe('escaping (RFC 4514 §2.4)', () => {
  it.each([
    [' a ', '\\ a\\ '],
    [' ', '\\ '],
    ['#a#', '\\#a#'],
    ['a\\b', 'a\\\\b'],
    ['a+b;c<d>e', 'a\\+b\\;c\\<d\\>e'],
    ['a=b', 'a=b'],
    ['a\u0000b', 'a\\00b'],
    ['a\nb', 'a\\0ab'],
    ['a\u202eb', 'a\\e2\\80\\aeb'],
    ['a\u200bb', 'a\\e2\\80\\8bb'],
    ['a\u2028b', 'a\\e2\\80\\a8b'],
  ])('%j', (value, text) => {
    expect(format([{ attribute: 'commonName', value }])).toBe(`CN=${text}`);
  });
});

describe('values', () => {
  it('that are no text are hexadecimal under a short name too', () => {
    const attribute = der.sequence(der.oid('2.5.4.3'), der.bitString(Uint8Array.of(1)));
    expect(formatName(parseName(der.sequence(der.set(attribute))))).toBe('CN=#03020001');
  });

  it('of an unknown type are hexadecimal even if they are text', () => {
    const attribute = der.sequence(der.oid('1.2.3.4'), der.utf8String('A'));
    expect(formatName(parseName(der.sequence(der.set(attribute))))).toBe('1.2.3.4=#0c0141');
  });
});

describe('the empty name', () => {
  it('is the empty text', () => {
    expect(format([])).toBe('');
  });
});
