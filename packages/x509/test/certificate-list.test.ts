/** CRLs: written in parts, read entry by entry (RFC 5280 §5). */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Asn1Error, DerReader, concatBytes, der, fromHex, tag, toHex } from '@touchmark/asn1';
import {
  crlReasonCodes,
  encodeCrlEntry,
  encodeExtension,
  encodeTbsCertList,
  encodeTbsCertListParts,
  extension,
  findCrlReason,
  findExtension,
  formatName,
  parseCertificateList,
  parseIssuingDistributionPoint,
  parseTbsCertList,
  verifyCrlSignature,
} from '../src/index.ts';
import type { CrlEntryFields, CrlReason } from '../src/index.ts';
import { crlEntries, crlFields, device, issueCrl, issuer, sign } from './support/fixtures.ts';
import { opensslCrlDer } from './support/openssl.ts';

const reasons = Object.keys(crlReasonCodes) as CrlReason[];
const revocationDate = new Date('2026-02-01T00:00:00Z');

describe('a CRL of OpenSSL', () => {
  it('is read', () => {
    const crl = parseCertificateList(opensslCrlDer);
    expect(formatName(crl.issuer)).toBe('CN=Test CA');
    expect(crl.version).toBe(1);
    expect(crl.crlNumber).toBe(0x1000n);
    expect(crl.nextUpdate.getTime() - crl.thisUpdate.getTime()).toBe(7 * 86_400_000);
    expect(
      [...crl.entries()].map(({ serialNumberHex, reason, invalidityDate }) => [
        serialNumberHex,
        reason,
        invalidityDate?.toISOString(),
      ]),
    ).toEqual([
      ['01', 'keyCompromise', undefined],
      ['00ff', 'unspecified', undefined],
      ['7f00112233445566778899aabbccddeeff001122', 'cACompromise', '2025-01-01T00:00:00.000Z'],
    ]);
    const issuingDistributionPoint = findExtension(crl, '2.5.29.28');
    expect(parseIssuingDistributionPoint(issuingDistributionPoint!.value)).toMatchObject({
      urls: ['http://127.0.0.1/pki/issuing.crl'],
      onlyContainsUserCerts: true,
    });
  });
});

describe('encodeCrlEntry', () => {
  it('RFC 5280 §5.3.1: has no extension for "unspecified", and no empty SEQUENCE', () => {
    const entry = encodeCrlEntry({ serialNumber: fromHex('01'), revocationDate, reason: 'unspecified' });
    expect(toHex(entry)).toBe(`3012020101170d${Buffer.from('260201000000Z').toString('hex')}`);
  });

  it('has the reason as an extension that is not critical', () => {
    const entry = encodeCrlEntry({ serialNumber: fromHex('01'), revocationDate, reason: 'superseded' });
    expect(toHex(entry)).toMatch(/300c300a0603551d1504030a0104$/);
  });

  it('has the invalidityDate as GeneralizedTime even before 2050 (RFC 5280 §5.3.2)', () => {
    const entry = encodeCrlEntry({
      serialNumber: fromHex('01'),
      revocationDate,
      reason: 'unspecified',
      invalidityDate: revocationDate,
    });
    expect(toHex(entry)).toMatch(
      new RegExp(`30180603551d180411180f${Buffer.from('20260201000000Z').toString('hex')}$`),
    );
  });

  it('has the revocationDate as GeneralizedTime from 2050 on', () => {
    const entry = encodeCrlEntry({
      serialNumber: fromHex('01'),
      revocationDate: new Date('2050-01-01T00:00:00Z'),
      reason: 'unspecified',
    });
    expect(toHex(entry)).toMatch(/^3014020101180f/);
  });

  it('refuses a serial number that is longer than it need be', () => {
    expect(() => encodeCrlEntry({ serialNumber: fromHex('0001'), revocationDate, reason: 'unspecified' })).toThrow(
      RangeError,
    );
  });
});

describe('CRLReason', () => {
  it('has the codes of RFC 5280 §5.3.1, without 7', () => {
    expect(Object.values(crlReasonCodes)).toEqual([0, 1, 2, 3, 4, 5, 6, 8, 9, 10]);
    expect(reasons.map((reason) => findCrlReason(crlReasonCodes[reason]))).toEqual(reasons);
    expect(findCrlReason(7)).toBeUndefined();
  });
});

describe('a CRL of ours', () => {
  it('is read back as it was meant', async () => {
    const crl = parseCertificateList(await issueCrl());
    expect(crl.crlNumber).toBe(4711n);
    expect(crl.thisUpdate).toEqual(crlFields.thisUpdate);
    expect(crl.nextUpdate).toEqual(crlFields.nextUpdate);
    expect([...crl.entries()]).toEqual(
      crlEntries.map((entry) => ({ invalidityDate: undefined, ...entry, serialNumberHex: toHex(entry.serialNumber) })),
    );
    expect(verifyCrlSignature(crl, issuer.publicKey)).toBe(true);
    expect(verifyCrlSignature(crl, device.publicKey)).toBe(false);
  });

  it('finds a serial number, and only that', async () => {
    const crl = parseCertificateList(await issueCrl());
    expect(crl.find(fromHex('00ff'))?.reason).toBe('certificateHold');
    expect(crl.find(fromHex('01'))?.reason).toBe('unspecified');
    expect(crl.find(fromHex('ff'))).toBeUndefined();
    expect(crl.find(fromHex('0001'))).toBeUndefined();
    expect(crl.find(new Uint8Array())).toBeUndefined();
  });

  it('can be iterated again', async () => {
    const crl = parseCertificateList(await issueCrl());
    const entries = crl.entries();
    expect([...entries]).toHaveLength(3);
    expect([...crl.entries()]).toHaveLength(3);
  });

  it('RFC 5280 §5.1.2.6: has no revokedCertificates when nothing is revoked', async () => {
    const crl = parseCertificateList(await issueCrl([]));
    expect([...crl.entries()]).toEqual([]);
    const body = new DerReader(crl.tbsCertListDer).enter(tag.sequence);
    for (let index = 0; index < 5; index++) body.element();
    expect(body.peek()).toBe(0xa0);
  });

  it('is the same in parts as in one, for any number of entries', () => {
    const entry: fc.Arbitrary<CrlEntryFields> = fc.record({
      serialNumber: fc.bigInt(1n, 2n ** 159n - 1n).map((value) => new DerReader(der.integer(value)).integerBytes()),
      revocationDate: fc
        .date({ min: new Date(0), max: new Date('2060-01-01T00:00:00Z'), noInvalidDate: true })
        .map(wholeSeconds),
      reason: fc.constantFrom(...reasons),
      invalidityDate: fc.option(
        fc.date({ min: new Date(0), max: new Date('2060-01-01T00:00:00Z'), noInvalidDate: true }).map(wholeSeconds),
        { nil: undefined },
      ),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
        const entriesDer = concatBytes(...entries.map(encodeCrlEntry));
        const { head, tail } = encodeTbsCertListParts({ ...crlFields, entriesByteLength: entriesDer.length });
        const whole = concatBytes(head, entriesDer, tail);
        expect(toHex(encodeTbsCertList({ ...crlFields, entriesDer }))).toBe(toHex(whole));
        const parsed = parseTbsCertList(whole);
        expect([...parsed.entries()]).toEqual(
          entries.map((each) => ({ ...each, serialNumberHex: toHex(each.serialNumber) })),
        );
      }),
    );
  });

  it('may have 200 000 entries', () => {
    const one = encodeCrlEntry(crlEntries[1]!);
    const entriesDer = new Uint8Array(one.length * 200_000);
    for (let offset = 0; offset < entriesDer.length; offset += one.length) entriesDer.set(one, offset);
    const last = encodeCrlEntry({ serialNumber: fromHex('05'), revocationDate, reason: 'unspecified' });
    const crl = parseTbsCertList(encodeTbsCertList({ ...crlFields, entriesDer: concatBytes(entriesDer, last) }));
    expect(crl.find(fromHex('05'))?.revocationDate).toEqual(revocationDate);
    expect(crl.find(fromHex('06'))).toBeUndefined();
  });

  it('refuses to be without extensions', () => {
    expect(() => encodeTbsCertListParts({ ...crlFields, extensionsDer: [], entriesByteLength: 0 })).toThrow(RangeError);
  });
});

function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

describe('what others write', () => {
  const { signatureAlgorithmDer, issuerDer } = crlFields;
  const times = [der.time(crlFields.thisUpdate), der.time(crlFields.nextUpdate)];
  const entry = encodeCrlEntry(crlEntries[0]!);
  const extensions = der.explicit(0, der.sequence(...crlFields.extensionsDer));
  const start = [der.integer(1), signatureAlgorithmDer, issuerDer];

  it('version 1, without extensions', async () => {
    const crl = parseCertificateList(
      await sign(der.sequence(signatureAlgorithmDer, issuerDer, ...times, der.sequence(entry))),
    );
    expect(crl.version).toBe(0);
    expect(crl.crlNumber).toBeUndefined();
    expect([...crl.entries()]).toHaveLength(1);
  });

  it.each<[string, Uint8Array[], string]>([
    ['no nextUpdate (RFC 5280 §5.1.2.5)', [...start, times[0]!, der.sequence(entry), extensions], 'no nextUpdate'],
    ['version 3', [der.integer(2), signatureAlgorithmDer, issuerDer, ...times, extensions], 'no CRL version 2'],
    ['version 1 that is written', [der.integer(0), signatureAlgorithmDer, issuerDer, ...times], 'no CRL version 0'],
    ['version 1 with extensions', [signatureAlgorithmDer, issuerDer, ...times, extensions], 'left over'],
    [
      'an empty revokedCertificates',
      [...start, ...times, der.sequence(), extensions],
      'revokedCertificates is an empty SEQUENCE',
    ],
    ['empty extensions', [...start, ...times, der.explicit(0, der.sequence())], 'Extensions without an extension'],
    [
      'an extension twice',
      [...start, ...times, der.explicit(0, der.sequence(extension.crlNumber(1), extension.crlNumber(2)))],
      'is there twice',
    ],
    [
      'a negative CRL number',
      [...start, ...times, der.explicit(0, der.sequence(encodeExtension('2.5.29.20', false, der.integer(-1))))],
      'is negative',
    ],
    [
      'another algorithm inside',
      [der.integer(1), der.sequence(der.oid('1.2.3')), issuerDer, ...times, extensions],
      'algorithms of the CRL differ',
    ],
    ['a third time', [...start, ...times, times[0]!, extensions], 'left over'],
  ])('%s is refused', async (_name, parts, reason) => {
    const crlDer = await sign(der.sequence(...parts));
    expect(() => parseCertificateList(crlDer)).toThrow(Asn1Error);
    expect(() => parseCertificateList(crlDer)).toThrow(reason);
  });

  const serialAndDate = [der.integer(5), der.time(revocationDate)];
  const entryWith = (...extensionsDer: Uint8Array[]): Uint8Array =>
    der.sequence(...serialAndDate, der.sequence(...extensionsDer));

  it.each<[string, Uint8Array, string]>([
    ['empty extensions', entryWith(), 'empty SEQUENCE'],
    ['a reason of 7', entryWith(encodeExtension('2.5.29.21', false, der.enumerated(7))), 'no CRLReason 7'],
    [
      'a reason that is an INTEGER',
      entryWith(encodeExtension('2.5.29.21', false, der.integer(1))),
      'expected ENUMERATED',
    ],
    [
      'a reason twice',
      entryWith(...Array.from({ length: 2 }, () => encodeExtension('2.5.29.21', false, der.enumerated(1)))),
      'is there twice',
    ],
    [
      'an invalidityDate that is UTCTime',
      entryWith(encodeExtension('2.5.29.24', false, der.utcTime(revocationDate))),
      'expected GeneralizedTime',
    ],
    [
      'a certificateIssuer, as in indirect CRLs',
      entryWith(encodeExtension('2.5.29.29', true, der.sequence(fromHex('820161')))),
      'critical extension 2.5.29.29',
    ],
    ['no date', der.sequence(der.integer(5)), 'expected UTCTime, found the end'],
    ['no serial number', der.sequence(der.time(revocationDate)), 'expected INTEGER'],
    ['more', der.sequence(...serialAndDate, der.null()), 'left over'],
    ['another type', der.null(), 'expected SEQUENCE'],
  ])('an entry with %s is refused when it is come to', (_name, bad, reason) => {
    const crl = parseTbsCertList(encodeTbsCertList({ ...crlFields, entriesDer: concatBytes(entry, bad) }));
    const iterator = crl.entries()[Symbol.iterator]();
    expect((iterator.next().value as { serialNumberHex: string }).serialNumberHex).toBe('01');
    expect(() => iterator.next()).toThrow(Asn1Error);
    expect(() => [...crl.entries()]).toThrow(reason);
  });

  it('an entry with an extension that is not known and not critical is read', () => {
    const entriesDer = entryWith(encodeExtension('1.2.3', false, der.null()));
    expect([...parseTbsCertList(encodeTbsCertList({ ...crlFields, entriesDer })).entries()]).toMatchObject([
      { serialNumberHex: '05' },
    ]);
  });
});
