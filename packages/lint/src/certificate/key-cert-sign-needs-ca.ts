/** RFC 5280 §4.2.1.9: only a CA signs certificates. */
import type { Lint } from '../lint.ts';
import { keyUsageMask } from '../structure/key-usage.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const keyCertSignNeedsCa: Lint<CertificateFrame> = {
  name: 'key-cert-sign-needs-ca',
  citation: 'RFC 5280 §4.2.1.3, §4.2.1.9',
  requirement: 'If cA is not asserted, keyCertSign MUST NOT be asserted',
  check: ({ isCa, extensions }) =>
    !isCa && ((extensions.values.keyUsage?.mask ?? 0) & keyUsageMask.keyCertSign) !== 0
      ? 'keyCertSign is set, but cA is not'
      : undefined,
};
