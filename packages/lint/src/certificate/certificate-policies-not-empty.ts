/** RFC 5280 §4.2.1.4: certificatePolicies ::= SEQUENCE SIZE (1..MAX). */
import type { Lint } from '../lint.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const certificatePoliciesNotEmpty: Lint<CertificateFrame> = {
  name: 'certificate-policies-not-empty',
  citation: 'RFC 5280 §4.2.1.4',
  requirement: 'certificatePolicies has at least one policy',
  check: ({ extensions }) =>
    extensions.values.certificatePolicies?.length === 0 ? 'certificatePolicies is empty' : undefined,
};
