/** RFC 9881 §2: the ML-DSA algorithms have no parameters. */
import type { Lint } from '../lint.ts';
import { mlDsaPublicKeyLength } from '../structure/identifiers.ts';
import type { SignedFrame } from '../structure/signed.ts';

export const mlDsaSignatureParametersAbsent: Lint<SignedFrame> = {
  name: 'ml-dsa-signature-parameters-absent',
  citation: 'RFC 9881 §2',
  requirement: 'With id-ml-dsa-44, -65 and -87 the parameters MUST be absent',
  check: ({ signature }) =>
    signature.parametersDer !== undefined && mlDsaPublicKeyLength[signature.algorithm] !== undefined
      ? 'the ML-DSA signature algorithm has parameters'
      : undefined,
};
