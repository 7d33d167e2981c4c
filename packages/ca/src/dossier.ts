/** What the registry knows about a request before it is judged: read in one look, so that all of it is of one instant. */
import type { Approval } from './pending-request.ts';
import type { Device, EnrollmentSecret, IssuedCertificate, RecordedOutcome } from './model.ts';

export interface DossierQuestion {
  /** Undefined when the registry knows none: of a principal, a challenge that others verify, or nobody in particular. */
  readonly credential: CredentialReference | undefined;
  readonly publicKeySha256: Uint8Array;
  /** The device that the request is about, unless its credential is bound to one: then it is about that one. */
  readonly deviceId: string | undefined;
  readonly requestDigest: Uint8Array;
}

/** What a credential is found by. It is genuine only once step 2 has said so. */
export type CredentialReference = SecretReference | CertificateReference;

export interface SecretReference {
  readonly kind: 'secret';
  readonly id: string;
  readonly remoteAddress: string;
}

export interface CertificateReference {
  readonly kind: 'certificate';
  readonly fingerprintSha256: Uint8Array;
}

export interface Dossier {
  /** By the reference; `lockedUntil` is that of its remote address. */
  readonly secret: EnrollmentSecret | undefined;
  /** By the reference. */
  readonly certificate: IssuedCertificate | undefined;
  /** Whether the key of `certificate` was revoked as compromised. */
  readonly certificateKeyCompromised: boolean;
  /** Whether the operator has blocked the key of `certificate`. */
  readonly certificateKeyBlocked: boolean;
  readonly device: Device | undefined;
  readonly key: KeyHistory;
  /** Of the same request, if it was put before an administrator. */
  readonly approval: Approval | undefined;
  /** What became of the same request before; both undefined when it is new. */
  readonly outcome: RecordedOutcome;
}

/** What is known of the key to certify. */
export interface KeyHistory {
  readonly compromised: boolean;
  /** By the operator. */
  readonly blocked: boolean;
  /** For whom it was or is being certified; undefined is somebody who is no device. */
  readonly holders: readonly (string | undefined)[];
  /** Undefined: it has no certificate yet. */
  readonly firstCertifiedAt: Date | undefined;
}
