/** RFC 5280 §4.2.1.12: anyExtendedKeyUsage takes the point from criticality. */
import type { Lint } from '../lint.ts';
import { extensionId, keyPurposeId } from '../structure/identifiers.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const anyExtendedKeyUsageNotCritical: Lint<CertificateFrame> = {
  name: 'any-extended-key-usage-not-critical',
  citation: 'RFC 5280 §4.2.1.12',
  requirement: 'Conforming CAs SHOULD NOT mark extKeyUsage as critical if anyExtendedKeyUsage is present',
  check: ({ extensions }) =>
    extensions.values.extKeyUsage?.includes(keyPurposeId.anyExtendedKeyUsage) === true &&
    extensions.find(extensionId.extKeyUsage)?.critical === true
      ? 'extKeyUsage is critical and has anyExtendedKeyUsage'
      : undefined,
};
