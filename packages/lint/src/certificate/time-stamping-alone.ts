/** RFC 3161 §2.3: the key of a time stamping authority has that purpose alone, and critical. */
import type { Lint } from '../lint.ts';
import { extensionId, keyPurposeId } from '../structure/identifiers.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const timeStampingAlone: Lint<CertificateFrame> = {
  name: 'time-stamping-alone',
  citation: 'RFC 3161 §2.3',
  requirement: 'A certificate for time stamping has one critical extKeyUsage with id-kp-timeStamping alone',
  check({ extensions, isCa }) {
    const purposes = extensions.values.extKeyUsage;
    if (isCa || purposes?.includes(keyPurposeId.timeStamping) !== true) return undefined;
    if (purposes.length > 1) return 'id-kp-timeStamping is not the only key purpose';
    return extensions.find(extensionId.extKeyUsage)?.critical === true
      ? undefined
      : 'extKeyUsage with id-kp-timeStamping is not critical';
  },
};
