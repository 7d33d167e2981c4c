/** RFC 5758 §3.2: an ECDSA signature algorithm has no parameters, not even NULL. */
import type { Lint } from '../lint.ts';
import type { SignedFrame } from '../structure/signed.ts';

const ecdsaWithSha2 = ['1.2.840.10045.4.3.2', '1.2.840.10045.4.3.3', '1.2.840.10045.4.3.4', '1.2.840.10045.4.3.1'];

export const ecdsaSignatureParametersAbsent: Lint<SignedFrame> = {
  name: 'ecdsa-signature-parameters-absent',
  citation: 'RFC 5758 §3.2',
  requirement: 'With ecdsa-with-SHA224, -SHA256, -SHA384 and -SHA512 the parameters MUST be absent',
  check: ({ signature }) =>
    signature.parametersDer !== undefined && ecdsaWithSha2.includes(signature.algorithm)
      ? 'the ECDSA signature algorithm has parameters'
      : undefined,
};
