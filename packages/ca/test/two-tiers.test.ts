/** The spliced DER of the hot path and the classes that mirror the ASN.1 give the same bytes. */
import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toHex } from '@touchmark/asn1';
import { keyKindOf } from '@touchmark/crypto';
import type { KeyAlgorithmName } from '@touchmark/crypto';
import type { GeneralName } from '@touchmark/x509';
import { checkProfile } from '../src/check-profile.ts';
import { CaError } from '../src/errors.ts';
import type { ProfileRules } from '../src/profile.ts';
import type { NameSources } from '../src/profile/name-sources.ts';
import { assemble, newIssuer } from './support/certificates.ts';
import { clearTier } from './support/clear-tier.ts';

const profileCount = 250;
const inputsEach = 40;

const keyAlgorithms: readonly KeyAlgorithmName[] = ['ec-p256', 'ec-p384', 'rsa-2048', 'ed25519', 'ml-dsa-44'];

const some = <T>(values: readonly T[], maxLength = 3) => fc.uniqueArray(fc.constantFrom(...values), { maxLength });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const subjectEntry = fc.constantFrom(
  { attribute: 'commonName', value: '{device.id}' },
  { attribute: 'commonName', value: '{request.commonName}' },
  { attribute: 'commonName', value: '{request.commonName} of {device.segment}', required: false },
  { attribute: 'serialNumber', value: '{device.role}' },
  { attribute: 'countryName', value: 'DE' },
  { attribute: 'localityName', value: 'Zürich {device.text}' },
  { attribute: 'organizationName', value: '{device.text}' },
  { attribute: 'organizationalUnitName', value: '{device.segment}' },
  { attribute: 'title', value: 'Pumpe №7' },
);
const fixedName = fc.constantFrom(
  { kind: 'dns', value: '{device.role}.example.com' },
  { kind: 'dns', value: '{device.host}' },
  { kind: 'uri', value: 'urn:role:{device.role}' },
  { kind: 'uri', value: 'https://h.example.com/{device.text}?{device.id}' },
  { kind: 'ip', value: '2001:db8::7' },
  { kind: 'email', value: '{device.role}@example.com' },
);
const letThrough = fc.constantFrom(
  'dns',
  'ip',
  'uri',
  'email',
  { kind: 'dns', allow: { values: ['{device.host}', 'x.example.com'] } },
  { kind: 'dns', allow: { patterns: ['*.example.com', 'pump-##.*.example.org'] } },
  { kind: 'dns', allow: { registered: ['hosts'] } },
  { kind: 'ip', allow: { networks: ['192.0.2.0/24'] } },
);
const usage = fc.constantFrom(
  undefined,
  ['digitalSignature'],
  ['digitalSignature', 'nonRepudiation'],
  { rsa: ['digitalSignature', 'keyEncipherment', 'dataEncipherment'] },
  { ec: ['digitalSignature', 'keyAgreement'], rsa: ['nonRepudiation', 'digitalSignature'] },
);
const extension = fc.constantFrom(
  { oid: '1.3.6.1.4.1.32473.1', encoding: 'utf8String', value: '{device.segment}/{device.text}' },
  { oid: '1.3.6.1.4.1.32473.2', encoding: 'printableString', value: '{device.role}', critical: true },
  { oid: '1.3.6.1.4.1.32473.3', encoding: 'der', value: '30 03 02 01 05' },
  { oid: '1.3.6.1.4.1.32473.4', encoding: 'ia5String', value: 'cn={request.commonName}', required: false },
);
const policy = fc.record(
  {
    oid: fc.constantFrom('1.3.6.1.4.1.32473.9.1', '2.5.29.32.0', '2.999.4294967296'),
    cps: maybe(fc.constant('https://pki.example.com/cps')),
    userNotice: maybe(fc.constant('Für Geräte des Werks')),
  },
  { requiredKeys: ['oid'] },
);

const profile = fc.record({
  deviceFields: fc.constant(['text', 'host', 'hosts']),
  subject: fc.uniqueArray(subjectEntry, { maxLength: 4, selector: ({ attribute }) => attribute }),
  subjectAltName: fc.record({
    fixed: fc.uniqueArray(fixedName, { maxLength: 3 }),
    fromRequest: fc.uniqueArray(letThrough, { maxLength: 3 }),
    allowWildcard: fc.boolean(),
    allowLocalhost: fc.boolean(),
  }),
  commonNameIsHostName: fc.constant(false),
  keyAlgorithms: fc.uniqueArray(fc.constantFrom(...keyAlgorithms), { minLength: 1 }),
  keyUsage: usage,
  extendedKeyUsage: some(['clientAuth', 'serverAuth', 'emailProtection', 'ipsecIKE', '1.3.6.1.4.1.32473.3.1']),
  extendedKeyUsageCritical: fc.boolean(),
  basicConstraints: fc.constantFrom('present', 'critical', 'absent'),
  certificatePolicies: fc.uniqueArray(policy, { maxLength: 3, selector: ({ oid }) => oid }),
  statusUrls: fc.record({ crl: fc.boolean(), ocsp: fc.boolean(), caIssuers: fc.boolean() }),
  extensions: fc.uniqueArray(extension, { maxLength: 4, selector: ({ oid }) => oid }),
  validity: fc.record({
    seconds: fc.integer({ min: 60, max: 20 * 365 * 86_400 }),
    backdateSeconds: fc.integer({ min: 0, max: 86_400 }),
  }),
});

const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9-]{0,10}[A-Za-z0-9]$/);
const text = fc.constantFrom('Halle 7', 'a/b?c#d%e', 'Пумпа', '日本', "o'Neil & Söhne", 'x'.repeat(40));
const requestedName = fc.constantFrom<GeneralName>(
  { kind: 'dns', value: 'a.example.com' },
  { kind: 'dns', value: 'X.example.com' },
  { kind: 'dns', value: 'a.b.example.com' },
  { kind: 'dns', value: 'pump-07.x.example.org' },
  { kind: 'dns', value: 'host.example.net' },
  { kind: 'ip', value: '192.0.2.7' },
  { kind: 'ip', value: '198.51.100.7' },
  { kind: 'uri', value: 'urn:example:7' },
  { kind: 'email', value: 'ada@example.com' },
  { kind: 'registeredId', oid: '1.3.6.1.4.1.32473' },
);
const sources = fc.record({
  deviceId: word,
  device: fc.record({
    role: word,
    segment: word,
    fields: fc.record({
      text,
      host: fc.constant('host.example.net'),
      hosts: fc.constant('a.example.com, host.example.net'),
    }),
  }),
  requested: fc.record({
    commonName: maybe(word),
    subjectAltNames: fc.uniqueArray(requestedName, { maxLength: 5 }),
  }),
}) as fc.Arbitrary<NameSources>;

const instant = fc.date({
  min: new Date('2026-01-01T00:00:00Z'),
  max: new Date('2029-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});

describe('the fast tier and the clear tier', () => {
  it(`give the same bytes for ${profileCount * inputsEach} inputs over ${profileCount} profiles`, async () => {
    const seed = Date.now() & 0x7fffffff;
    console.log(`seed ${seed}`);
    const issuer = await newIssuer('ec-p256', undefined, new Date('2026-06-01T00:00:00Z'));
    const profiles: ProfileRules[] = [];
    for (let batch = 0; profiles.length < profileCount; batch++) {
      for (const input of fc.sample(profile, { seed: seed + batch, numRuns: 500 })) {
        const verdict = checkProfile(input);
        if (verdict.kind === 'good' && profiles.length < profileCount) profiles.push(verdict.rules);
      }
    }
    let compared = 0;
    let refused = 0;
    for (const [index, rules] of profiles.entries()) {
      const inputs = fc.sample(fc.tuple(sources, instant), { seed: seed + index, numRuns: inputsEach + 20 });
      for (const [turn, [own, now]] of inputs.entries()) {
        if (compared === (index + 1) * inputsEach) break;
        const keyAlgorithm = rules.keyAlgorithms[turn % rules.keyAlgorithms.length]!;
        const assembled = await assemble({ name: 'random', rules, keyAlgorithm, sources: own }, issuer, now).catch(
          (error: unknown) => {
            if (!(error instanceof CaError)) throw error;
            return undefined;
          },
        );
        if (assembled === undefined) {
          refused++;
          continue;
        }
        const { tbsCertificateDer, serialNumber, subjectPublicKeyInfoDer } = assembled;
        const keyKind = keyKindOf(keyAlgorithm);
        const clear = clearTier({ rules, issuer, sources: own, serialNumber, subjectPublicKeyInfoDer, keyKind, now });
        if (Buffer.compare(clear, tbsCertificateDer) !== 0) {
          expect({ rules, own, now, der: toHex(tbsCertificateDer) }).toEqual({ rules, own, now, der: toHex(clear) });
        }
        compared++;
      }
      expect(compared).toBe((index + 1) * inputsEach);
    }
    console.log(`compared ${compared}, refused ${refused}`);
    expect(compared).toBe(profileCount * inputsEach);
  }, 180_000);
});
