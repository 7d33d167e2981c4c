/** RFC 5280 §4.2.1.2: subjectKeyIdentifier is non-critical. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const subjectKeyIdentifierNotCritical: Lint<CertificateFrame> = {
  name: 'subject-key-identifier-not-critical',
  citation: 'RFC 5280 §4.2.1.2',
  requirement: 'Conforming CAs MUST mark subjectKeyIdentifier as non-critical',
  check: ({ extensions }) =>
    extensions.find(extensionId.subjectKeyIdentifier)?.critical === true
      ? 'subjectKeyIdentifier is critical'
      : undefined,
};
