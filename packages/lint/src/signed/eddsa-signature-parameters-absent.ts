/** RFC 8410 §3: Ed25519 and Ed448 have no parameters. */
import type { Lint } from '../lint.ts';
import { keyAlgorithmId } from '../structure/identifiers.ts';
import type { SignedFrame } from '../structure/signed.ts';

export const eddsaSignatureParametersAbsent: Lint<SignedFrame> = {
  name: 'eddsa-signature-parameters-absent',
  citation: 'RFC 8410 §3',
  requirement: 'With id-Ed25519 and id-Ed448 the parameters MUST be absent',
  check: ({ signature: { algorithm, parametersDer } }) =>
    parametersDer !== undefined && (algorithm === keyAlgorithmId.Ed25519 || algorithm === keyAlgorithmId.Ed448)
      ? 'the EdDSA signature algorithm has parameters'
      : undefined,
};
