/** RFC 5280 §4.2.1.11: policyConstraints is critical and says something. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const policyConstraintsForm: Lint<CertificateFrame> = {
  name: 'policy-constraints-form',
  citation: 'RFC 5280 §4.2.1.11',
  requirement: 'Conforming CAs MUST mark policyConstraints as critical and MUST NOT issue it as an empty sequence',
  check({ extensions }) {
    if (extensions.find(extensionId.policyConstraints)?.critical === false) return 'policyConstraints is not critical';
    return extensions.values.policyConstraints?.isEmpty === true ? 'policyConstraints is empty' : undefined;
  },
};
