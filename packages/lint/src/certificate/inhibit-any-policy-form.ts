/** RFC 5280 §4.2.1.14: inhibitAnyPolicy is critical and counts from zero. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const inhibitAnyPolicyForm: Lint<CertificateFrame> = {
  name: 'inhibit-any-policy-form',
  citation: 'RFC 5280 §4.2.1.14',
  requirement: 'Conforming CAs MUST mark inhibitAnyPolicy as critical; SkipCerts is at least zero',
  check({ extensions }) {
    if (extensions.find(extensionId.inhibitAnyPolicy)?.critical === false) return 'inhibitAnyPolicy is not critical';
    return (extensions.values.inhibitAnyPolicy ?? 0n) < 0n ? 'inhibitAnyPolicy is negative' : undefined;
  },
};
