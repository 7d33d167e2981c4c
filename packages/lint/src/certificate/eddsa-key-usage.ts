/** RFC 9295 §3, which updates RFC 8410: what an Ed25519 or Ed448 key may be used for. */
import type { Lint } from '../lint.ts';
import { keyAlgorithmId } from '../structure/identifiers.ts';
import { keyUsageNames, signingKeyUsages } from '../structure/key-usage.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const eddsaKeyUsage: Lint<CertificateFrame> = {
  name: 'eddsa-key-usage',
  citation: 'RFC 9295 §3, RFC 8410 §5',
  requirement: 'keyUsage of an Ed25519 or Ed448 key has only digitalSignature, nonRepudiation, keyCertSign and cRLSign',
  check({ subjectPublicKeyInfo: { algorithm }, extensions }) {
    const wrong = (extensions.values.keyUsage?.mask ?? 0) & ~signingKeyUsages;
    if (wrong === 0) return undefined;
    return algorithm.algorithm === keyAlgorithmId.Ed25519 || algorithm.algorithm === keyAlgorithmId.Ed448
      ? `an EdDSA key cannot be used for ${keyUsageNames(wrong)}`
      : undefined;
  },
};
