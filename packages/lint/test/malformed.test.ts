/** Bytes that cannot be taken apart are a finding, never an exception. */
import { describe, expect, it } from '@jest/globals';
import { der, fromHex } from '@touchmark/asn1';
import { lintCrlEntry, lintTbsCertificate, lintTbsCertList } from '@touchmark/lint';
import fc from 'fast-check';
import { ascii, extension } from './support/parts.ts';
import { fullCrl, tbsCertList } from './support/tbs-cert-list.ts';
import { leaf, tbsCertificate } from './support/tbs-certificate.ts';

const good = tbsCertificate(leaf);
const goodCrl = tbsCertList(fullCrl);
const withByte = (bytes: Uint8Array, at: number, value: number): Uint8Array => bytes.with(at, value);

const malformed: [string, Uint8Array][] = [
  ['nothing', new Uint8Array()],
  ['one octet', fromHex('30')],
  ['text', ascii('-----BEGIN CERTIFICATE-----')],
  ['octets behind the structure', Uint8Array.from([...good, 0])],
  ['an indefinite length', Uint8Array.from([0x30, 0x80, ...good.subarray(4), 0, 0])],
  ['a length longer than it need be', Uint8Array.from([0x30, 0x83, 0, ...good.subarray(2)])],
  ['a SET in place of the SEQUENCE', withByte(good, 0, 0x31)],
  ['a serial number longer than it need be', tbsCertificate(leaf, { serialNumber: fromHex('02020001') })],
  ['an empty serial number', tbsCertificate(leaf, { serialNumber: fromHex('0200') })],
  ['a notBefore of text', tbsCertificate(leaf, { notBefore: der.utf8String('260301100000Z') })],
  ['a third time', tbsCertificate(leaf, { notAfter: Uint8Array.from([...leaf.notBefore, ...leaf.notAfter]) })],
  ['a subject that is a SET', tbsCertificate(leaf, { subject: fromHex('3100') })],
  ['an RDN that is a SEQUENCE', tbsCertificate(leaf, { subject: der.sequence(der.sequence()) })],
  [
    'a key without its BIT STRING',
    tbsCertificate(leaf, { subjectPublicKeyInfo: der.sequence(der.sequence(der.oid('1.2.3'))) }),
  ],
  [
    'a key with an octet of unused bits too many',
    tbsCertificate(leaf, {
      subjectPublicKeyInfo: der.sequence(der.sequence(der.oid('1.2.3')), fromHex('03020901')),
    }),
  ],
  ['a fourth field behind the extensions', Uint8Array.from(der.sequence(good.subarray(4), der.null()))],
  [
    'an extension without value',
    tbsCertificate(
      { ...leaf, extensions: undefined },
      {
        uniqueIdentifiers: [der.explicit(3, der.sequence(der.sequence(der.oid('2.5.29.19'))))],
      },
    ),
  ],
  [
    'critical of 01',
    tbsCertificate(
      { ...leaf, extensions: undefined },
      {
        uniqueIdentifiers: [
          der.explicit(
            3,
            der.sequence(der.sequence(der.oid('2.5.29.19'), fromHex('010101'), der.octetString(fromHex('3000')))),
          ),
        ],
      },
    ),
  ],
];

describe('not-der', () => {
  it.each(malformed)('%s', (_name, bytes) => {
    const findings = lintTbsCertificate(bytes);
    expect(findings.map(({ lint }) => lint)).toEqual(['not-der']);
    expect(findings[0]?.message).toMatch(/TBSCertificate: .*octet/);
  });

  it('a certificate is no CRL and a CRL is no certificate', () => {
    expect(lintTbsCertList(good).map(({ lint }) => lint)).toEqual(['not-der']);
    expect(lintTbsCertificate(goodCrl).map(({ lint }) => lint)).toEqual(['not-der']);
  });

  it('a CRL entry that cannot be read', () => {
    const bytes = tbsCertList(fullCrl, { entries: [der.sequence(der.integer(1))] });
    expect(lintTbsCertList(bytes).map(({ lint }) => lint)).toEqual(['not-der']);
  });
});

describe('what is cut off', () => {
  it.each([
    ['certificate', good, lintTbsCertificate],
    ['CRL', goodCrl, lintTbsCertList],
  ] as const)('a %s at every octet is not-der', (_name, bytes, lint) => {
    for (let length = 0; length < bytes.length; length++) {
      expect(lint(bytes.subarray(0, length)).map((finding) => finding.lint)).toEqual(['not-der']);
    }
  });
});

describe('any bytes', () => {
  const lints = [lintTbsCertificate, lintTbsCertList, lintCrlEntry];

  it('give findings and no exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const lint of lints) expect(lint(bytes).length).toBeGreaterThan(0);
      }),
    );
  });

  it('one octet of a good structure changed gives findings or none, and no exception', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(good, goodCrl),
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        (bytes, position, value) => {
          const mutant = bytes.with(position % bytes.length, value);
          for (const lint of lints) expect(Array.isArray(lint(mutant))).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it.each([0x00, 0x02, 0x30, 0x80, 0xff])('no octet of a good structure changed to %i makes an exception', (value) => {
    for (const bytes of [good, goodCrl]) {
      for (let position = 0; position < bytes.length; position++) {
        const mutant = bytes.with(position, value);
        for (const lint of lints) expect(Array.isArray(lint(mutant))).toBe(true);
      }
    }
  });

  it('an extension with any value is found or decodes, and no exception', () => {
    const oids = (leaf.extensions ?? []).map(({ oid }) => oid);
    fc.assert(
      fc.property(
        fc.constantFrom(...oids, '2.5.29.30', '2.5.29.32', '2.5.29.33', '2.5.29.36', '2.5.29.46', '2.5.29.54'),
        fc.uint8Array({ maxLength: 60 }),
        (oid, value) => {
          const bytes = tbsCertificate({ ...leaf, extensions: [extension(oid, value)] });
          expect(Array.isArray(lintTbsCertificate(bytes))).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
