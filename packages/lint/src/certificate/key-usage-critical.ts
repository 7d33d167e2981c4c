/** RFC 5280 §4.2.1.3: keyUsage is critical. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const keyUsageCritical: Lint<CertificateFrame> = {
  name: 'key-usage-critical',
  citation: 'RFC 5280 §4.2.1.3',
  requirement: 'When present, conforming CAs SHOULD mark keyUsage as critical',
  check: ({ extensions }) =>
    extensions.find(extensionId.keyUsage)?.critical === false ? 'keyUsage is not critical' : undefined,
};
