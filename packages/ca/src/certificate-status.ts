/** What a certificate is worth now, in one word. */
import type { CertificateStatus, IssuedCertificate } from './model.ts';

/** Revocation outweighs expiry; notAfter is inclusive. */
export function statusOf(
  certificate: Pick<IssuedCertificate, 'revocation' | 'notAfter'>,
  now: Date,
): CertificateStatus {
  if (certificate.revocation !== undefined) {
    return certificate.revocation.reason === 'certificateHold' ? 'held' : 'revoked';
  }
  return now.getTime() >= certificate.notAfter.getTime() + 1000 ? 'expired' : 'active';
}
