/** What the administration interface needs to revoke, hold and release; the contract of `ports.ts` holds here too. */
import type { RevocationOutcome, RevocationReason } from '@touchmark/ca';
import type { Act, CertificateReference } from './ports.ts';

export interface RevocationRequest {
  readonly reason: RevocationReason;
  readonly invalidityDate: Date | undefined;
}

export interface RevocationServices {
  /**
   * When it resolves, every later OCSP answer and CRL says revoked. Already revoked: the first revocation stands and is
   * returned, with `changed` false.
   */
  revokeCertificate(
    reference: CertificateReference,
    revocation: RevocationRequest,
    act: Act,
  ): Promise<RevocationOutcome>;
  /** Until it is released. Held already: `changed` is false. Revoked for good: `alreadyRevoked`. */
  holdCertificate(reference: CertificateReference, act: Act): Promise<RevocationOutcome>;
  /** Not on hold: `certificateNotHeld`. */
  releaseCertificate(reference: CertificateReference, act: Act): Promise<RevocationOutcome>;
  /** The certificate of an issuing CA, in its issuer's CRL. `confirm` is the authority's name, or it is `invalidArgument`. */
  revokeAuthority(
    idOrName: string,
    revocation: RevocationRequest & { readonly confirm: string },
    act: Act,
  ): Promise<RevocationOutcome>;
}
