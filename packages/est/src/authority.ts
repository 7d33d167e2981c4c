/** What EST needs from the certificate authority behind it. */
import type { EarlyRefusal, EnrollmentOutcome, EnrollmentRequest } from '@touchmark/ca';
import type { CsrAttributes } from './csr-attributes.ts';

/**
 * One authority, or many behind labels. A label that is not an EST endpoint makes every method throw, or refuse with, a
 * `CaError` of code `endpointUnknown`. Other `CaError`s are refusals too; anything else that is thrown is a fault of
 * ours, which the client learns as "internal".
 */
export interface EstAuthority {
  /** The endpoint of paths without a label. Undefined: such paths are refused. */
  readonly defaultLabel: string | undefined;

  /**
   * Certificates in DER: the issuing CA, its issuers, and the self-signed root, so that a client can build every chain
   * it needs; while a root rolls over also OldWithNew, NewWithOld and OldWithOld (RFC 7030 §4.1.3, RFC 4210 §4.4).
   * Returning the same array again lets the encoded answer be reused.
   */
  getCaCertificates(label: string): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;

  /** What clients should put into their requests; everything empty when there is nothing to say. */
  getCsrAttributes(label: string): CsrAttributes | Promise<CsrAttributes>;

  /**
   * Takes the whole issuance cycle. `requestDer` may be empty when the request has no credential: such a client asks
   * which one is wanted. A refusal is an outcome, not a rejection, and is on record when the promise resolves.
   */
  enroll(request: EnrollmentRequest): Promise<EnrollmentOutcome>;

  /** Leaves an enrollment attempt for what never reached the cycle; resolves to its id. */
  recordRefusal(refusal: EarlyRefusal): Promise<string>;
}
