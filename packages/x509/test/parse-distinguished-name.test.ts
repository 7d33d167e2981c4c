/** RFC 4514, read. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NameError, encodeName, formatName, parseDistinguishedName, parseName } from '../src/index.ts';
import type { NameAttribute } from '../src/index.ts';

const cn = (value: string): NameAttribute => ({ attribute: 'commonName', value });

describe('a distinguished name', () => {
  it.each<[string, NameAttribute[]]>([
    ['CN=Example Root CA', [cn('Example Root CA')]],
    [
      'CN=Example Root CA,O=Example,C=DE',
      [
        { attribute: 'countryName', value: 'DE' },
        { attribute: 'organizationName', value: 'Example' },
        cn('Example Root CA'),
      ],
    ],
    ['cn = a , o = b', [{ attribute: 'organizationName', value: 'b' }, cn('a')]],
    ['commonName=a', [cn('a')]],
    ['CN=James \\"Jim\\" Smith\\, III', [cn('James "Jim" Smith, III')]],
    ['CN=Lu\\C4\\8Di\\C4\\87', [cn('Lučić')]],
    ['CN=a\\ ', [cn('a ')]],
    ['CN=a=b', [cn('a=b')]],
    ['CN=', [cn('')]],
  ])('%s', (text, attributes) => {
    expect(parseDistinguishedName(text)).toEqual(attributes);
  });

  it.each([
    '',
    'Example',
    'XY=a',
    'CN=a,',
    ',CN=a',
    'CN=a,,O=b',
    'CN=a+O=b',
    'CN="a"',
    'CN=a\\',
    'CN=\\x',
    '2.5.4.3=#0c0161',
    '/CN=a',
  ])('%p is none', (text) => {
    expect(() => parseDistinguishedName(text)).toThrow(NameError);
  });

  it('is read as it is written', () => {
    const value = fc.string({ minLength: 1, maxLength: 40, unit: 'binary' }).filter((text) => text.isWellFormed());
    const attribute = fc.constantFrom('commonName', 'organizationName', 'localityName' as const);
    const attributes = fc.array(fc.record({ attribute, value }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(attributes, (name) => {
        expect(parseDistinguishedName(formatName(parseName(encodeName(name))))).toEqual(name);
      }),
    );
  });
});
