import { describe, expect, it } from '@jest/globals';
import { CaError, ProfileRules, readyProfiles } from '../src/index.ts';
import { tellsOfDevice } from '../src/stranger.ts';

const profileWith = (changed: Readonly<Record<string, unknown>> = {}) => ({
  name: 'tested',
  version: 1,
  rules: ProfileRules.parse({ ...readyProfiles.device, ...changed }),
});
const refusedName = new CaError('nameNotAllowed', 'It does not let it through.');

describe('what a stranger is not told', () => {
  it.each([
    'deviceSuspended',
    'deviceRetired',
    'deviceAlreadyRegistered',
    'deviceFieldMissing',
    'certificateLimitReached',
  ] as const)('is %s, whatever the step', (code) => {
    for (const step of ['authorize', 'prepare', 'recordIntent'] as const) {
      expect(tellsOfDevice(new CaError(code, ''), step, profileWith())).toBe(true);
    }
  });

  it.each([
    'keyAlgorithmNotAllowed',
    'proofOfPossessionFailed',
    'deviceNameInvalid',
    'keyOfAnotherDevice',
    'registryUnavailable',
    'tooManyPending',
  ] as const)('is not %s', (code) => {
    expect(tellsOfDevice(new CaError(code, ''), 'authorize', profileWith())).toBe(false);
  });

  const fromRequest = (allow: unknown) => ({ subjectAltName: { fromRequest: [{ kind: 'dns', allow }] } });
  const commonName = (value: string) => ({ subject: [{ attribute: 'commonName', value }] });
  it.each<[string, Readonly<Record<string, unknown>>, boolean]>([
    ['the id of the device alone', commonName('{device.id}'), false],
    ['its segment in the subject', commonName('{device.segment}'), true],
    ['a pattern with its role', fromRequest({ patterns: ['*.{device.role}.example.com'] }), true],
    ['a value with its id', fromRequest({ values: ['{device.id}.example.com'] }), false],
    ['a value with its segment', fromRequest({ values: ['{device.segment}.example.com'] }), true],
    ['names that are registered', { ...fromRequest({ registered: ['names'] }), deviceFields: ['names'] }, true],
    ['the request', commonName('{request.serialNumber}'), false],
  ])('is what comes of names where a profile takes %s: %p, %p', (_, rules, withheld) => {
    const profile = profileWith(rules);
    expect(tellsOfDevice(refusedName, 'prepare', profile)).toBe(withheld);
    expect(tellsOfDevice(new CaError('lintFailed', ''), 'lint', profile)).toBe(withheld);
    expect(tellsOfDevice(refusedName, 'authorize', profile)).toBe(false);
    for (const code of ['outlivesIssuer', 'authorityRetired', 'registryUnavailable', 'internal'] as const) {
      expect(tellsOfDevice(new CaError(code, ''), 'prepare', profile)).toBe(false);
    }
  });

  it('is nothing that is no refusal', () => {
    expect(tellsOfDevice(new TypeError('broken'), 'prepare', profileWith(commonName('{device.segment}')))).toBe(false);
  });
});
