/** RFC 5280 §5.1.2.6: an empty list of revoked certificates is left out. */
import type { Lint } from '../lint.ts';
import type { TbsCertList } from '../structure/tbs-cert-list.ts';

export const revokedCertificatesNotEmpty: Lint<TbsCertList> = {
  name: 'revoked-certificates-not-empty',
  citation: 'RFC 5280 §5.1.2.6',
  requirement: 'When there are no revoked certificates, the revokedCertificates list MUST be absent',
  check: ({ revokedCertificates }) =>
    revokedCertificates?.length === 0 ? 'revokedCertificates is there and empty' : undefined,
};
