/** RFC 5280 §4.2.1.10: nameConstraints constrains. */
import type { Lint } from '../lint.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const nameConstraintsNotEmpty: Lint<CertificateFrame> = {
  name: 'name-constraints-not-empty',
  citation: 'RFC 5280 §4.2.1.10',
  requirement: 'Conforming CAs MUST NOT issue nameConstraints as an empty sequence',
  check: ({ extensions }) =>
    extensions.values.nameConstraints?.isEmpty === true ? 'nameConstraints has no subtree' : undefined,
};
