import { describe, expect, it } from '@jest/globals';
import { formatName, parseName } from '@touchmark/x509';
import type { GeneralName } from '@touchmark/x509';
import { AttemptLog } from '../src/attempt-log.ts';
import { CaError } from '../src/errors.ts';
import { resolveNames } from '../src/names.ts';
import type { ProfileRules } from '../src/profile.ts';
import type { RegisteredIdentity } from '../src/profile/name-sources.ts';
import { readyProfiles } from '../src/ready-profiles.ts';

const at = new Date('2026-01-01T00:00:00Z');

function newLog(): AttemptLog {
  return new AttemptLog(
    {
      id: 'attempt',
      protocol: 'est',
      operation: 'simpleenroll',
      endpointLabel: 'factory',
      remoteAddress: undefined,
      principal: undefined,
    },
    { now: () => at },
  );
}

function resolve(
  profile: string,
  sources: { deviceId?: string; device?: RegisteredIdentity; commonName?: string; names?: GeneralName[] },
  change: Partial<ProfileRules> = {},
) {
  const rules = readyProfiles[profile];
  if (rules === undefined) throw new Error(`no profile ${profile}`);
  const { deviceId, device, commonName, names = [] } = sources;
  const resolved = resolveNames(
    { name: profile, version: 1, rules: { ...rules, ...change } },
    { deviceId, device, requested: { commonName, subjectAltNames: names } },
    newLog(),
  );
  return { ...resolved, subject: formatName(parseName(resolved.subjectDer)) };
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof CaError) return error.code;
    throw error;
  }
  return 'accepted';
}

const dns = (value: string): GeneralName => ({ kind: 'dns', value });

describe('names come from the registration and the profile', () => {
  it('a device is named by its registration, whatever the request says', () => {
    const names = resolve('device', { deviceId: 'pump-1', commonName: 'admin', names: [dns('bank.example.com')] });
    expect(names.subject).toBe('CN=pump-1');
    expect(names.subjectAltNames).toEqual([]);
  });

  it('a server gets the names that the profile lets through, once each', () => {
    const names = resolve('server', {
      commonName: 'a.example.com',
      names: [dns('a.example.com'), dns('b.example.com'), dns('a.example.com')],
    });
    expect(names.subject).toBe('CN=a.example.com');
    expect(names.subjectAltNames).toEqual([dns('a.example.com'), dns('b.example.com')]);
  });

  it('without a commonName the subject is empty', () => {
    const names = resolve('server', { names: [dns('a.example.com')] });
    expect(names).toMatchObject({ subject: '', subjectIsEmpty: true });
  });

  it('a fixed name is filled from the registration', () => {
    const subjectAltName = {
      fixed: [{ kind: 'uri' as const, value: 'urn:plant:{device.id}' }],
      fromRequest: [],
      required: false,
      allowWildcard: false,
      allowLocalhost: false,
    };
    const names = resolve('device', { deviceId: 'pump-1' }, { subjectAltName });
    expect(names.subjectAltNames).toEqual([{ kind: 'uri', value: 'urn:plant:pump-1' }]);
  });

  it('what a value looks like is never taken for a variable', () => {
    const subject = [{ attribute: 'commonName' as const, value: 'x {device.id} {request.commonName}' }];
    expect(resolve('device', { deviceId: '$&', commonName: '{device.id}' }, { subject }).subject).toBe(
      'CN=x $& {device.id}',
    );
  });

  it('what is registered of the device is filled in, and stays within its part of a URI', () => {
    const device = { role: 'pump', segment: 'hall-7', fields: { path: 'a/b?c#d%e' } };
    const change = {
      deviceFields: ['path'],
      subject: [{ attribute: 'organizationalUnitName' as const, value: '{device.segment}' }],
      subjectAltName: {
        ...readyProfiles.device!.subjectAltName,
        fixed: [
          { kind: 'uri' as const, value: 'urn:role:{device.role}' },
          { kind: 'uri' as const, value: 'https://h.example.com/{device.path}' },
        ],
      },
    };
    const names = resolve('device', { deviceId: 'pump-1', device }, change);
    expect(names.subject).toBe('OU=hall-7');
    expect(names.subjectAltNames).toEqual([
      { kind: 'uri', value: 'urn:role:pump' },
      { kind: 'uri', value: 'https://h.example.com/a%2Fb%3Fc%23d%25e' },
    ]);
  });

  const limited = (namesNotLetThrough: 'drop' | 'refuse') => ({
    namesNotLetThrough,
    subjectAltName: {
      ...readyProfiles.server!.subjectAltName,
      fromRequest: [{ kind: 'dns' as const, allow: { patterns: ['*.example.com'] } }],
    },
  });

  it('what is not let through is dropped with a warning', () => {
    const names = [dns('a.example.com'), dns('bank.example.org')];
    expect(resolve('server', { names }, limited('drop')).subjectAltNames).toEqual([dns('a.example.com')]);
  });

  it('or refused, by the choice of the profile', () => {
    const names = [dns('a.example.com'), dns('bank.example.org')];
    expect(codeOf(() => resolve('server', { names }, limited('refuse')))).toBe('nameNotAllowed');
    expect(codeOf(() => resolve('server', { names: names.slice(0, 1) }, limited('refuse')))).toBe('accepted');
  });

  it('a name that is in the certificate anyway may be asked for', () => {
    const change = {
      namesNotLetThrough: 'refuse' as const,
      subjectAltName: {
        ...readyProfiles.device!.subjectAltName,
        fixed: [{ kind: 'uri' as const, value: 'urn:plant:{device.id}' }],
      },
    };
    const names: GeneralName[] = [{ kind: 'uri', value: 'urn:plant:pump-1' }];
    expect(resolve('device', { deviceId: 'pump-1', names }, change).subjectAltNames).toEqual(names);
  });

  it('a subject from the request is limited too', () => {
    const entry = { attribute: 'commonName' as const, value: '{request.commonName}', allow: { patterns: ['Pump ##'] } };
    const change = { subject: [entry, { attribute: 'organizationName' as const, value: 'Plant' }] };
    expect(resolve('client', { commonName: 'Pump 07' }, change).subject).toBe('O=Plant,CN=Pump 07');
    expect(resolve('client', { commonName: 'admin' }, change).subject).toBe('O=Plant');
    const required = { subject: [{ ...entry, required: true }] };
    expect(codeOf(() => resolve('client', { commonName: 'admin' }, required))).toBe('nameNotAllowed');
  });

  it.each([
    [
      'a field that the device does not have',
      () =>
        resolve('device-role-segment', {
          deviceId: 'pump-1',
          device: { role: 'pump', segment: undefined, fields: {} },
        }),
      'deviceFieldMissing',
    ],
    [
      'a device that is being registered by this very request, where the profile needs its role',
      () => resolve('device-role-segment', { deviceId: 'pump-1' }),
      'deviceFieldMissing',
    ],
    ['a person without a name', () => resolve('client', {}), 'nameNotAllowed'],
    [
      'the commonName of a server is none of its names',
      () => resolve('server', { commonName: 'c.example.com', names: [dns('a.example.com')] }),
      'commonNameNotInSubjectAltName',
    ],
    ['a server without a name', () => resolve('server', { commonName: 'a.example.com' }), 'subjectAltNameRequired'],
    ['a wildcard', () => resolve('server', { names: [dns('*.example.com')] }), 'wildcardNotAllowed'],
    [
      'an address where only DNS names pass',
      () => resolve('server', { names: [{ kind: 'ip', value: '192.0.2.1' }] }),
      'subjectAltNameRequired',
    ],
    ['no name at all', () => resolve('device', {}), 'nameNothingLeft'],
    [
      'a value that the attribute cannot hold',
      () => resolve('device', { deviceId: 'a_b' }, { subject: [{ attribute: 'serialNumber', value: '{device.id}' }] }),
      'nameInvalid',
    ],
  ])('refused: %s', (_name, work, code) => {
    expect(codeOf(work)).toBe(code);
  });
});
