/** RFC 5280 §4.2.1.8: subjectDirectoryAttributes is non-critical. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const subjectDirectoryAttributesNotCritical: Lint<CertificateFrame> = {
  name: 'subject-directory-attributes-not-critical',
  citation: 'RFC 5280 §4.2.1.8',
  requirement: 'Conforming CAs MUST mark subjectDirectoryAttributes as non-critical',
  check: ({ extensions }) =>
    extensions.find(extensionId.subjectDirectoryAttributes)?.critical === true
      ? 'subjectDirectoryAttributes is critical'
      : undefined,
};
