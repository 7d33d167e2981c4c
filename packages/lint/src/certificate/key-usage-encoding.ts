/** X.690 §11.2.2: a named bit list ends in a one, and RFC 5280 names nine bits. */
import type { Lint } from '../lint.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const keyUsageEncoding: Lint<CertificateFrame> = {
  name: 'key-usage-encoding',
  citation: 'RFC 5280 §4.2.1.3, Appendix B, X.690 §11.2.2',
  requirement: 'keyUsage is encoded without trailing zero bits and has none beyond decipherOnly',
  check({ extensions }) {
    const keyUsage = extensions.values.keyUsage;
    if (keyUsage === undefined) return undefined;
    if (keyUsage.hasUnknownBits) return 'keyUsage has bits that RFC 5280 does not name';
    return keyUsage.isMinimal ? undefined : 'keyUsage is encoded with trailing zero bits';
  },
};
