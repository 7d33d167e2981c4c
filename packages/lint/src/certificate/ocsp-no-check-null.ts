/** RFC 6960 §4.2.2.2.1: the value of id-pkix-ocsp-nocheck is NULL. */
import type { Lint } from '../lint.ts';
import { isNull } from '../structure/algorithm-identifier.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const ocspNoCheckNull: Lint<CertificateFrame> = {
  name: 'ocsp-no-check-null',
  citation: 'RFC 6960 §4.2.2.2.1',
  requirement: 'The value of id-pkix-ocsp-nocheck SHALL be NULL',
  check: ({ extensions: { values } }) =>
    values.ocspNoCheck !== undefined && !isNull(values.ocspNoCheck)
      ? 'the value of id-pkix-ocsp-nocheck is not NULL'
      : undefined,
};
