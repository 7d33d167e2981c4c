/** What the administration interface needs to revoke, hold and release; the contract of `ports.ts` holds here too. */
import type {
  CertificateSelection,
  JobState,
  RevocationJob,
  RevocationOutcome,
  RevocationPreview,
  RevocationReason,
  SightingOutcome,
} from '@touchmark/ca';
import type { Act, CertificateReference, Page, PageRequest } from './ports.ts';

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
  /** Recorded once: later reports change nothing. Revoked or on hold: `certificateRevoked`, `certificateHeld`. */
  reportSeen(reference: CertificateReference, act: Act): Promise<SightingOutcome>;
  /** The certificate of an issuing CA, in its issuer's CRL. `confirm` is the authority's name, or it is `invalidArgument`. */
  revokeAuthority(
    idOrName: string,
    revocation: RevocationRequest & { readonly confirm: string },
    act: Act,
  ): Promise<RevocationOutcome>;
}

export interface BulkRevocationRequest extends RevocationRequest {
  readonly selection: CertificateSelection;
  /** The set must have this many members, or it is `conflict`; undefined: whatever it has. */
  readonly expectedTotal: number | undefined;
  /** The same act of the same principal with the same key is the same job. */
  readonly idempotencyKey: string | undefined;
}

export interface JobServices {
  previewRevocation(selection: CertificateSelection): Promise<RevocationPreview>;
  /** The set is fixed when it resolves: nothing that is issued later is in it. */
  startRevocation(request: BulkRevocationRequest, act: Act): Promise<RevocationJob>;
  /** Newest first. */
  listJobs(filter: { readonly states: readonly JobState[] }, page: PageRequest): Promise<Page<RevocationJob>>;
  getJob(id: string): Promise<RevocationJob>;
  /** When it resolves, the job does nothing more; what it did stays. One that ended otherwise is `conflict`. */
  cancelJob(id: string, act: Act): Promise<RevocationJob>;
}
