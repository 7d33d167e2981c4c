/** RFC 5280 §4.1.2.5: the validity period runs from notBefore through notAfter. */
import type { Lint } from '../lint.ts';
import type { TbsCertificate } from '../structure/tbs-certificate.ts';

export const validityOrder: Lint<TbsCertificate> = {
  name: 'validity-order',
  citation: 'RFC 5280 §4.1.2.5',
  requirement: 'notBefore is not later than notAfter',
  check({ notBefore, notAfter }) {
    if (notBefore.epochMilliseconds === undefined || notAfter.epochMilliseconds === undefined) return undefined;
    return notBefore.epochMilliseconds > notAfter.epochMilliseconds
      ? `notBefore ${notBefore.text} is later than notAfter ${notAfter.text}`
      : undefined;
  },
};
