/** RFC 5280 §4.2.2.2: subjectInfoAccess is non-critical. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const subjectInfoAccessNotCritical: Lint<CertificateFrame> = {
  name: 'subject-info-access-not-critical',
  citation: 'RFC 5280 §4.2.2.2',
  requirement: 'Conforming CAs MUST mark subjectInfoAccess as non-critical',
  check: ({ extensions }) =>
    extensions.find(extensionId.subjectInfoAccess)?.critical === true ? 'subjectInfoAccess is critical' : undefined,
};
