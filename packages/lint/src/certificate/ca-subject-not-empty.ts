/** RFC 5280 §4.1.2.6: a CA has a name, the one its certificates and CRLs bear as issuer. */
import type { Lint } from '../lint.ts';
import { keyUsageMask } from '../structure/key-usage.ts';
import type { TbsCertificate } from '../structure/tbs-certificate.ts';

export const caSubjectNotEmpty: Lint<TbsCertificate> = {
  name: 'ca-subject-not-empty',
  citation: 'RFC 5280 §4.1.2.6',
  requirement: 'If the subject is a CA or a CRL issuer, the subject field MUST be a non-empty distinguished name',
  check({ isCa, subject, extensions }) {
    if (subject.attributes.length > 0) return undefined;
    if (isCa) return 'the subject of a CA certificate is empty';
    const mask = extensions.values.keyUsage?.mask ?? 0;
    return (mask & keyUsageMask.cRLSign) !== 0 ? 'the subject of a CRL issuer is empty' : undefined;
  },
};
