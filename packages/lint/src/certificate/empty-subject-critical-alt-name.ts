/** RFC 5280 §4.1.2.6: without a subject the identity is in a critical subjectAltName. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { TbsCertificate } from '../structure/tbs-certificate.ts';

export const emptySubjectCriticalAltName: Lint<TbsCertificate> = {
  name: 'empty-subject-critical-alt-name',
  citation: 'RFC 5280 §4.1.2.6, §4.2.1.6',
  requirement: 'If the subject is empty, subjectAltName MUST be present and critical',
  check({ subject, extensions }) {
    if (subject.attributes.length > 0) return undefined;
    const subjectAltName = extensions.find(extensionId.subjectAltName);
    if (subjectAltName === undefined) return 'the subject is empty and there is no subjectAltName';
    return subjectAltName.critical ? undefined : 'the subject is empty and subjectAltName is not critical';
  },
};
