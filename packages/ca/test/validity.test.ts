import { describe, expect, it } from '@jest/globals';
import { parseTbsCertificate } from '@touchmark/x509';
import { CaError } from '../src/errors.ts';
import { ProfileRules } from '../src/profile.ts';
import { renewalTimes } from '../src/renewal.ts';
import { readyProfiles } from '../src/ready-profiles.ts';
import { assemble, newIssuer, sourcesFor } from './support/certificates.ts';

const issuer = await newIssuer('ec-p256', undefined, new Date('2026-01-01T00:00:00Z'));

const validityFor = async (validity: object, now: string) => {
  const rules = ProfileRules.parse({ ...readyProfiles.device, validity });
  const subject = { name: 'device', rules, keyAlgorithm: 'ec-p256' as const, sources: sourcesFor(rules) };
  const { tbsCertificateDer } = await assemble(subject, issuer, new Date(now));
  const { notBefore, notAfter } = parseTbsCertificate(tbsCertificateDer);
  return [notBefore.toISOString(), notAfter.toISOString()];
};

describe('validity is exact to the second, and the last second counts', () => {
  it.each<[object, string, string, string]>([
    [
      { seconds: 60, backdateSeconds: 0 },
      '2026-06-01T12:00:00.000Z',
      '2026-06-01T12:00:00.000Z',
      '2026-06-01T12:00:59.000Z',
    ],
    [
      { seconds: 60, backdateSeconds: 0 },
      '2026-06-01T12:00:00.999Z',
      '2026-06-01T12:00:00.000Z',
      '2026-06-01T12:00:59.000Z',
    ],
    [{ duration: '1y' }, '2027-12-31T23:59:59.500Z', '2027-12-31T23:54:59.000Z', '2028-12-30T23:59:58.000Z'],
    [
      { duration: '90d', backdate: '1h' },
      '2028-02-28T23:30:00.000Z',
      '2028-02-28T22:30:00.000Z',
      '2028-05-28T23:29:59.000Z',
    ],
    // From UTCTime to GeneralizedTime (§4.1.2.5).
    [{ duration: '1d' }, '2049-12-30T23:59:59.000Z', '2049-12-30T23:54:59.000Z', '2049-12-31T23:59:58.000Z'],
    [{ duration: '1d' }, '2049-12-31T00:00:01.000Z', '2049-12-30T23:55:01.000Z', '2050-01-01T00:00:00.000Z'],
  ])('%j at %s', async (validity, now, notBefore, notAfter) => {
    expect(await validityFor(validity, now)).toEqual([notBefore, notAfter]);
  });

  it('notBefore is not before that of the issuer', async () => {
    const { notBefore } = issuer.certificate;
    const justAfter = new Date(notBefore.getTime() + 10_000).toISOString();
    expect((await validityFor({ duration: '1d' }, justAfter))[0]).toBe(notBefore.toISOString());
  });
});

describe('a certificate does not outlive its issuer', () => {
  const { notAfter } = issuer.certificate;
  const before = (seconds: number): string => new Date(notAfter.getTime() - seconds * 1000).toISOString();
  const codeOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => 'accepted',
      (error: unknown) => (error instanceof CaError ? error.code : error),
    );

  it('by one second', async () => {
    expect(await codeOf(validityFor({ seconds: 3600 }, before(3599)))).toBe('accepted');
    expect(await codeOf(validityFor({ seconds: 3600 }, before(3598)))).toBe('outlivesIssuer');
  });

  it('and is shortened where the profile says so, but not to nothing', async () => {
    const validity = { seconds: 3600, outlivingIssuer: 'shorten' };
    expect((await validityFor(validity, before(100)))[1]).toBe(notAfter.toISOString());
    expect((await validityFor(validity, before(0)))[1]).toBe(notAfter.toISOString());
    expect(await codeOf(validityFor(validity, before(-1)))).toBe('outlivesIssuer');
  });
});

describe('the renewal window', () => {
  it('is told from the life of the certificate', () => {
    const rules = ProfileRules.parse({
      ...readyProfiles.device,
      renewal: { opensAtPercent: 50, targetPercent: 75, jitterPercent: 5, grace: '1d' },
    });
    const certificate = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2026-01-11T00:00:00Z') };
    expect(renewalTimes(certificate, { name: 'device', version: 1, rules })).toEqual({
      opensAt: new Date('2026-01-06T00:00:00Z'),
      targetAt: new Date('2026-01-08T12:00:00Z'),
      jitterSeconds: 43_200,
      endsAt: new Date('2026-01-12T00:00:00.999Z'),
    });
  });
});
