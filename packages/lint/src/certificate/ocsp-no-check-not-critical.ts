/** RFC 6960 §4.2.2.2.1: id-pkix-ocsp-nocheck is non-critical. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const ocspNoCheckNotCritical: Lint<CertificateFrame> = {
  name: 'ocsp-no-check-not-critical',
  citation: 'RFC 6960 §4.2.2.2.1',
  requirement: 'id-pkix-ocsp-nocheck SHOULD be a non-critical extension',
  check: ({ extensions }) =>
    extensions.find(extensionId.ocspNoCheck)?.critical === true ? 'id-pkix-ocsp-nocheck is critical' : undefined,
};
