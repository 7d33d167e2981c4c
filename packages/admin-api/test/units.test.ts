import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { permits, statusOfRefusal } from '../src/index.ts';
import { checkDeviceId, refusalCodes, suggest } from '@touchmark/ca';
import { DeviceId } from '../src/schemas/common.ts';
import { toCertificateReference } from '../src/schemas/certificate.ts';
import { jsonPointer } from '../src/validation.ts';

describe('suggest', () => {
  const names = ['status', 'profile', 'deviceId', 'limit', 'cursor'];
  it.each([
    ['stauts', 'status'],
    ['Status', 'status'],
    ['statuss', 'status'],
    ['device', 'deviceId'],
    ['deviceid', 'deviceId'],
    ['limt', 'limit'],
    ['colour', undefined],
    ['x', undefined],
    ['', undefined],
    ['s'.repeat(10_000), undefined],
  ])('for "%.12s" says %s', (written, expected) => {
    expect(suggest(written, names)).toBe(expected);
  });
});

describe('a serial number is brought into the form of the registry (X.690 §8.3)', () => {
  it.each([
    ['0a', '0a'],
    ['A', '0a'],
    ['00:0A:01', '0a01'],
    ['FF', '00ff'],
    ['00ff', '00ff'],
    ['0000ff', '00ff'],
    ['0', '00'],
    ['7f', '7f'],
    ['80', '0080'],
  ])('%s is %s', (written, value) => {
    expect(toCertificateReference(written)).toEqual({ kind: 'idOrSerialNumber', value });
  });

  it('an id is left as it is', () => {
    const value = '0195F3AB-7c2e-7d3f-8a1b-2c3d4e5f6a7b';
    expect(toCertificateReference(value)).toEqual({ kind: 'idOrSerialNumber', value });
  });
});

describe('device ids', () => {
  const accepts = (id: string): boolean => {
    try {
      checkDeviceId(id);
      return true;
    } catch {
      return false;
    }
  };

  it('are taken here exactly when the domain takes them', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[Aa0._:@+/ -]{0,66}$/), (id) => {
        expect(DeviceId.safeParse(id).success).toBe(accepts(id));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['a', true],
    ['a'.repeat(64), true],
    ['a'.repeat(65), false],
    ['urn:pump@7+b.c_d-e', true],
    ['pump.', false],
    ['pump\n', false],
    ['pümp', false],
  ])('"%s": %s', (id, expected) => {
    expect([DeviceId.safeParse(id).success, accepts(id)]).toEqual([expected, expected]);
  });
});

describe('JSON pointers (RFC 6901 §6)', () => {
  it.each([
    [[], '#'],
    [['a', 0, 'b'], '#/a/0/b'],
    [['a/b', 'm~n'], '#/a~1b/m~0n'],
    [['ä "x"'], '#/%C3%A4%20%22x%22'],
  ])('%j is %s', (path, expected) => {
    expect(jsonPointer(path)).toBe(expected);
  });
});

describe('roles', () => {
  it('the auditor reads what an administrator reads, and acts nowhere', () => {
    expect(permits({ kind: 'read', role: 'administrator' }, 'auditor')).toBe(true);
    expect(permits({ kind: 'act', role: 'viewer' }, 'auditor')).toBe(false);
  });
});

describe('the status of a refusal', () => {
  it.each([
    ['requestMalformed', 422],
    ['requestTooLarge', 413],
    ['keyBlocked', 422],
    ['keyBlockedByOperator', 422],
    ['credentialsMissing', 401],
    ['secretWrong', 403],
    ['secretSpent', 403],
    ['certificateRevoked', 409],
    ['endpointUnknown', 404],
    ['deviceAlreadyRegistered', 422],
    ['operationNotSupported', 501],
    ['registryUnavailable', 503],
    ['internal', 500],
    ['invalidArgument', 400],
    ['notAuthenticated', 401],
    ['forbidden', 403],
    ['notFound', 404],
    ['alreadyRevoked', 409],
  ] as const)('%s is %i', (code, status) => {
    expect(statusOfRefusal(code)).toBe(status);
  });

  it('is 500 for faults of the service alone', () => {
    expect(refusalCodes.filter((code) => statusOfRefusal(code) === 500)).toEqual(['internal']);
  });
});
