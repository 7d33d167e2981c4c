/** RFC 5280 §4.2.1.13: cRLDistributionPoints is non-critical. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const crlDistributionPointsNotCritical: Lint<CertificateFrame> = {
  name: 'crl-distribution-points-not-critical',
  citation: 'RFC 5280 §4.2.1.13',
  requirement: 'cRLDistributionPoints SHOULD be non-critical',
  check: ({ extensions }) =>
    extensions.find(extensionId.cRLDistributionPoints)?.critical === true
      ? 'cRLDistributionPoints is critical'
      : undefined,
};
