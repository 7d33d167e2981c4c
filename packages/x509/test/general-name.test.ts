/** GeneralNames (RFC 5280 §4.2.1.6) and the addresses in them. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Asn1Error, der, fromHex, toHex } from '@touchmark/asn1';
import {
  NameError,
  encodeGeneralNames,
  encodeName,
  formatIpAddress,
  parseGeneralNames,
  parseIpAddress,
  parseName,
  sameGeneralName,
} from '../src/index.ts';
import type { GeneralName } from '../src/index.ts';

const directoryName = parseName(encodeName([{ attribute: 'commonName', value: 'a' }]));

const cases: [string, GeneralName, string][] = [
  ['rfc822Name', { kind: 'email', value: 'a@b' }, '8103614062'],
  ['dNSName', { kind: 'dns', value: 'a.b' }, '8203612e62'],
  ['uniformResourceIdentifier', { kind: 'uri', value: 'a:b' }, '8603613a62'],
  ['iPAddress of version 4', { kind: 'ip', value: '192.0.2.1' }, '8704c0000201'],
  ['iPAddress of version 6', { kind: 'ip', value: '2001:db8::1' }, '871020010db8000000000000000000000001'],
  ['registeredID', { kind: 'registeredId', oid: '1.2.3' }, '88022a03'],
  ['directoryName', { kind: 'directoryName', name: directoryName }, 'a40e300c310a300806035504030c0161'],
  ['otherName', { kind: 'other', der: fromHex('a00906022a03a0030c0161') }, 'a00906022a03a0030c0161'],
  ['x400Address', { kind: 'other', der: fromHex('a3020500') }, 'a3020500'],
  ['ediPartyName', { kind: 'other', der: fromHex('a503a10161') }, 'a503a10161'],
];

describe.each(cases)('%s', (_name, generalName, hex) => {
  it('is written', () => {
    expect(toHex(encodeGeneralNames([generalName]))).toBe(`30${(hex.length / 2).toString(16).padStart(2, '0')}${hex}`);
  });

  it('is read', () => {
    expect(parseGeneralNames(der.sequence(fromHex(hex)))).toEqual([generalName]);
  });

  it('is the same as itself and no other', () => {
    for (const [, other] of cases) expect(sameGeneralName(generalName, other)).toBe(generalName === other);
  });
});

describe('GeneralNames', () => {
  it('keep their order', () => {
    const names = cases.map(([, generalName]) => generalName);
    expect(parseGeneralNames(encodeGeneralNames(names))).toEqual(names);
  });

  it.each([
    ['no name', '3000', 'no GeneralName'],
    ['an unknown choice', '3003890161', 'no GeneralName'],
    ['a universal type', '30030c0161', 'no GeneralName'],
    ['a constructed dNSName', '3005a203160161', 'no GeneralName'],
    ['a dNSName outside ASCII', '30038201e4', 'IA5String has the character 0xe4'],
    ['an address of 3 octets', '300587037f0001', '3 octets instead of 4 or 16'],
    ['an address with a mask', '300a87087f000000ff000000', '8 octets instead of 4 or 16'],
    ['an otherName without a value', '3006a00406022a03', 'found the end'],
    ['an otherName without a type', '3005a003a00161', 'expected OBJECT IDENTIFIER'],
    ['an otherName with two values', '300da00b06022a03a0050c01610500', 'left over'],
    ['a directoryName without its own tag', '3006a40431023000', 'expected SEQUENCE'],
    ['two directoryNames in one', '3006a40430003000', 'left over'],
    ['octets after it', '30038201610000', 'left over'],
  ])('with %s are refused', (_name, hex, reason) => {
    expect(() => parseGeneralNames(fromHex(hex))).toThrow(Asn1Error);
    expect(() => parseGeneralNames(fromHex(hex))).toThrow(reason);
  });

  it.each<[string, GeneralName[]]>([
    ['no name', []],
    ['an empty dNSName', [{ kind: 'dns', value: '' }]],
    ['a dNSName outside ASCII', [{ kind: 'dns', value: 'bücher.example' }]],
    ['an address that is none', [{ kind: 'ip', value: '192.0.2' }]],
    ['an address with a zone', [{ kind: 'ip', value: 'fe80::1%eth0' }]],
    ['a network', [{ kind: 'ip', value: '192.0.2.0/24' }]],
  ])('with %s are not written', (_name, names) => {
    expect(() => encodeGeneralNames(names)).toThrow(NameError);
  });
});

describe('IP addresses', () => {
  it.each([
    // RFC 5952 §4
    ['2001:0db8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:DB8::A', '2001:db8::a'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    // RFC 5952 §5
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['192.0.2.1', '192.0.2.1'],
  ])('%s is %s', (text, canonical) => {
    expect(formatIpAddress(parseIpAddress(text)!)).toBe(canonical);
  });

  it.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4.5',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    'g::',
    '::1%1',
    '[::1]',
    ' ::1',
  ])('%j is none', (text) => {
    expect(parseIpAddress(text)).toBeUndefined();
  });

  it('are read as they are written, octet for octet', () => {
    const zeros = fc.constantFrom(0, 0, 0, 1, 0xff);
    const octets = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.array(zeros, { minLength: 16, maxLength: 16 }).map((values) => Uint8Array.from(values)),
    );
    fc.assert(
      fc.property(octets, (address) => {
        expect(parseIpAddress(formatIpAddress(address))).toEqual(address);
      }),
    );
  });
});
