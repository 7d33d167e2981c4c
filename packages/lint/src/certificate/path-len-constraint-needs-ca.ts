/** RFC 5280 §4.2.1.9: pathLenConstraint is for CAs that sign certificates, and it counts from zero. */
import type { Lint } from '../lint.ts';
import { keyUsageMask } from '../structure/key-usage.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const pathLenConstraintNeedsCa: Lint<CertificateFrame> = {
  name: 'path-len-constraint-needs-ca',
  citation: 'RFC 5280 §4.2.1.9',
  requirement:
    'CAs MUST NOT include pathLenConstraint unless cA and keyCertSign are asserted; it MUST be at least zero',
  check({ extensions: { values } }) {
    const { basicConstraints, keyUsage } = values;
    if (basicConstraints?.pathLenConstraint === undefined) return undefined;
    if (basicConstraints.pathLenConstraint < 0n) return 'pathLenConstraint is negative';
    if (!basicConstraints.cA) return 'there is a pathLenConstraint without cA';
    return ((keyUsage?.mask ?? 0) & keyUsageMask.keyCertSign) === 0
      ? 'there is a pathLenConstraint without keyCertSign'
      : undefined;
  },
};
