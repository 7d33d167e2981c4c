/** RFC 5280 §4.2.1.3: encipherOnly and decipherOnly mean nothing without keyAgreement, nor both together. */
import type { Lint } from '../lint.ts';
import { keyUsageMask } from '../structure/key-usage.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

const only = keyUsageMask.encipherOnly | keyUsageMask.decipherOnly;

export const encipherOnlyNeedsKeyAgreement: Lint<CertificateFrame> = {
  name: 'encipher-only-needs-key-agreement',
  citation: 'RFC 5280 §4.2.1.3',
  requirement: 'encipherOnly or decipherOnly qualifies keyAgreement; alone its meaning is undefined',
  check({ extensions }) {
    const mask = extensions.values.keyUsage?.mask ?? 0;
    if ((mask & only) === 0) return undefined;
    if ((mask & only) === only) return 'encipherOnly and decipherOnly are both set';
    return (mask & keyUsageMask.keyAgreement) === 0
      ? 'encipherOnly or decipherOnly is set without keyAgreement'
      : undefined;
  },
};
