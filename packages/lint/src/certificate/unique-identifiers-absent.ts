/** RFC 5280 §4.1.2.8: no unique identifiers. */
import type { Lint } from '../lint.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const uniqueIdentifiersAbsent: Lint<CertificateFrame> = {
  name: 'unique-identifiers-absent',
  citation: 'RFC 5280 §4.1.2.8',
  requirement: 'Conforming CAs MUST NOT generate certificates with unique identifiers',
  check: ({ hasUniqueIdentifiers }) => (hasUniqueIdentifiers ? 'there is a unique identifier' : undefined),
};
