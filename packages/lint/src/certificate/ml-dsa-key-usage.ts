/** RFC 9881 §5: what an ML-DSA key may be used for. */
import type { Lint } from '../lint.ts';
import { mlDsaPublicKeyLength } from '../structure/identifiers.ts';
import { keyUsageNames, signingKeyUsages } from '../structure/key-usage.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const mlDsaKeyUsage: Lint<CertificateFrame> = {
  name: 'ml-dsa-key-usage',
  citation: 'RFC 9881 §5',
  requirement: 'keyUsage of an ML-DSA key has only digitalSignature, nonRepudiation, keyCertSign and cRLSign',
  check({ subjectPublicKeyInfo, extensions }) {
    const wrong = (extensions.values.keyUsage?.mask ?? 0) & ~signingKeyUsages;
    return wrong !== 0 && mlDsaPublicKeyLength[subjectPublicKeyInfo.algorithm.algorithm] !== undefined
      ? `an ML-DSA key cannot be used for ${keyUsageNames(wrong)}`
      : undefined;
  },
};
