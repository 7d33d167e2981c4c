/** The nouns of the registry as the domain sees them. Encodings are in the names; times are `Date`s. */
import type { KeyAlgorithmName, SignatureAlgorithmName } from '@touchmark/crypto';
import type { AskedNames } from './asked-names.ts';
import type { Profile } from './profile.ts';
import type { CaErrorCode } from './refusals/refusals.ts';

/** What an authority can be set to after it was made. */
export interface AuthoritySettings {
  /** `retired`: it issues nothing any more, and goes on to speak for what it has issued. */
  readonly state: 'active' | 'retired';
  /** Shards of the CRL of this authority; fixed per certificate at issuance. */
  readonly crlShards: number;
  readonly crlValiditySeconds: number;
  /** A new CRL is published after this time although nothing was revoked. */
  readonly crlIntervalSeconds: number;
  readonly ocspValiditySeconds: number;
  /** Of its delegated OCSP responder. */
  readonly ocspKeyAlgorithm: KeyAlgorithmName;
}

/** A CA with a key and a certificate. */
export interface Authority extends AuthoritySettings {
  readonly id: string;
  /** The `{ca}` of the public paths, e.g. `issuing`. */
  readonly name: string;
  readonly kind: 'root' | 'issuing';
  readonly issuerId: string | undefined;
  readonly certificateDer: Uint8Array;
  /** Reference of the private key in the key store. */
  readonly keyId: string;
  /** Of its certificates and CRLs. */
  readonly signatureAlgorithm: SignatureAlgorithmName;
  /** Counts the changes to the record. */
  readonly revision: number;
}

export type DeviceState = 'registered' | 'active' | 'suspended' | 'retired';

export interface Device {
  readonly id: string;
  readonly state: DeviceState;
  /** What it is for and where it belongs: profiles can write both into its certificates. */
  readonly role: string | undefined;
  readonly segment: string | undefined;
  /** Whatever else profiles take from the registration, by name. */
  readonly fields: Readonly<Record<string, string>>;
  readonly createdAt: Date;
}

/** An EST or SCEP label bound to an authority, a profile and its ways to authenticate. */
export interface EnrollmentEndpoint {
  readonly label: string;
  readonly protocol: 'est' | 'scep';
  readonly authorityId: string;
  readonly profile: Profile;
  readonly acceptsSecret: boolean;
  readonly acceptsCertificate: boolean;
  /** What is taken for a password beside enrollment secrets. */
  readonly challenge: ChallengeSettings | undefined;
  /** `manual`: first enrollments wait for an administrator; renewals do not. */
  readonly approval: 'automatic' | 'manual';
  /** Whether somebody without any credential may ask. Only with `manual` approval. */
  readonly acceptsAnyone: boolean;
  /** What the protocol alone reads. */
  readonly protocolSettings: Readonly<Record<string, unknown>>;
  /** Nothing is enrolled at an endpoint that is not. */
  readonly enabled: boolean;
  /** Counts the changes to the record. */
  readonly revision: number;
}

export const challengeKinds = ['static', 'derived', 'webhook', 'intune'] as const;

/**
 * `static`: one password for all. `derived`: computed from the id of the device with a key of the endpoint. `webhook` and
 * `intune`: somebody else knows.
 */
export type ChallengeKind = (typeof challengeKinds)[number];

export interface ChallengeSettings {
  readonly kind: ChallengeKind;
  /** What the verifier of this kind alone reads; no secrets. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** A one-time or counted secret. The secret itself is not kept, only its SHA-256. */
export interface EnrollmentSecret {
  readonly id: string;
  readonly endpointLabel: string;
  readonly secretSha256: Uint8Array;
  /** Undefined: not bound; an unregistered device is registered under the name that its request gives. */
  readonly deviceId: string | undefined;
  readonly maxUses: number;
  readonly uses: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | undefined;
  readonly lockedUntil: Date | undefined;
}

/** RFC 5280 §5.3.1 CRLReason, without removeFromCRL, which is not a state. */
export type RevocationReason =
  | 'unspecified'
  | 'keyCompromise'
  | 'cACompromise'
  | 'affiliationChanged'
  | 'superseded'
  | 'cessationOfOperation'
  | 'certificateHold'
  | 'privilegeWithdrawn'
  | 'aACompromise';

export interface Revocation {
  readonly revokedAt: Date;
  readonly reason: RevocationReason;
  readonly invalidityDate: Date | undefined;
}

export type CertificateStatus = 'active' | 'revoked' | 'held' | 'expired';

export interface IssuedCertificate {
  readonly id: string;
  readonly authorityId: string;
  /** Content octets of the serialNumber INTEGER. */
  readonly serialNumber: Uint8Array;
  readonly certificateDer: Uint8Array;
  readonly fingerprintSha256: Uint8Array;
  readonly publicKeySha256: Uint8Array;
  readonly requestDigest: Uint8Array;
  readonly deviceId: string | undefined;
  readonly profileName: string;
  readonly profileVersion: number;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly issuedAt: Date;
  readonly crlShard: number;
  readonly revocation: Revocation | undefined;
}

/** What is committed before anything is signed (step 6). */
export interface IssuanceIntent {
  readonly id: string;
  readonly attemptId: string;
  readonly requestDigest: Uint8Array;
  readonly authorityId: string;
  readonly serialNumber: Uint8Array;
  readonly tbsCertificateDer: Uint8Array;
  readonly publicKeySha256: Uint8Array;
  readonly deviceId: string | undefined;
  readonly profileName: string;
  readonly profileVersion: number;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly crlShard: number;
  readonly createdAt: Date;
}

/** An intent or what became of it. `certificate` is there once step 8 is done. */
export interface RecordedOutcome {
  readonly intent: IssuanceIntent | undefined;
  readonly certificate: IssuedCertificate | undefined;
}

/**
 * `none`: the device must be registered. `ifUnknown`: it is registered if it is not (an administrator asks).
 * `mustBeUnknown`: it is registered, and must not have been before (an unbound secret asks): of two requests for one new
 * name, one wins.
 */
export type DeviceRegistration = 'none' | 'ifUnknown' | 'mustBeUnknown';

/**
 * What must still hold, at the instant of the commit, for an intent or a certificate to be recorded. The registry checks
 * it under locks in the same transaction, so that nobody can revoke, suspend or spend in between. It also holds, without
 * being asked, that a key is certified for one device only (or for none) and was neither revoked as compromised
 * nor blocked by the operator.
 */
export interface IssuanceGuard {
  /** Spend one use of this secret. Steps 6 only. */
  readonly spendSecretId: string | undefined;
  /** This certificate must not be revoked: the one that authenticated a renewal. */
  readonly unrevokedCertificateId: string | undefined;
  /** This device must be neither suspended nor retired. */
  readonly deviceId: string | undefined;
  /** Whether step 6 registers the device. */
  readonly registration: DeviceRegistration;
  /**
   * How many certificates of the profile the device has at most, this one included and the one that is renewed not. What is
   * revoked or expired does not count; what is held does.
   */
  readonly maxActiveCertificates?: number | undefined;
  /** The authority must not be retired by then: another node may have retired or revoked it since it was looked up. */
  readonly authorityInUse?: boolean | undefined;
  /** This request must be approved still: an administrator may have taken that back. Step 6 only. */
  readonly approvedRequestId?: string | undefined;
  /** How long after step 8 the older certificates of the device and profile are to be revoked; undefined: they stay. */
  readonly supersedeAfterSeconds?: number | undefined;
}

export type EnrollmentOperation = 'simpleenroll' | 'simplereenroll' | 'PKCSReq' | 'RenewalReq' | 'issue';

/** What a protocol has besides. */
export type QueryOperation =
  'cacerts' | 'csrattrs' | 'GetCACaps' | 'GetCACert' | 'GetNextCACert' | 'CertPoll' | 'GetCert' | 'GetCRL' | 'other';

/** One attempt to get a certificate, accepted or refused, with the rule that decided. */
export interface EnrollmentAttempt {
  readonly id: string;
  readonly at: Date;
  readonly protocol: 'est' | 'scep' | 'rest' | 'system';
  readonly operation: EnrollmentOperation | QueryOperation;
  readonly endpointLabel: string | undefined;
  readonly remoteAddress: string | undefined;
  /** What the client calls the exchange that the request belongs to, where the protocol has such a thing. */
  readonly transactionId: string | undefined;
  readonly outcome: 'issued' | 'pending' | 'refused' | 'failed';
  /** Of the refusal. Of what is pending, that for which it would be refused; its caller has proven nothing and is not told. */
  readonly code: CaErrorCode | undefined;
  readonly message: string | undefined;
  /** The steps taken, in order, each with what it found; the last is the one that decided. */
  readonly steps: readonly AttemptStep[];
  readonly deviceId: string | undefined;
  readonly certificateId: string | undefined;
  readonly secretId: string | undefined;
  /** The certificate that authenticated the request. */
  readonly callerCertificateId: string | undefined;
  /** The version of the profile that the request was judged by, once that is known. */
  readonly profile: { readonly name: string; readonly version: number } | undefined;
  readonly principal: string | undefined;
  readonly requestDer: Uint8Array | undefined;
  /** Of a request that is not kept; `requestDer` has those of one that is. */
  readonly asked: AskedNames | undefined;
  readonly durationMicroseconds: number;
}

export interface AttemptStep {
  readonly step:
    | 'parse'
    | 'authenticate'
    | 'authorize'
    | 'prepare'
    | 'lint'
    | 'recordIntent'
    | 'sign'
    | 'recordCertificate'
    | 'respond';
  /** What the step found, in words fit for the administrator; no secrets. */
  readonly note: string;
  readonly warning?: boolean;
}

/** One event per act: who, from where, what, decision, correlation id. */
export interface AuditEvent {
  readonly at: Date;
  /** e.g. `secret:k7q2mzpa`, `certificate:<fingerprint>`, `principal:<name>`, `system`. */
  readonly actor: string;
  readonly remoteAddress: string | undefined;
  /** Stable dotted name, e.g. `certificate.issued`. */
  readonly action: string;
  /** What was acted on, e.g. `certificate:<id>`. */
  readonly subject: string;
  readonly correlationId: string | undefined;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}
