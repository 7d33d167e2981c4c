import { describe, expect, it } from '@jest/globals';
import { ProfileRules, variablesOf } from '../src/profile.ts';
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
    ['a subject attribute that is none', { ...good, subject: [{ attribute: 'title', value: 'x' }] }],
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
      opensAtPercent: 66,
      enforceWindow: false,
      graceSeconds: 0,
    });
    expect(rules.subjectAltName.fromRequest).toEqual([]);
  });
});

describe('templates', () => {
  it.each([
    ['{device.id}', ['device.id']],
    ['{device.id}.example.com', ['device.id']],
    ['plain', []],
    ['{request.commonName} {device.id}', ['device.id', 'request.commonName']],
  ])('%j uses %j', (template, variables) => {
    expect(variablesOf(template)).toEqual(variables);
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
