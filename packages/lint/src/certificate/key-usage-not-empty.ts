/** RFC 5280 §4.2.1.3: a keyUsage allows something. */
import type { Lint } from '../lint.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const keyUsageNotEmpty: Lint<CertificateFrame> = {
  name: 'key-usage-not-empty',
  citation: 'RFC 5280 §4.2.1.3',
  requirement: 'When keyUsage appears, at least one of the bits MUST be set to 1',
  check: ({ extensions }) => (extensions.values.keyUsage?.mask === 0 ? 'no bit of keyUsage is set' : undefined),
};
