/** RFC 5280 §4.2.1.10: nameConstraints is for CA certificates. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const nameConstraintsOnlyInCa: Lint<CertificateFrame> = {
  name: 'name-constraints-only-in-ca',
  citation: 'RFC 5280 §4.2.1.10',
  requirement: 'nameConstraints MUST be used only in a CA certificate',
  check: ({ isCa, extensions }) =>
    !isCa && extensions.find(extensionId.nameConstraints) !== undefined
      ? 'nameConstraints is in a certificate that is not a CA’s'
      : undefined,
};
