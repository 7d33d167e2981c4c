/** RFC 5280 §4.2.1.2: a CA certificate has a subjectKeyIdentifier. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const subjectKeyIdentifierPresentInCa: Lint<CertificateFrame> = {
  name: 'subject-key-identifier-present-in-ca',
  citation: 'RFC 5280 §4.2.1.2',
  requirement: 'subjectKeyIdentifier MUST appear in all conforming CA certificates',
  check: ({ isCa, extensions }) =>
    isCa && extensions.find(extensionId.subjectKeyIdentifier) === undefined
      ? 'a CA certificate has no subjectKeyIdentifier'
      : undefined,
};
