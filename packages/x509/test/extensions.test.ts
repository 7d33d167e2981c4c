/** The extensions: what is written, what is read (RFC 5280 §4.2, §5.2). */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Asn1Error, der, fromHex, rfc5280, toHex } from '@touchmark/asn1';
import {
  encodeExtension,
  extension,
  findExtension,
  keyIdentifierOf,
  keyUsageBits,
  parseAuthorityInfoAccess,
  parseAuthorityKeyIdentifier,
  parseBasicConstraints,
  parseCertificatePolicies,
  parseCrlDistributionPoints,
  parseCrlNumber,
  parseExtendedKeyUsage,
  parseExtension,
  parseExtensions,
  parseIssuingDistributionPoint,
  parseKeyUsage,
  parseSubjectKeyIdentifier,
  reasonFlags,
  subjectAltNamesOf,
} from '../src/index.ts';
import { device } from './support/fixtures.ts';

const ascii = (text: string): string => Buffer.from(text).toString('hex');

describe('encoders, by hand', () => {
  it.each<[string, Uint8Array, string]>([
    ['basicConstraints of a leaf', extension.basicConstraints({ cA: false }), '30090603551d1304023000'],
    ['basicConstraints of a CA', extension.basicConstraints({ cA: true }), '300f0603551d130101ff040530030101ff'],
    [
      'basicConstraints of an issuing CA',
      extension.basicConstraints({ cA: true, pathLenConstraint: 0 }),
      '30120603551d130101ff040830060101ff020100',
    ],
    ['keyUsage digitalSignature', extension.keyUsage(['digitalSignature']), '300e0603551d0f0101ff040403020780'],
    ['keyUsage of a CA', extension.keyUsage(['keyCertSign', 'cRLSign']), '300e0603551d0f0101ff040403020106'],
    ['keyUsage decipherOnly', extension.keyUsage(['decipherOnly']), '300f0603551d0f0101ff04050303070080'],
    [
      'extKeyUsage clientAuth',
      extension.extendedKeyUsage([rfc5280['id-kp-clientAuth']]),
      '30130603551d25040c300a06082b06010505070302',
    ],
    ['subjectKeyIdentifier', extension.subjectKeyIdentifier(fromHex('0102')), '300b0603551d0e040404020102'],
    ['authorityKeyIdentifier', extension.authorityKeyIdentifier(fromHex('0102')), '300d0603551d230406300480020102'],
    ['subjectAltName', extension.subjectAltName([{ kind: 'dns', value: 'a' }], false), '300c0603551d1104053003820161'],
    [
      'critical subjectAltName',
      extension.subjectAltName([{ kind: 'dns', value: 'a' }], true),
      '300f0603551d110101ff04053003820161',
    ],
    [
      'cRLDistributionPoints',
      extension.crlDistributionPoints(['http://a']),
      `30190603551d1f04123010300ea00ca00a8608${ascii('http://a')}`,
    ],
    ['freshestCRL', extension.freshestCrl(['http://a']), `30190603551d2e04123010300ea00ca00a8608${ascii('http://a')}`],
    [
      'authorityInfoAccess',
      extension.authorityInfoAccess({ ocsp: ['http://a'], caIssuers: [] }),
      `302406082b0601050507010104183016301406082b060105050730018608${ascii('http://a')}`,
    ],
    [
      'certificatePolicies',
      extension.certificatePolicies([{ oid: rfc5280.anyPolicy }]),
      '30110603551d20040a300830060604551d2000',
    ],
    ['ocsp-nocheck', extension.ocspNoCheck(), '300f06092b060105050730010504020500'],
    ['cRLNumber', extension.crlNumber(0x1000), '300b0603551d14040402021000'],
    ['deltaCRLIndicator', extension.deltaCrlIndicator(5n), '300d0603551d1b0101ff0403020105'],
    [
      'issuingDistributionPoint',
      extension.issuingDistributionPoint({ urls: ['http://a'], onlyContainsUserCerts: true }),
      `301d0603551d1c0101ff04133011a00ca00a8608${ascii('http://a')}8101ff`,
    ],
  ])('%s', (_name, encoded, hex) => {
    expect(toHex(encoded)).toBe(hex);
  });

  it.each<[string, () => Uint8Array]>([
    ['pathLenConstraint without cA', () => extension.basicConstraints({ cA: false, pathLenConstraint: 0 })],
    ['a negative pathLenConstraint', () => extension.basicConstraints({ cA: true, pathLenConstraint: -1 })],
    ['no key usage', () => extension.keyUsage([])],
    ['no key purpose', () => extension.extendedKeyUsage([])],
    ['no names', () => extension.subjectAltName([], false)],
    ['no distribution point', () => extension.crlDistributionPoints([])],
    ['a URL outside ASCII', () => extension.crlDistributionPoints(['http://ä'])],
    ['no access', () => extension.authorityInfoAccess({ ocsp: [], caIssuers: [] })],
    ['no policy', () => extension.certificatePolicies([])],
    ['a policy twice', () => extension.certificatePolicies([{ oid: '1.2.3' }, { oid: '1.2.3' }])],
    ['a negative CRL number', () => extension.crlNumber(-1)],
    ['a CRL number of 21 octets', () => extension.crlNumber(2n ** 159n)],
    ['an empty issuing distribution point', () => extension.issuingDistributionPoint({ urls: [] })],
    [
      'a CRL of user and CA certificates only',
      () => extension.issuingDistributionPoint({ urls: [], onlyContainsUserCerts: true, onlyContainsCACerts: true }),
    ],
  ])('refuse %s', (_name, encode) => {
    expect(encode).toThrow(RangeError);
  });
});

describe('decoders read what the encoders write', () => {
  const valueOf = (extensionDer: Uint8Array): Uint8Array => parseExtension(extensionDer).value;
  const url = fc.string({ unit: fc.constantFrom(...Array.from('abc/.:?%')), minLength: 1, maxLength: 60 });

  it('basicConstraints', () => {
    fc.assert(
      fc.property(fc.option(fc.nat(1_000_000), { nil: undefined }), (pathLenConstraint) => {
        const encoded = extension.basicConstraints({ cA: true, pathLenConstraint });
        expect(parseBasicConstraints(valueOf(encoded))).toEqual({ cA: true, pathLenConstraint });
        expect(parseExtension(encoded).critical).toBe(true);
      }),
    );
    expect(parseBasicConstraints(valueOf(extension.basicConstraints({ cA: false })))).toEqual({ cA: false });
  });

  it('keyUsage', () => {
    fc.assert(
      fc.property(fc.subarray([...keyUsageBits], { minLength: 1 }), (bits) => {
        expect(parseKeyUsage(valueOf(extension.keyUsage(bits)))).toEqual(bits);
        expect(toHex(extension.keyUsage(bits.toReversed()))).toBe(toHex(extension.keyUsage(bits)));
      }),
    );
  });

  it('extKeyUsage and certificatePolicies', () => {
    const oids = ['1.3.6.1.5.5.7.3.2', '2.5.29.37.0', '1.2.3'];
    expect(parseExtendedKeyUsage(valueOf(extension.extendedKeyUsage(oids)))).toEqual(oids);
    const policies = oids.map((oid, index) => ({
      oid,
      cps: index === 0 ? undefined : 'https://pki.example.com/cps',
      userNotice: index === 1 ? undefined : 'Für Geräte des Werks',
    }));
    expect(parseCertificatePolicies(valueOf(extension.certificatePolicies(policies)))).toEqual(oids);
  });

  it('key identifiers', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (identifier) => {
        expect(parseSubjectKeyIdentifier(valueOf(extension.subjectKeyIdentifier(identifier)))).toEqual(identifier);
        expect(parseAuthorityKeyIdentifier(valueOf(extension.authorityKeyIdentifier(identifier)))).toEqual({
          keyIdentifier: identifier,
          authorityCertIssuer: undefined,
          authorityCertSerialNumber: undefined,
        });
      }),
    );
  });

  it('URLs of CRLs and access', () => {
    fc.assert(
      fc.property(fc.array(url, { minLength: 1, maxLength: 3 }), fc.array(url, { maxLength: 3 }), (urls, others) => {
        const fullName = urls.map((value) => ({ kind: 'uri', value }));
        const point = { fullName, urls, reasons: undefined, cRLIssuer: undefined };
        expect(parseCrlDistributionPoints(valueOf(extension.crlDistributionPoints(urls)))).toEqual([point]);
        expect(parseCrlDistributionPoints(valueOf(extension.freshestCrl(urls)))).toEqual([point]);
        const access = { ocsp: urls, caIssuers: others };
        expect(parseAuthorityInfoAccess(valueOf(extension.authorityInfoAccess(access)))).toEqual(access);
      }),
    );
  });

  it('CRL numbers', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 159n - 1n), (number) => {
        expect(parseCrlNumber(valueOf(extension.crlNumber(number)))).toBe(number);
        expect(parseCrlNumber(valueOf(extension.deltaCrlIndicator(number)))).toBe(number);
      }),
    );
  });

  it('issuing distribution points', () => {
    const only = fc.constantFrom('onlyContainsUserCerts', 'onlyContainsCACerts', 'onlyContainsAttributeCerts');
    const reasons = fc.option(fc.subarray(reasonFlags.slice(1), { minLength: 1 }), { nil: undefined });
    fc.assert(
      fc.property(
        fc.array(url, { minLength: 1, maxLength: 3 }),
        only,
        reasons,
        fc.boolean(),
        (urls, kind, onlySomeReasons, indirectCRL) => {
          const encoded = extension.issuingDistributionPoint({ urls, [kind]: true, onlySomeReasons, indirectCRL });
          expect(parseIssuingDistributionPoint(valueOf(encoded))).toEqual({
            fullName: urls.map((value) => ({ kind: 'uri', value })),
            urls,
            onlyContainsUserCerts: false,
            onlyContainsCACerts: false,
            onlyContainsAttributeCerts: false,
            onlySomeReasons,
            indirectCRL,
            [kind]: true,
          });
        },
      ),
    );
  });

  it('issuing distribution points without a name', () => {
    const encoded = extension.issuingDistributionPoint({ urls: [], onlyContainsCACerts: true });
    expect(parseIssuingDistributionPoint(valueOf(encoded))).toMatchObject({
      fullName: undefined,
      urls: [],
      onlyContainsCACerts: true,
    });
  });
});

describe('what others write', () => {
  it('an authorityKeyIdentifier with issuer and serial number', () => {
    const whole = der.sequence(
      der.implicit(0, fromHex('01')),
      der.context(1, { constructed: true }, fromHex('820161')),
      der.implicit(2, fromHex('00ff')),
    );
    expect(parseAuthorityKeyIdentifier(whole)).toEqual({
      keyIdentifier: fromHex('01'),
      authorityCertIssuer: [{ kind: 'dns', value: 'a' }],
      authorityCertSerialNumber: fromHex('00ff'),
    });
  });

  it('a distribution point with reasons and a cRLIssuer', () => {
    const value = der.sequence(
      der.sequence(der.implicit(1, fromHex('0640')), der.context(2, { constructed: true }, fromHex('820161'))),
    );
    expect(parseCrlDistributionPoints(value)).toEqual([
      { fullName: [], urls: [], reasons: ['keyCompromise'], cRLIssuer: [{ kind: 'dns', value: 'a' }] },
    ]);
  });

  it('a distribution point relative to the issuer, which has no URL', () => {
    const relative = der.explicit(
      0,
      der.context(1, { constructed: true }, der.sequence(der.oid('2.5.4.3'), der.utf8String('a'))),
    );
    expect(parseCrlDistributionPoints(der.sequence(der.sequence(relative)))[0]?.urls).toEqual([]);
  });

  it('access methods and locations that are not ours', () => {
    const value = der.sequence(
      der.sequence(der.oid('1.3.6.1.5.5.7.48.3'), fromHex('8603613a62')),
      der.sequence(der.oid(rfc5280['id-ad-ocsp']), fromHex('820161')),
    );
    expect(parseAuthorityInfoAccess(value)).toEqual({ ocsp: [], caIssuers: [] });
  });

  it('policies with qualifiers', () => {
    expect(parseCertificatePolicies(der.sequence(der.sequence(der.oid('1.2.3'), der.sequence())))).toEqual(['1.2.3']);
  });
});

describe('values that are not of their extension', () => {
  it.each<[string, (value: Uint8Array) => unknown, string, string]>([
    ['basicConstraints with cA FALSE written', parseBasicConstraints, '3003010100', 'although it is FALSE'],
    ['basicConstraints with a negative length', parseBasicConstraints, '30060101ff0201ff', 'is negative'],
    ['basicConstraints with more', parseBasicConstraints, '30080101ff0201000500', 'left over'],
    ['keyUsage with a zero bit at the end', parseKeyUsage, '030200c0', 'ends with a bit that is zero'],
    ['keyUsage with zero octets at the end', parseKeyUsage, '0303008000', 'ends with a bit that is zero'],
    ['keyUsage with a tenth bit', parseKeyUsage, '0303068040', 'without a name'],
    ['keyUsage as an OCTET STRING', parseKeyUsage, '040180', 'expected BIT STRING'],
    ['extKeyUsage of nothing', parseExtendedKeyUsage, '3000', 'found the end'],
    ['subjectKeyIdentifier with more', parseSubjectKeyIdentifier, '0401010500', 'left over'],
    ['authorityKeyIdentifier with a serial number alone', parseAuthorityKeyIdentifier, '3003820101', 'go together'],
    ['cRLDistributionPoints of nothing', parseCrlDistributionPoints, '3000', 'found the end'],
    ['an empty distribution point', parseCrlDistributionPoints, '30023000', 'neither a name nor'],
    ['an empty name of a distribution point', parseCrlDistributionPoints, '30063004a002a000', 'no GeneralName'],
    ['reasons with a zero bit at the end', parseCrlDistributionPoints, '3006300481020040', 'zero'],
    ['authorityInfoAccess of nothing', parseAuthorityInfoAccess, '3000', 'found the end'],
    ['an access without a location', parseAuthorityInfoAccess, '3006300406022a03', 'no GeneralName'],
    [
      'an access with two locations',
      parseAuthorityInfoAccess,
      '300c300a06022a03820161820161',
      'more than one location',
    ],
    [
      'certificatePolicies with a policy twice',
      parseCertificatePolicies,
      '300c300406022a03300406022a03',
      'is there twice',
    ],
    ['a negative CRL number', parseCrlNumber, '0201ff', 'is negative'],
    ['a CRL number of 21 octets', parseCrlNumber, `021500${'ff'.repeat(20)}`, 'longer than 20 octets'],
    ['an empty issuing distribution point', parseIssuingDistributionPoint, '3000', 'is empty'],
    ['an issuing distribution point with FALSE', parseIssuingDistributionPoint, '3003810100', 'although it is FALSE'],
    [
      'flags of an issuing distribution point out of order',
      parseIssuingDistributionPoint,
      '30068201ff8101ff',
      'left over',
    ],
  ])('%s', (_name, parse, hex, reason) => {
    expect(() => parse(fromHex(hex))).toThrow(Asn1Error);
    expect(() => parse(fromHex(hex))).toThrow(reason);
  });

  it('of any bytes give a result or Asn1Error', () => {
    const parsers = [
      parseAuthorityInfoAccess,
      parseAuthorityKeyIdentifier,
      parseBasicConstraints,
      parseCertificatePolicies,
      parseCrlDistributionPoints,
      parseCrlNumber,
      parseExtendedKeyUsage,
      parseIssuingDistributionPoint,
      parseKeyUsage,
      parseSubjectKeyIdentifier,
      parseExtensions,
    ];
    const inSequence = fc.uint8Array({ maxLength: 30 }).map((content) => der.sequence(content));
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 30 }), inSequence),
        fc.constantFrom(...parsers),
        (bytes, parse) => {
          try {
            parse(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(Asn1Error);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('the frame of an extension', () => {
  it('keeps value and criticality of any extension', () => {
    const encoded = encodeExtension('1.2.3', true, fromHex('0500'));
    expect(parseExtension(encoded)).toEqual({ oid: '1.2.3', critical: true, value: fromHex('0500'), der: encoded });
  });

  it('is found by its object identifier', () => {
    const extensions = parseExtensions(der.sequence(encodeExtension('1.2.3', false, fromHex('0500'))));
    expect(findExtension({ extensions }, '1.2.3')?.critical).toBe(false);
    expect(findExtension({ extensions }, '1.2.4')).toBeUndefined();
    expect(subjectAltNamesOf({ extensions })).toEqual([]);
  });

  it.each([
    ['critical FALSE written', '300906022a030101000400', 'although it is FALSE'],
    ['no value', '300406022a03', 'expected OCTET STRING, found the end'],
    ['a value that is no OCTET STRING', '300606022a030500', 'expected OCTET STRING, found NULL'],
    ['more behind the value', '300806022a0304000500', 'left over'],
  ])('with %s is refused', (_name, hex, reason) => {
    expect(() => parseExtension(fromHex(hex))).toThrow(reason);
  });

  it('twice is refused (RFC 5280 §4.2)', () => {
    const one = encodeExtension('1.2.3', false, fromHex('0500'));
    expect(() => parseExtensions(der.sequence(one, one))).toThrow('the extension 1.2.3 is there twice');
  });
});

describe('keyIdentifierOf', () => {
  it('RFC 7093 §2 method 1: 160 bits of SHA-256 over the BIT STRING without tag, length and unused bits', async () => {
    const { createHash } = await import('node:crypto');
    // The point of a P-256 key is the last 65 octets of its SubjectPublicKeyInfo.
    const digest = createHash('sha256').update(device.subjectPublicKeyInfoDer.subarray(-65)).digest();
    expect(toHex(keyIdentifierOf(device.subjectPublicKeyInfoDer))).toBe(digest.subarray(0, 20).toString('hex'));
  });
});
