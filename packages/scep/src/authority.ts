/** What SCEP needs from the certificate authority behind it. */
import type { EarlyRefusal, EnrollmentOutcome, EnrollmentRequest, IssuedCertificate, PollRequest } from '@touchmark/ca';
import type { DecryptKey, SignAttributes } from '@touchmark/cms';
import type { Certificate } from '@touchmark/x509';
import type { ScepSettings } from './settings.ts';

/**
 * One authority, or many behind labels. `CaError`s that are thrown are refusals; anything else that is thrown is a fault
 * of ours, which the client learns as "internal".
 */
export interface ScepAuthority {
  /** @throws CaError `endpointUnknown`, and `notReady` while there is no RA certificate yet */
  getEndpoint(label: string): ScepEndpoint | Promise<ScepEndpoint>;

  /** PKCSReq, RenewalReq: the whole issuance cycle. A refusal is an outcome, and is on record when the promise resolves. */
  enroll(request: EnrollmentRequest): Promise<EnrollmentOutcome>;

  /** CertPoll. */
  poll(request: PollRequest): Promise<EnrollmentOutcome>;

  /**
   * GetCert: a certificate that the authority of the endpoint issued.
   *
   * @param serialNumber content octets of the INTEGER
   */
  findCertificate(label: string, serialNumber: Uint8Array): Promise<IssuedCertificate | undefined>;

  /** The certificate that signed a message, if it is one of ours and may ask now: current and not revoked. For GetCert. */
  findSigner(label: string, certificateDer: Uint8Array): Promise<IssuedCertificate | undefined>;

  /** GetCRL: the current CRL that covers that serial number, in DER; undefined: none is published. */
  findCrl(label: string, serialNumber: Uint8Array): Promise<Uint8Array | undefined>;

  /** Leaves an enrollment attempt for what never reached the cycle; resolves to its id. */
  recordRefusal(refusal: EarlyRefusal): Promise<string>;
}

export interface ScepEndpoint {
  readonly label: string;
  readonly enabled: boolean;
  readonly settings: ScepSettings;
  /** The issuing CA first, up to the root. Returning the same array again lets encoded answers be reused. */
  readonly chain: readonly Certificate[];
  /** Who reads requests and signs answers: the RA, or the CA itself where the settings say so. */
  readonly recipient: ScepRecipient;
  /** Of the authority that takes over (GetNextCACert), its own chain and RA certificate in DER; undefined: there is none. */
  readonly next: readonly Uint8Array[] | undefined;
}

/** A certificate with an RSA key and what its private half does. */
export interface ScepRecipient {
  readonly certificate: Certificate;
  readonly decryptKey: DecryptKey;
  readonly sign: SignAttributes;
}
