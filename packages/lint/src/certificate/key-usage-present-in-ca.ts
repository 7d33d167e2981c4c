/** RFC 5280 §4.2.1.3: a key that verifies certificates or CRLs has a keyUsage. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const keyUsagePresentInCa: Lint<CertificateFrame> = {
  name: 'key-usage-present-in-ca',
  citation: 'RFC 5280 §4.2.1.3',
  requirement: 'Conforming CAs MUST include keyUsage in certificates whose keys validate certificates or CRLs',
  check: ({ isCa, extensions }) =>
    isCa && extensions.find(extensionId.keyUsage) === undefined ? 'a CA certificate has no keyUsage' : undefined,
};
