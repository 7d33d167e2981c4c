/** RFC 5280 §4.2.1.13: CRLDistributionPoints ::= SEQUENCE SIZE (1..MAX). */
import type { Lint } from '../lint.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const crlDistributionPointsNotEmpty: Lint<CertificateFrame> = {
  name: 'crl-distribution-points-not-empty',
  citation: 'RFC 5280 §4.2.1.13, §4.2.1.15',
  requirement: 'cRLDistributionPoints and freshestCRL have at least one distribution point, with at least one name',
  check({ extensions: { values } }) {
    for (const field of ['cRLDistributionPoints', 'freshestCRL'] as const) {
      const points = values[field];
      if (points === undefined) continue;
      if (points.length === 0) return `${field} is empty`;
      for (const { distributionPoint } of points) {
        if (distributionPoint?.kind === 'fullName' && distributionPoint.names.length === 0) {
          return `a distribution point of ${field} has an empty name`;
        }
      }
    }
    return undefined;
  },
};
