/** RFC 5280 §4.2.1.5: policies are mapped by CAs, critically, and never anyPolicy. */
import type { Lint } from '../lint.ts';
import { anyPolicy, extensionId } from '../structure/identifiers.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const policyMappingsForm: Lint<CertificateFrame> = {
  name: 'policy-mappings-form',
  citation: 'RFC 5280 §4.2.1.5',
  requirement: 'policyMappings is used in CA certificates, is critical, and MUST NOT map to or from anyPolicy',
  check({ isCa, extensions }) {
    const mappings = extensions.values.policyMappings;
    if (mappings === undefined) return undefined;
    if (!isCa) return 'policyMappings is in a certificate that is not a CA’s';
    if (extensions.find(extensionId.policyMappings)?.critical === false) return 'policyMappings is not critical';
    if (mappings.length === 0) return 'policyMappings is empty';
    return mappings.some(
      (mapping) => mapping.issuerDomainPolicy === anyPolicy || mapping.subjectDomainPolicy === anyPolicy,
    )
      ? 'policyMappings maps anyPolicy'
      : undefined;
  },
};
