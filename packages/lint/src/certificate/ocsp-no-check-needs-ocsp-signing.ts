/** RFC 6960 §4.2.2.2.1: id-pkix-ocsp-nocheck belongs to a responder's certificate. */
import type { Lint } from '../lint.ts';
import { extensionId, keyPurposeId } from '../structure/identifiers.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const ocspNoCheckNeedsOcspSigning: Lint<CertificateFrame> = {
  name: 'ocsp-no-check-needs-ocsp-signing',
  citation: 'RFC 6960 §4.2.2.2.1',
  requirement: 'id-pkix-ocsp-nocheck is for certificates with id-kp-OCSPSigning: nobody else may escape revocation',
  check: ({ extensions }) =>
    extensions.find(extensionId.ocspNoCheck) !== undefined &&
    extensions.values.extKeyUsage?.includes(keyPurposeId.OCSPSigning) !== true
      ? 'id-pkix-ocsp-nocheck is there without id-kp-OCSPSigning'
      : undefined,
};
