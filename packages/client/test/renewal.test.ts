import { describe, expect, it } from '@jest/globals';
import { createTestAuthority } from '@touchmark/testkit';
import { needsRenewal, renewalTimeOf } from '../src/index.ts';

const notBefore = new Date('2031-01-01T00:00:00Z');
const notAfter = new Date('2031-04-11T00:00:00Z');
const dayOf = (days: number): Date => new Date(notBefore.getTime() + days * 86_400_000);

describe('needsRenewal', () => {
  it('at 80 % of the life, spread over 10 %, the same at every call', async () => {
    const authority = await createTestAuthority({ now: notBefore });
    const times = new Set<number>();
    for (let count = 0; count < 20; count++) {
      const { certificateDer, certificatePem } = await authority.issue({ notBefore, notAfter });
      const time = renewalTimeOf(certificateDer);
      times.add(time.getTime());
      expect(time.getTime()).toBeGreaterThanOrEqual(dayOf(75).getTime());
      expect(time.getTime()).toBeLessThanOrEqual(dayOf(85).getTime());
      expect(renewalTimeOf(certificatePem)).toEqual(time);
      expect(needsRenewal(certificateDer, new Date(time.getTime() - 1))).toBe(false);
      expect(needsRenewal(certificateDer, time)).toBe(true);
    }
    expect(times.size).toBeGreaterThan(15);
  });

  it('at the very share of the life that is asked for', async () => {
    const { certificateDer } = await (await createTestAuthority({ now: notBefore })).issue({ notBefore, notAfter });
    expect(renewalTimeOf(certificateDer, { targetPercent: 50, jitterPercent: 0 })).toEqual(dayOf(50));
  });

  it('refuses a PEM text without a certificate', () => {
    expect(() => needsRenewal('-----BEGIN X-----\nAAAA\n-----END X-----\n', notBefore)).toThrow(TypeError);
  });
});
