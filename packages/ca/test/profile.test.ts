import { describe, expect, it } from '@jest/globals';
import { ProfileRules } from '../src/profile.ts';
import { nameOfVariable, variablesOf } from '../src/profile/template.ts';
import { readyProfiles } from '../src/ready-profiles.ts';

const good = {
  subject: [{ attribute: 'commonName', value: '{device.id}' }],
  keyAlgorithms: ['ec-p256'],
  extendedKeyUsage: ['clientAuth'],
  validity: { seconds: 3600 },
};

describe('a profile is refused when it is written', () => {
  it.each([
    ['a variable that does not exist', { ...good, subject: [{ attribute: 'commonName', value: '{device.name}' }] }],
    ['a misspelt member', { ...good, keyAlgoritms: ['ec-p256'] }],
    ['a key algorithm that is none', { ...good, keyAlgorithms: ['ec-p192'] }],
    ['no key algorithm', { ...good, keyAlgorithms: [] }],
    ['a usage that is none', { ...good, extendedKeyUsage: ['anyExtendedKeyUsage'] }],
    ['a validity of no time', { ...good, validity: { seconds: 0 } }],
    ['a validity of a thousand years', { ...good, validity: { seconds: 1000 * 366 * 86_400 } }],
    ['a subject attribute that is none', { ...good, subject: [{ attribute: 'emailAddress', value: 'x' }] }],
    ['an empty value', { ...good, subject: [{ attribute: 'commonName', value: '' }] }],
    ['a renewal window of 200 %', { ...good, renewal: { opensAtPercent: 200 } }],
  ])('%s', (_name, rules) => {
    expect(ProfileRules.safeParse(rules).success).toBe(false);
  });

  it('and accepted with defaults for what it leaves out', () => {
    const rules = ProfileRules.parse(good);
    expect(rules.validity.backdateSeconds).toBe(300);
    expect(rules.renewal).toEqual({
      sameKey: true,
      rekey: true,
      oldCertificate: 'keep',
      oldCertificateDelaySeconds: 3600,
      opensAtPercent: 66,
      targetPercent: 80,
      jitterPercent: 10,
      enforceWindow: false,
      graceSeconds: 0,
    });
    expect(rules.subjectAltName.fromRequest).toEqual([]);
  });
});

describe('what was stored by an earlier version of the program stays in force', () => {
  /** The stored form of the first version's own profiles, as it wrote them. */
  const stored = {
    description: 'A delegated OCSP responder (RFC 6960 §4.2.2.2).',
    subject: [{ attribute: 'commonName', value: '{request.commonName}' }],
    subjectAltName: {
      fixed: [{ kind: 'uri', value: 'urn:plant:{device.id}' }],
      fromRequest: ['dns', 'ip'],
      required: true,
      allowWildcard: false,
      allowLocalhost: true,
    },
    keyAlgorithms: ['ec-p256', 'rsa-2048'],
    extendedKeyUsage: ['OCSPSigning', 'cmcRA'],
    ocspNoCheck: true,
    validity: { seconds: 2_592_000, backdateSeconds: 300 },
    renewal: { sameKey: true, rekey: false, opensAtPercent: 66, enforceWindow: true, graceSeconds: 3_000_000_000 },
    requireChannelBinding: true,
    service: true,
  };

  it.each([
    ['with pointers to the status', false, { crl: true, ocsp: true, caIssuers: true }],
    ['without', true, { crl: false, ocsp: false, caIssuers: false }],
  ])('%s', (_name, omitStatusUrls, statusUrls) => {
    const rules = ProfileRules.parse({ ...stored, omitStatusUrls });
    expect(rules).toMatchObject({
      ...stored,
      subjectAltName: { ...stored.subjectAltName, fromRequest: [{ kind: 'dns' }, { kind: 'ip' }] },
      statusUrls,
    });
    expect(rules).not.toHaveProperty('omitStatusUrls');
    expect(ProfileRules.parse(structuredClone(rules))).toEqual(rules);
  });
});

describe('templates', () => {
  it.each([
    ['{device.id}', ['device.id']],
    ['{device.id}.example.com', ['device.id']],
    ['plain', []],
    ['{request.commonName} {device.id}', ['request.commonName', 'device.id']],
  ])('%j uses %j', (template, variables) => {
    expect(variablesOf(template).map(nameOfVariable)).toEqual(variables);
  });
});

describe('ready profiles', () => {
  it.each(Object.entries(readyProfiles))('%s lets no wildcard through and names its key algorithms', (_name, rules) => {
    expect(rules.subjectAltName.allowWildcard).toBe(false);
    expect(rules.keyAlgorithms.length).toBeGreaterThan(0);
  });

  it('only the responder has OCSPSigning, and with it nocheck', () => {
    const signers = Object.entries(readyProfiles).filter(([, rules]) => rules.extendedKeyUsage.includes('OCSPSigning'));
    expect(signers.map(([name, rules]) => [name, rules.ocspNoCheck])).toEqual([['ocsp-responder', true]]);
  });
});
