/**
 * What the administration interface needs from the service, as small as it needs it.
 *
 * Contract for all of it: a refusal is a `CaError` whose message is fit for the client (`notFound`, `conflict`,
 * `invalidArgument`, …); anything else that is thrown is answered as `internal` without text.
 * `get…` throws `notFound`. Role checks are done before these are called. Whatever changes something takes an `Act`,
 * and its audit event is committed with the change, or the change is not made.
 */
import type {
  Authority,
  CaError,
  CertificateSelection,
  EnrollmentAttempt,
  EnrollmentEndpoint,
  EnrollmentSecret,
  IssuedCertificate,
  PublishedCrl,
} from '@touchmark/ca';
import type { AuthorityServices } from './authority-services.ts';
import type { ChallengeServices } from './challenge-port.ts';
import type { BlockedKeyServices } from './blocked-key-ports.ts';
import type { JobServices, RevocationServices } from './revocation-ports.ts';
import type { DeviceServices } from './device-port.ts';
import type { ExplainServices } from './explain-port.ts';
import type { MobileConfigServices } from './mobile-config-port.ts';
import type { PendingServices } from './pending-port.ts';
import type { ProfileServices } from './profile-port.ts';
import type { Principal, Role } from './roles.ts';

/** Who does it, from where, and the id that finds it again in answers, logs and audit events. */
export interface Act {
  readonly principal: Principal;
  readonly remoteAddress: string;
  readonly correlationId: string;
}

/** Newest first. `cursor` is opaque and came from `nextCursor`; one that cannot be read is `invalidArgument`. */
export interface PageRequest {
  /** 1 to 500. */
  readonly limit: number;
  readonly cursor: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Undefined on the last page. */
  readonly nextCursor: string | undefined;
}

/** A certificate as an administrator names it. */
export type CertificateReference =
  /** The record's id, or the serial number in lower-case hex: the content octets of the INTEGER, `00` before a high bit. */
  | { readonly kind: 'idOrSerialNumber'; readonly value: string }
  | { readonly kind: 'fingerprint'; readonly sha256: Uint8Array };

export interface SubjectAltNameRequest {
  readonly kind: 'dns' | 'ip' | 'uri' | 'email';
  readonly value: string;
}

export interface IssueRequest {
  readonly profileName: string;
  /** Id or name; undefined: the authority that the service uses for the profile. */
  readonly authority: string | undefined;
  /** PKCS #10 CertificationRequest, DER, not parsed yet. It gives the key. */
  readonly requestDer: Uint8Array;
  readonly commonName: string | undefined;
  /** The names asked for by the principal; what the profile does not let through is refused. */
  readonly subjectAltNames: readonly SubjectAltNameRequest[];
  readonly deviceId: string | undefined;
  /** The same request by the same principal with the same key gives the same certificate; without one, each its own. */
  readonly idempotencyKey: string | undefined;
}

/** The attempt is on record before either is returned. A refusal before there was an attempt is thrown. */
export type IssueOutcome =
  | { readonly kind: 'issued'; readonly attemptId: string; readonly certificate: IssuedCertificate }
  | { readonly kind: 'refused'; readonly attemptId: string; readonly error: CaError };

export interface CertificateServices {
  listCertificates(filter: CertificateSelection, page: PageRequest): Promise<Page<IssuedCertificate>>;
  getCertificate(reference: CertificateReference): Promise<IssuedCertificate>;
  issueCertificate(request: IssueRequest, act: Act): Promise<IssueOutcome>;
}

export interface NewSecret {
  readonly endpointLabel: string;
  /** Undefined: not bound to a device. */
  readonly deviceId: string | undefined;
  readonly maxUses: number;
  readonly expiresInSeconds: number;
  /**
   * Given: a second creation by the same principal for the same label with the same key is `conflict`, naming the first
   * secret's id; the secret itself cannot be shown again, because only its hash is kept.
   */
  readonly idempotencyKey: string | undefined;
}

/** An endpoint as its protocol serves it. */
export interface ServedEndpoint {
  /** What a client is given; undefined where it is not known: EST, on a node that does not serve it. */
  readonly url: string | undefined;
  /** Of the protocol, each as it is in force; empty where there are none, or where they cannot be read. */
  readonly settings: readonly SettingInForce[];
}

export interface SettingInForce {
  readonly name: string;
  readonly value: string | boolean;
  /** `endpoint`: written there; `preset`: its preset is other than the general one there. */
  readonly source: 'endpoint' | 'preset' | 'generic';
  /** The value without one written at the endpoint; undefined: there is none. */
  readonly byPreset: string | boolean | undefined;
  /** What this value does. */
  readonly meaning: string;
}

export interface EndpointServices {
  describeEndpoint(endpoint: EnrollmentEndpoint): ServedEndpoint;
  listEndpoints(): Promise<readonly EnrollmentEndpoint[]>;
  getEndpoint(label: string): Promise<EnrollmentEndpoint>;
  /** Unknown label: `notFound`. */
  listSecrets(endpointLabel: string, page: PageRequest): Promise<Page<EnrollmentSecret>>;
  /** `secret` is the only time it is seen. */
  createSecret(request: NewSecret, act: Act): Promise<{ readonly record: EnrollmentSecret; readonly secret: string }>;
  /** A secret of another endpoint is `notFound`. Revoking a revoked one changes nothing. */
  revokeSecret(endpointLabel: string, secretId: string, act: Act): Promise<void>;
}

export interface AttemptFilter {
  /** Empty: all. */
  readonly outcomes: readonly EnrollmentAttempt['outcome'][];
  readonly endpointLabel: string | undefined;
  readonly deviceId: string | undefined;
  readonly transactionId: string | undefined;
}

export interface AttemptServices {
  listAttempts(filter: AttemptFilter, page: PageRequest): Promise<Page<EnrollmentAttempt>>;
  getAttempt(id: string): Promise<EnrollmentAttempt>;
}

/** Few and kept in memory: not paged. */
export interface HierarchyServices {
  listAuthorities(): Promise<readonly Authority[]>;
  /** By id or name. */
  getAuthority(idOrName: string): Promise<Authority>;
}

export interface CrlServices {
  /** The newest CRL of each shard of the authority, or of all authorities. */
  listCrls(authorityId: string | undefined): Promise<readonly Omit<PublishedCrl, 'crlDer'>[]>;
  /** Makes the CRLs of all shards of the authority due now; resolves when that is committed, not when they are published. */
  requestCrls(authorityId: string, act: Act): Promise<void>;
}

export interface ReadinessCheck {
  /** Stable, e.g. `registry`, `issuingKey`, `crl:issuing`. */
  readonly name: string;
  readonly ok: boolean;
  /** What was found; when not ok also how to mend it. */
  readonly message: string;
}

export interface ServiceStatus {
  readonly version: string;
  readonly nodeVersion: string;
  readonly startedAt: Date;
  readonly now: Date;
  readonly publicUrl: string;
  readonly estUrl: string | undefined;
  /** Of the root, DER. */
  readonly rootFingerprintSha256: Uint8Array;
  /** Ready when all are ok. */
  readonly checks: readonly ReadinessCheck[];
  /** Counts that are cheap, by name, e.g. `devices`, `certificatesActive`. */
  readonly counts: Readonly<Record<string, number>>;
}

/** One credential of a principal. */
export interface CredentialRecord {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Undefined: an API token. */
  readonly certificateFingerprintSha256: Uint8Array | undefined;
  /** Now; of a certificate as the registry has it. */
  readonly status: 'active' | 'notYetValid' | 'expired' | 'revoked';
  readonly createdAt: Date;
  /** Undefined: never. */
  readonly expiresAt: Date | undefined;
  readonly revokedAt: Date | undefined;
}

export interface PrincipalServices {
  /**
   * The principal of a client certificate that was proven in this connection, by SHA-256 of its DER; undefined when it is
   * unknown, expired, not yet valid or revoked now. Asked at every request.
   */
  authenticateCertificate(fingerprintSha256: Uint8Array): Promise<Principal | undefined>;
  /** The principal of an API token; undefined when it is unknown, expired or revoked. */
  authenticateToken(token: string): Promise<Principal | undefined>;
  /**
   * Spends the one-time setup token, in one transaction with making an API token; of concurrent calls one succeeds.
   * Unknown: `secretWrong`; used before: `secretSpent`; too old: `secretExpired`. The principal is called `name`, or what
   * is made of it when that is taken: no two have the same. Its role is that of the setup token.
   */
  consumeSetupToken(
    token: string,
    name: string | undefined,
    origin: Omit<Act, 'principal'>,
  ): Promise<{ readonly principal: Principal; readonly token: string; readonly expiresAt: Date }>;
  /** `token` is the only time it is seen; `link` leads to the setup page with it. */
  createSetupToken(
    role: Role,
    act: Act,
  ): Promise<{ readonly token: string; readonly link: string; readonly expiresAt: Date }>;
  /** Few, and not paged: oldest first. */
  listCredentials(): Promise<readonly CredentialRecord[]>;
  /**
   * When it resolves, the credential authenticates nobody. Already revoked: `changed` is false. The last active one of an
   * administrator is `conflict`, whoever asks and however many ask at once.
   */
  revokeCredential(id: string, act: Act): Promise<{ readonly credential: CredentialRecord; readonly changed: boolean }>;
}

/** A private key that the service uses. */
export interface KeyRecord {
  /** What an authority names it by. */
  readonly id: string;
  readonly store: 'software' | 'pkcs11';
  /** The `pkcs11:` URI of a key in a token. */
  readonly location: string | undefined;
  /** Undefined when the key is not available. */
  readonly keyAlgorithm: string | undefined;
  /** Names of the authorities whose key it is, or of whose OCSP responder. */
  readonly authorities: readonly string[];
  /** N of scrypt, of a sealed key. */
  readonly scryptCost: number | undefined;
  readonly available: boolean;
  /** When not available: why, and how to mend it; also when it is not used. */
  readonly message: string | undefined;
}

export interface RewrapRequest {
  /** `generated` only where the passphrase is kept in the home of the node; `kept` changes salt and cost alone. */
  readonly passphrase:
    { readonly kind: 'generated' } | { readonly kind: 'given'; readonly value: string } | { readonly kind: 'kept' };
  readonly scryptCost: number;
}

export interface KeyServices {
  /** Few, and not paged: by id. Each is tried now. */
  listKeys(): Promise<readonly KeyRecord[]>;
  /** Seals all software keys anew, all or none; `keptInHome` tells whether the node has stored the passphrase itself. */
  rewrapKeys(request: RewrapRequest, act: Act): Promise<{ readonly keys: number; readonly keptInHome: boolean }>;
}

export interface AdminServices
  extends
    CertificateServices,
    RevocationServices,
    JobServices,
    DeviceServices,
    EndpointServices,
    AttemptServices,
    HierarchyServices,
    AuthorityServices,
    ProfileServices,
    ExplainServices,
    CrlServices,
    KeyServices,
    BlockedKeyServices,
    PendingServices,
    ChallengeServices,
    MobileConfigServices,
    PrincipalServices {
  getStatus(): Promise<ServiceStatus>;
}
