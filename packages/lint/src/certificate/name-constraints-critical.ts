/** RFC 5280 §4.2.1.10: nameConstraints is critical. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const nameConstraintsCritical: Lint<CertificateFrame> = {
  name: 'name-constraints-critical',
  citation: 'RFC 5280 §4.2.1.10',
  requirement: 'Conforming CAs MUST mark nameConstraints as critical',
  check: ({ extensions }) =>
    extensions.find(extensionId.nameConstraints)?.critical === false ? 'nameConstraints is not critical' : undefined,
};
