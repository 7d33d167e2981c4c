/** RFC 6960 §3.1: clients find the responder by a URI. */
import type { Lint } from '../lint.ts';
import { accessMethodId } from '../structure/identifiers.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const ocspLocationUri: Lint<CertificateFrame> = {
  name: 'ocsp-location-uri',
  citation: 'RFC 6960 §3.1, RFC 5280 §4.2.2.1',
  requirement: 'The accessLocation of id-ad-ocsp is a uniformResourceIdentifier',
  check({ extensions }) {
    for (const { accessMethod, accessLocation } of extensions.values.authorityInfoAccess ?? []) {
      if (accessMethod === accessMethodId.ocsp && accessLocation.kind !== 'uniformResourceIdentifier') {
        return `the location of id-ad-ocsp is of kind ${accessLocation.kind}`;
      }
    }
    return undefined;
  },
};
