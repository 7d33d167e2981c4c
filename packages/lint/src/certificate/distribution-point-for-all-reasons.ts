/** RFC 5280 §4.2.1.13: some CRL covers all reasons. */
import type { Lint } from '../lint.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const distributionPointForAllReasons: Lint<CertificateFrame> = {
  name: 'distribution-point-for-all-reasons',
  citation: 'RFC 5280 §4.2.1.13',
  requirement: 'cRLDistributionPoints MUST include a point to a CRL that covers the certificate for all reasons',
  check({ extensions }) {
    const points = extensions.values.cRLDistributionPoints ?? [];
    return points.length > 0 && points.every((point) => point.hasReasons)
      ? 'every distribution point is limited to some reasons'
      : undefined;
  },
};
