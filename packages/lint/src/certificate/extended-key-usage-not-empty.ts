/** RFC 5280 §4.2.1.12: ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX). */
import type { Lint } from '../lint.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const extendedKeyUsageNotEmpty: Lint<CertificateFrame> = {
  name: 'extended-key-usage-not-empty',
  citation: 'RFC 5280 §4.2.1.12',
  requirement: 'extKeyUsage has at least one key purpose',
  check: ({ extensions }) => (extensions.values.extKeyUsage?.length === 0 ? 'extKeyUsage is empty' : undefined),
};
