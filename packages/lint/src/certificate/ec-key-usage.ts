/** RFC 8813 §3, which updates RFC 5480: what an elliptic curve key may be used for. */
import type { Lint } from '../lint.ts';
import { keyAlgorithmId } from '../structure/identifiers.ts';
import { keyUsageMask, keyUsageNames } from '../structure/key-usage.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

const impossible = keyUsageMask.keyEncipherment | keyUsageMask.dataEncipherment;

export const ecKeyUsage: Lint<CertificateFrame> = {
  name: 'ec-key-usage',
  citation: 'RFC 8813 §3, RFC 5480 §3',
  requirement: 'With id-ecPublicKey, keyEncipherment and dataEncipherment MUST NOT be present',
  check({ subjectPublicKeyInfo, extensions }) {
    const wrong = (extensions.values.keyUsage?.mask ?? 0) & impossible;
    return wrong !== 0 && subjectPublicKeyInfo.algorithm.algorithm === keyAlgorithmId.ecPublicKey
      ? `an elliptic curve key cannot be used for ${keyUsageNames(wrong)}`
      : undefined;
  },
};
