/** RFC 5480 §2.1.1: the curve of an elliptic curve key is named. */
import { tag } from '@touchmark/asn1';
import type { Lint } from '../lint.ts';
import { keyAlgorithmId } from '../structure/identifiers.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const ecParametersNamedCurve: Lint<CertificateFrame> = {
  name: 'ec-parameters-named-curve',
  citation: 'RFC 5480 §2.1.1',
  requirement: 'implicitCurve and specifiedCurve MUST NOT be used: ECParameters is a namedCurve',
  check: ({ subjectPublicKeyInfo: { algorithm } }) =>
    algorithm.algorithm === keyAlgorithmId.ecPublicKey && algorithm.parametersDer?.[0] !== tag.oid
      ? 'the parameters of the elliptic curve key are no named curve'
      : undefined,
};
