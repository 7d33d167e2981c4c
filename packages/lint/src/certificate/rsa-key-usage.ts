/** RFC 3279 §2.3.1: what an RSA key may be used for. */
import type { Lint } from '../lint.ts';
import { keyAlgorithmId } from '../structure/identifiers.ts';
import { keyUsageMask, keyUsageNames } from '../structure/key-usage.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

const impossible = keyUsageMask.keyAgreement | keyUsageMask.encipherOnly | keyUsageMask.decipherOnly;

export const rsaKeyUsage: Lint<CertificateFrame> = {
  name: 'rsa-key-usage',
  citation: 'RFC 3279 §2.3.1',
  requirement: 'keyUsage of an RSA key has neither keyAgreement nor encipherOnly nor decipherOnly',
  check({ subjectPublicKeyInfo, extensions }) {
    const wrong = (extensions.values.keyUsage?.mask ?? 0) & impossible;
    return wrong !== 0 && subjectPublicKeyInfo.algorithm.algorithm === keyAlgorithmId.rsaEncryption
      ? `an RSA key cannot be used for ${keyUsageNames(wrong)}`
      : undefined;
  },
};
