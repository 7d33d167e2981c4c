/** RFC 5280 §4.1.2.1: extensions need version 3, unique identifiers version 2. */
import type { Lint } from '../lint.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const version3WithExtensions: Lint<CertificateFrame> = {
  name: 'version-3-with-extensions',
  citation: 'RFC 5280 §4.1.2.1',
  requirement: 'When extensions are used, the version MUST be 3 (value is 2)',
  check({ version, extensions }) {
    if (version === 0) return 'the default version v1 is encoded';
    return extensions.isPresent && version !== 2 ? 'there are extensions, but the version is not v3' : undefined;
  },
};
