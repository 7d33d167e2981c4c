/** What the domain needs from the outside, as small as it needs it. Adapters live in store, keystore and the server. */
import type { SignatureAlgorithm, Signer } from '@touchmark/crypto';
import type { Dossier, DossierQuestion } from './dossier.ts';
import type {
  AuditEvent,
  Authority,
  EnrollmentAttempt,
  EnrollmentEndpoint,
  IssuanceGuard,
  IssuanceIntent,
  IssuedCertificate,
  RecordedOutcome,
  Revocation,
} from './model.ts';
import type { CaError } from './errors.ts';
import type { Profile } from './profile.ts';

export interface Clock {
  now(): Date;
}

/** Cryptographically strong randomness. */
export type RandomBytes = (length: number) => Uint8Array;

/** Keys by reference. Fails (`notReady`) when a key is unavailable; never makes a new one in its place. */
export interface SignerSource {
  /** @param algorithm by default the one of the key's kind and size */
  getSigner(keyId: string, algorithm?: SignatureAlgorithm): Promise<Signer>;
}

/** A password that is no enrollment secret, with what it is judged by. */
export interface ChallengeQuestion {
  readonly endpoint: EnrollmentEndpoint;
  readonly challenge: string;
  /** The name that the request gives. */
  readonly deviceId: string | undefined;
  /** The whole request, the challenge in it as well. */
  readonly requestDer: Uint8Array;
  readonly transactionId: string | undefined;
  readonly remoteAddress: string;
  readonly attemptId: string;
}

export interface ChallengeVerdict {
  /** The device that the challenge stands for; undefined: the one that the request names. */
  readonly deviceId: string | undefined;
  /**
   * What is known of the device. `unknown`: it is registered by this, and must not have been before. `withoutCertificate`: it
   * may be registered, and this is its first certificate. `any`: whoever vouches knows the device.
   */
  readonly device: 'unknown' | 'withoutCertificate' | 'any';
}

/** Verifies the passwords of endpoints that have a `challenge`. */
export interface ChallengeVerifier {
  /**
   * @throws CaError `challengeWrong`, `challengeRefused` by whoever is asked, `challengeLocked` after too many wrong ones,
   * `challengeUnavailable` when nobody answers: that is no consent
   */
  verify(question: ChallengeQuestion): Promise<ChallengeVerdict>;
  /** Tells whoever vouched what became of it. Never rejects: a certificate that is issued stays issued. */
  report(question: ChallengeQuestion, outcome: ChallengeOutcome): Promise<void>;
}

export type ChallengeOutcome =
  | { readonly kind: 'issued'; readonly certificate: IssuedCertificate }
  | { readonly kind: 'refused'; readonly error: CaError };

/** Why an intent or a certificate could not be recorded: the guard that failed at the instant of the commit. */
export type GuardFailure =
  | 'secretSpent'
  | 'approvalWithdrawn'
  | 'certificateRevoked'
  | 'certificateHeld'
  | 'deviceBarred'
  | 'deviceKnown'
  | 'keyOfAnotherDevice'
  | 'keyBlocked'
  | 'keyBlockedByOperator'
  | 'certificateLimit'
  | 'authorityRetired';

export type RecordIntentResult =
  | { readonly kind: 'recorded' }
  /** The same request was recorded before (by a concurrent call, another node, or in the past). */
  | { readonly kind: 'duplicate'; readonly outcome: RecordedOutcome }
  | { readonly kind: 'guardFailed'; readonly failure: GuardFailure };

export type RecordCertificateResult =
  | { readonly kind: 'recorded'; readonly certificate: IssuedCertificate }
  | { readonly kind: 'guardFailed'; readonly failure: GuardFailure };

/** A certificate as step 8 records it. */
export interface CertificateRecord {
  readonly intent: IssuanceIntent;
  readonly certificateDer: Uint8Array;
  readonly fingerprintSha256: Uint8Array;
  readonly issuedAt: Date;
  readonly attempt: EnrollmentAttempt;
  readonly audit: AuditEvent;
}

/**
 * The registry as the issuance cycle needs it. All writes are durable (committed, fsynced) when their promise resolves.
 * Concurrent calls may share one transaction; each still gets its own result. Unavailable: rejects with `registryUnavailable`.
 */
export interface IssuanceRegistry {
  /** Everything that steps 2 and 3 judge by, as of one instant. */
  findDossier(question: DossierQuestion): Promise<Dossier>;
  /** Counts a wrong presentation: 5 within 15 minutes lock the secret for 30, for this remote address. */
  recordSecretFailure(id: string, remoteAddress: string, at: Date): Promise<void>;
  /** Step 6, with the guard checked and the secret spent in the same transaction. */
  recordIntent(intent: IssuanceIntent, guard: IssuanceGuard): Promise<RecordIntentResult>;
  /**
   * Step 8. If a certificate for the same request is there already, nothing is written and that one is returned.
   * The device becomes `active`.
   */
  recordCertificate(record: CertificateRecord, guard: IssuanceGuard): Promise<RecordCertificateResult>;
  /** Attempts that issued nothing (refused, pending, failed), and repeated answers. */
  recordAttempt(attempt: EnrollmentAttempt): Promise<void>;
}

export type RevokeResult =
  | { readonly kind: 'revoked' | 'alreadyRevoked'; readonly certificate: IssuedCertificate }
  | { readonly kind: 'notFound' };

export type ReleaseResult =
  | { readonly kind: 'released' | 'notHeld' | 'keyCompromised'; readonly certificate: IssuedCertificate }
  | { readonly kind: 'notFound' };

/** The registry as revocation needs it. */
export interface RevocationRegistry {
  /**
   * Locks the certificate, stores the revocation with its encoded CRL entry and the audit event, marks the shard's CRL as
   * due and enqueues its publication, in one transaction. One that is revoked already is left as
   * it is, but that a hold may become a revocation, and every other reason keyCompromise: see `successorOf`.
   * An authority whose certificate it is becomes `retired`.
   */
  revoke(
    certificateId: string,
    revocation: Revocation,
    crlEntryDer: Uint8Array,
    audit: AuditEvent,
  ): Promise<RevokeResult>;
  /**
   * Ends a hold under the same locks, with the audit event and the shard's CRL made due. Not while the key is known to be
   * compromised.
   */
  release(certificateId: string, audit: AuditEvent): Promise<ReleaseResult>;
  findCertificate(idOrSerialHex: string): Promise<IssuedCertificate | undefined>;
  findCertificateByFingerprint(fingerprintSha256: Uint8Array): Promise<IssuedCertificate | undefined>;
}

/** What OCSP and /status answer from. */
export interface StatusRegistry {
  /** For each serial number (hex, lower case) of that authority that was issued; absent = never issued. */
  findStatuses(authorityId: string, serialNumbersHex: readonly string[]): Promise<ReadonlyMap<string, SerialStatus>>;
}

export interface SerialStatus {
  readonly certificateId: string;
  readonly notAfter: Date;
  readonly revocation: Revocation | undefined;
}

/** A published CRL. */
export interface PublishedCrl {
  readonly authorityId: string;
  readonly shard: number;
  readonly number: bigint;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly entryCount: number;
  readonly crlDer: Uint8Array;
}

/** One open publication, holding the shard's lock until `publish` or `abandon`. */
export interface CrlPublication {
  /** Strictly greater than every number used before for this shard, also by publications that failed. */
  readonly number: bigint;
  readonly previousThisUpdate: Date | undefined;
  /** Encoded entries (RFC 5280 §5.1.2.6) of revocations committed before the lock was taken, in chunks, by serial number. */
  entries(): AsyncIterable<{ readonly entriesDer: Uint8Array; readonly count: number }>;
  /** Records the intent to sign exactly these bytes; committed on return. */
  recordIntent(intent: { tbsSha256: Uint8Array; thisUpdate: Date; nextUpdate: Date }): Promise<void>;
  publish(crl: PublishedCrl): Promise<void>;
  abandon(): Promise<void>;
}

/** What the CRL service needs. */
export interface CrlRegistry {
  findLatest(authorityId: string, shard: number): Promise<PublishedCrl | undefined>;
  /** Number and thisUpdate of the newest CRL: cheap enough to ask for at every request, so that caches never serve an older one. */
  findLatestNumber(authorityId: string, shard: number): Promise<bigint | undefined>;
  /** Takes the shard's lock across all nodes; waits for it. `includeExpiredAfter`: expired certificates stay for one more CRL. */
  beginPublication(authorityId: string, shard: number): Promise<CrlPublication>;
}

/** What seldom changes and is kept in memory by every node: read at start and on change. */
export interface CatalogRegistry {
  /** Rises with every committed change to authorities, endpoints and profiles, whoever makes it; cheap to ask for. */
  readGeneration(): Promise<bigint>;
  /** All of it, in one snapshot. */
  readCatalog(): Promise<CatalogContents>;
  findProfile(name: string): Promise<Profile | undefined>;
}

export interface CatalogContents {
  readonly generation: bigint;
  readonly authorities: readonly Authority[];
  readonly endpoints: readonly EnrollmentEndpoint[];
}
