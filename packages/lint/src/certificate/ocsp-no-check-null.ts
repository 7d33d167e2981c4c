/** RFC 6960 §4.2.2.2.1: the value of id-pkix-ocsp-nocheck is NULL. */
import type { Lint } from '../lint.ts';
import { isNull } from '../structure/algorithm-identifier.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { TbsCertificate } from '../structure/tbs-certificate.ts';

export const ocspNoCheckNull: Lint<TbsCertificate> = {
  name: 'ocsp-no-check-null',
  citation: 'RFC 6960 §4.2.2.2.1',
  requirement: 'The value of id-pkix-ocsp-nocheck SHALL be NULL',
  check({ extensions }) {
    const extension = extensions.find(extensionId.ocspNoCheck);
    return extension !== undefined && !isNull(extension.extnValue)
      ? 'the value of id-pkix-ocsp-nocheck is not NULL'
      : undefined;
  },
};
