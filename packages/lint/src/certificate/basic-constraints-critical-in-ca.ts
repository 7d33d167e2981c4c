/** RFC 5280 §4.2.1.9: in a CA certificate basicConstraints is critical. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const basicConstraintsCriticalInCa: Lint<CertificateFrame> = {
  name: 'basic-constraints-critical-in-ca',
  citation: 'RFC 5280 §4.2.1.9',
  requirement: 'Conforming CAs MUST mark basicConstraints as critical in CA certificates',
  check: ({ isCa, extensions }) =>
    isCa && extensions.find(extensionId.basicConstraints)?.critical === false
      ? 'basicConstraints of a CA certificate is not critical'
      : undefined,
};
