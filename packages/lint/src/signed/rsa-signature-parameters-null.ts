/** RFC 4055 §5: the RSA PKCS #1 v1.5 signature algorithms have NULL as parameters. */
import type { Lint } from '../lint.ts';
import { isNull } from '../structure/algorithm-identifier.ts';
import type { SignedFrame } from '../structure/signed.ts';

const sha2WithRsaEncryption = [
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.113549.1.1.14',
];

export const rsaSignatureParametersNull: Lint<SignedFrame> = {
  name: 'rsa-signature-parameters-null',
  citation: 'RFC 4055 §5',
  requirement: 'With sha256WithRSAEncryption and its like the parameters MUST be NULL',
  check: ({ signature }) =>
    sha2WithRsaEncryption.includes(signature.algorithm) && !isNull(signature.parametersDer)
      ? 'the parameters of the RSA signature algorithm are not NULL'
      : undefined,
};
