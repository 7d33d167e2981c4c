/** RFC 5280 §4.2.1.13: a distribution point says where, or whose. */
import type { Lint } from '../lint.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const distributionPointHasName: Lint<CertificateFrame> = {
  name: 'distribution-point-has-name',
  citation: 'RFC 5280 §4.2.1.13',
  requirement:
    'A DistributionPoint MUST NOT consist of only the reasons; distributionPoint or cRLIssuer MUST be present',
  check({ extensions: { values } }) {
    for (const field of ['cRLDistributionPoints', 'freshestCRL'] as const) {
      for (const point of values[field] ?? []) {
        if (point.distributionPoint === undefined && point.cRLIssuer === undefined) {
          return `a distribution point of ${field} has neither a name nor a cRLIssuer`;
        }
      }
    }
    return undefined;
  },
};
