/** What is known of a frame changes no verdict: a certificate is judged as if nothing had been linted before it. */
import { describe, expect, it } from '@jest/globals';
import { der } from '@touchmark/asn1';
import { certificateLints, lintTbsCertificate } from '@touchmark/lint';
import type { LintFinding } from '@touchmark/lint';
import { runLints } from '../src/lint.ts';
import { frameOf, parseTbsCertificate, readTbsCertificate } from '../src/structure/tbs-certificate.ts';
import { alternativeNameCases } from './cases/alternative-names.ts';
import { identifierAndPointerCases } from './cases/identifiers-and-pointers.ts';
import { keyUsageCases } from './cases/key-usage.ts';
import { nameCases } from './cases/names.ts';
import { policyAndConstraintCases } from './cases/policies-and-constraints.ts';
import { publicKeyCases } from './cases/public-keys.ts';
import { signatureAlgorithmCases } from './cases/signature-algorithms.ts';
import { versionSerialValidityCases } from './cases/version-serial-validity.ts';
import { dns, extension, name, attribute, spki, withExtension } from './support/parts.ts';
import { ca, leaf, responder, root, tbsCertificate } from './support/tbs-certificate.ts';
import { rowsOf } from './support/verdict.ts';

const subjectAltName = '2.5.29.17';
const vendorExtension = '1.3.6.1.4.1.99999.1';
const extended = {
  ...leaf,
  extensions: [...(leaf.extensions ?? []), extension(vendorExtension, der.utf8String('one'))],
};

/** Undefined: no DER of a TBSCertificate. */
function lintAfresh(bytes: Uint8Array): LintFinding[] | undefined {
  try {
    return runLints(certificateLints, parseTbsCertificate(readTbsCertificate(bytes)));
  } catch {
    return undefined;
  }
}

const frame = (bytes: Uint8Array): string => frameOf(readTbsCertificate(bytes));

function expectSameVerdict(bytes: Uint8Array): void {
  const afresh = lintAfresh(bytes);
  const findings = lintTbsCertificate(bytes);
  if (afresh === undefined) expect(findings.map(({ lint }) => lint)).toEqual(['not-der']);
  else expect(findings).toEqual(afresh);
}

describe('with its frame known', () => {
  it.each([
    ['a device certificate', tbsCertificate(extended)],
    ['an issuing CA', tbsCertificate(ca)],
    ['a root', tbsCertificate(root)],
    ['an OCSP responder', tbsCertificate(responder)],
  ])('%s with any one octet changed is judged as afresh', (_name, good) => {
    expect(lintTbsCertificate(good)).toEqual([]);
    for (let at = 0; at < good.length; at++) {
      const octet = good[at] ?? 0;
      for (const changed of [octet ^ 0x01, octet ^ 0x20, octet ^ 0x80, 0x00, 0xff]) {
        expectSameVerdict(good.with(at, changed));
      }
    }
  });

  it('each structure of the tables is judged as afresh', () => {
    const cases = [
      alternativeNameCases,
      identifierAndPointerCases,
      keyUsageCases,
      nameCases,
      policyAndConstraintCases,
      publicKeyCases,
      signatureAlgorithmCases,
      versionSerialValidityCases,
    ];
    const structures = cases.flatMap((table) => [...rowsOf(table, 'passes'), ...rowsOf(table, 'fails')]);
    for (const [, , bytes] of [...structures, ...structures]) expectSameVerdict(bytes);
  });
});

describe('a frame', () => {
  it('is the same whatever serial number, validity, subject, key and alternative names are', () => {
    const other = {
      ...extended,
      serialNumber: der.integer(1),
      notBefore: der.utcTime(new Date('2026-04-01T10:00:00Z')),
      notAfter: der.utcTime(new Date('2028-04-01T10:00:00Z')),
      subject: name([attribute.commonName, der.utf8String('a much longer name of a sensor')]),
      extensions: withExtension(
        withExtension(extended.extensions, extension(subjectAltName, der.sequence(dns('a.example'), dns('b.example')))),
        extension(vendorExtension, der.utf8String('another')),
      ),
    };
    expect(frame(tbsCertificate(other))).toBe(frame(tbsCertificate(extended)));
  });

  it.each([
    ['another kind of key', { ...extended, subjectPublicKeyInfo: spki.ed25519 }],
    ['another issuer', { ...extended, issuer: leaf.subject }],
    ['another version', { ...extended, version: undefined }],
    ['no extensions', { ...extended, extensions: undefined }],
    ['an extension less', { ...extended, extensions: extended.extensions.slice(0, -1) }],
    ['extensions in another order', { ...extended, extensions: extended.extensions.toReversed() }],
    [
      'a critical subjectAltName',
      {
        ...extended,
        extensions: withExtension(
          extended.extensions,
          extension(subjectAltName, der.sequence(dns('sensor-0001.example.com')), true),
        ),
      },
    ],
    [
      'another keyUsage',
      {
        ...extended,
        extensions: withExtension(extended.extensions, extension('2.5.29.15', der.namedBits([0, 1]), true)),
      },
    ],
  ])('with %s is another one', (_what, parts) => {
    expect(frame(tbsCertificate(parts))).not.toBe(frame(tbsCertificate(extended)));
  });

  it('without extensions is another one than with none in them', () => {
    const none = { ...leaf, extensions: [] };
    expect(frame(tbsCertificate(none))).not.toBe(frame(tbsCertificate({ ...leaf, extensions: undefined })));
  });
});

describe('critical extensions that are agreed on', () => {
  const parts = { ...leaf, extensions: [...(leaf.extensions ?? []), extension(vendorExtension, der.null(), true)] };

  it('are agreed on for the profile that names them alone', () => {
    const bytes = tbsCertificate(parts);
    for (let round = 0; round < 2; round++) {
      expect(lintTbsCertificate(bytes, [vendorExtension])).toEqual([]);
      expect(lintTbsCertificate(bytes).map(({ lint }) => lint)).toEqual(['critical-extension-known']);
      expect(lintTbsCertificate(bytes, ['1.2.3']).map(({ lint }) => lint)).toEqual(['critical-extension-known']);
    }
  });
});
