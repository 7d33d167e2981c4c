/** RFC 5280 §4.2.1.6: beside a subject, subjectAltName is non-critical. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { TbsCertificate } from '../structure/tbs-certificate.ts';

export const subjectAltNameNotCritical: Lint<TbsCertificate> = {
  name: 'subject-alt-name-not-critical',
  citation: 'RFC 5280 §4.2.1.6',
  requirement: 'When the subject is not empty, conforming CAs SHOULD mark subjectAltName as non-critical',
  check: ({ subject, extensions }) =>
    subject.attributes.length > 0 && extensions.find(extensionId.subjectAltName)?.critical === true
      ? 'subjectAltName is critical beside a subject'
      : undefined,
};
