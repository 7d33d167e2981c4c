/** RFC 3279 §2.3.1: the parameters of rsaEncryption are NULL. */
import type { Lint } from '../lint.ts';
import { isNull } from '../structure/algorithm-identifier.ts';
import { keyAlgorithmId } from '../structure/identifiers.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const rsaParametersNull: Lint<CertificateFrame> = {
  name: 'rsa-parameters-null',
  citation: 'RFC 3279 §2.3.1',
  requirement: 'The parameters of rsaEncryption MUST be NULL',
  check: ({ subjectPublicKeyInfo: { algorithm } }) =>
    algorithm.algorithm === keyAlgorithmId.rsaEncryption && !isNull(algorithm.parametersDer)
      ? 'the parameters of the RSA key are not NULL'
      : undefined,
};
