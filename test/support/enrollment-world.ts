/** The issuance cycle as the service composes it, over a registry in memory that knows what a test wants it to know. */
import {
  Catalog,
  CertificatePreparer,
  defaultSettings,
  EnrollmentService,
  Issuance,
  newEnrollmentSecret,
  PrincipalIssuance,
  ProfileRules,
  readyProfiles,
  SigningGate,
  plainEndpoint,
} from '@touchmark/ca';
import type {
  Authority,
  CertificateRecord,
  ChallengeSettings,
  ChallengeVerifier,
  Dossier,
  DossierQuestion,
  EnrollmentAttempt,
  EnrollmentOutcome,
  EnrollmentRequest,
  EnrollmentSecret,
  GuardFailure,
  IssuanceRegistry,
  IssuedCertificate,
  PendingRegistry,
  PendingRequest,
  PrincipalOutcome,
  PrincipalRequest,
  Profile,
  RecordCertificateResult,
  RecordIntentResult,
} from '@touchmark/ca';
import { createRandomBytes } from '@touchmark/crypto';
import { createTestAuthority } from '@touchmark/testkit';
import type { TestAuthority } from '@touchmark/testkit';

const random = createRandomBytes();
const { id, secret, secretSha256 } = newEnrollmentSecret(random);
const day = 86_400_000;

/** Issues every certificate of these tests. */
let shared: Promise<TestAuthority> | undefined;

/** A secret that is in order and bound to no device. */
const soundSecret: EnrollmentSecret = {
  id,
  endpointLabel: 'factory',
  secretSha256,
  deviceId: undefined,
  maxUses: 1_000_000,
  uses: 0,
  createdAt: new Date(),
  expiresAt: new Date(Date.now() + day),
  revokedAt: undefined,
  lockedUntil: undefined,
};

export interface WorldOptions {
  /** As a profile is written, in place of what the profile of devices says. */
  readonly rules?: Readonly<Record<string, unknown>> | undefined;
  /** What the registry says of the request, in place of "nothing is known". */
  readonly facts?: Partial<Dossier>;
  /** Of the secret that is presented. */
  readonly secretFacts?: Partial<EnrollmentSecret>;
  readonly accepts?: 'secret' | 'certificate';
  /** Of the endpoint. */
  readonly disabled?: boolean;
  /** Of the endpoint, which no interface writes so. */
  readonly authorityId?: 'root';
  /** What the endpoint takes for a password beside enrollment secrets, and who verifies it. */
  readonly challenge?: ChallengeSettings;
  readonly challenges?: ChallengeVerifier;
  /** Of the issuing CA. */
  readonly retired?: boolean;
  readonly gate?: 'closed' | 'clockWentBack';
  readonly registryFails?: Error;
  /** What does not hold at the commit of the intent. */
  readonly guardFailure?: GuardFailure;
  /** Whoever asks is put before an administrator, and this is what is found to wait; `facts` say what became of it. */
  readonly waiting?: PendingRequest;
}

export interface World {
  readonly authority: TestAuthority;
  readonly attempts: readonly EnrollmentAttempt[];
  /** What was issued, newest last. */
  readonly issued: readonly IssuedCertificate[];
  /** Each with its attempt and audit event. */
  readonly records: readonly CertificateRecord[];
  /** Told of faults of the service. */
  readonly failures: readonly unknown[];
  readonly now: () => Date;
  enroll(requestDer: Uint8Array, fields?: Partial<EnrollmentRequest>): Promise<EnrollmentOutcome>;
  poll(): Promise<EnrollmentOutcome>;
  issueForPrincipal(fields: Partial<PrincipalRequest> & { requestDer: Uint8Array }): Promise<PrincipalOutcome>;
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  shared ??= createTestAuthority({ name: 'Refusing' });
  const authority = await shared;
  const clock = { now: () => new Date() };
  const profile: Profile = { name: 'tested', version: 1, rules: rulesOf(options.rules) };
  const catalog = await catalogOf(authority, profile, options);
  const registry = new FactsRegistry(options);
  const gate = new SigningGate(clock, options.gate === 'clockWentBack' ? new Date(Date.now() + day) : new Date(0));
  if (options.gate !== 'closed') gate.open();
  const signers = { getSigner: async () => authority.issuing.signer };
  const issuance = new Issuance({ registry, signers, gate, randomBytes: random });
  const preparer = new CertificatePreparer('http://127.0.0.1:8080', random);
  const failures: unknown[] = [];
  const dependencies = {
    catalog,
    registry,
    challenges: options.challenges,
    pending: options.waiting && new WaitingRegistry(options.waiting),
    issuance,
    preparer,
    gate,
    clock,
    randomBytes: random,
    onFailure: (error: unknown) => void failures.push(error),
  };
  const enrollment = new EnrollmentService(dependencies);
  const principals = new PrincipalIssuance(dependencies);
  return {
    authority,
    attempts: registry.attempts,
    issued: registry.issued,
    records: registry.records,
    failures,
    now: clock.now,
    enroll: (requestDer, fields = {}) =>
      enrollment.enroll({
        requestId: 'test',
        protocol: 'est',
        operation: 'simpleenroll',
        kind: 'enrollment',
        endpointLabel: 'factory',
        credentials: { password: { userName: '', value: secret }, certificateDer: undefined },
        requestDer,
        channelBinding: { tlsUnique: undefined, tlsExporter: undefined },
        remoteAddress: '192.0.2.7',
        warnings: [],
        ...fields,
      }),
    poll: () =>
      enrollment.poll({
        requestId: 'test',
        protocol: 'est',
        operation: 'CertPoll',
        endpointLabel: 'factory',
        transactionId: 'T1',
        publicKeySha256: new Uint8Array(32),
        remoteAddress: '192.0.2.7',
        warnings: [],
      }),
    issueForPrincipal: (fields) =>
      principals.issue({
        protocol: 'rest',
        principal: 'officer',
        remoteAddress: undefined,
        profile,
        authorityName: 'issuing',
        commonName: undefined,
        subjectAltNames: [],
        deviceId: undefined,
        idempotencyKey: undefined,
        ...fields,
      }),
  };
}

function rulesOf(changed: WorldOptions['rules'] = {}): ProfileRules {
  return ProfileRules.parse({ ...readyProfiles.device, ...changed });
}

async function catalogOf(authority: TestAuthority, profile: Profile, options: WorldOptions): Promise<Catalog> {
  const { root, issuing } = authority;
  const authorities = [
    { id: 'root', kind: 'root' as const, issuerId: undefined, ca: root },
    { id: 'issuing', kind: 'issuing' as const, issuerId: 'root', ca: issuing },
  ].map(({ id: name, kind, issuerId, ca }): Authority => ({
    ...defaultSettings('ec-p256'),
    id: name,
    name,
    kind,
    issuerId,
    certificateDer: ca.certificateDer,
    keyId: name,
    signatureAlgorithm: ca.signer.algorithm.name,
    revision: 1,
    ...(kind === 'issuing' && options.retired === true && { state: 'retired' as const }),
  }));
  const endpoint = {
    label: 'factory',
    protocol: 'est' as const,
    authorityId: options.authorityId ?? 'issuing',
    profile,
    ...plainEndpoint,
    acceptsSecret: options.accepts !== 'certificate',
    acceptsCertificate: options.accepts !== 'secret',
    ...(options.waiting !== undefined && { approval: 'manual' as const, acceptsAnyone: true }),
    challenge: options.challenge,
    enabled: options.disabled !== true,
    revision: 1,
  };
  const catalog = new Catalog({
    readGeneration: async () => 1n,
    readCatalog: async () => ({ generation: 1n, authorities, endpoints: [endpoint] }),
    findProfile: async () => profile,
  });
  await catalog.load();
  return catalog;
}

/** Says what a test wants it to know; keeps what is issued, so that it can be renewed. */
class FactsRegistry implements IssuanceRegistry {
  readonly attempts: EnrollmentAttempt[] = [];
  readonly issued: IssuedCertificate[] = [];
  readonly records: CertificateRecord[] = [];
  readonly #options: WorldOptions;

  constructor(options: WorldOptions) {
    this.#options = options;
  }

  async findDossier({ credential }: DossierQuestion): Promise<Dossier> {
    const { facts, secretFacts, registryFails } = this.#options;
    if (registryFails !== undefined) throw registryFails;
    const known = credential?.kind === 'secret' && credential.id === id;
    return {
      secret: known ? { ...soundSecret, ...secretFacts } : undefined,
      certificate: undefined,
      certificateKeyCompromised: false,
      certificateKeyBlocked: false,
      device: undefined,
      key: { compromised: false, blocked: false, holders: [], firstCertifiedAt: undefined },
      approval: undefined,
      outcome: { intent: undefined, certificate: undefined },
      ...facts,
    };
  }

  async recordSecretFailure(): Promise<void> {
    // counted in PostgreSQL alone
  }

  async recordIntent(): Promise<RecordIntentResult> {
    const { guardFailure } = this.#options;
    return guardFailure === undefined ? { kind: 'recorded' } : { kind: 'guardFailed', failure: guardFailure };
  }

  async recordCertificate(record: CertificateRecord): Promise<RecordCertificateResult> {
    const { intent, certificateDer, fingerprintSha256, issuedAt } = record;
    const certificate = { ...intent, certificateDer, fingerprintSha256, issuedAt, revocation: undefined };
    this.issued.push(certificate);
    this.records.push(record);
    return { kind: 'recorded', certificate };
  }

  async recordAttempt(attempt: EnrollmentAttempt): Promise<void> {
    this.attempts.push(attempt);
  }
}

/** In which one request waits, and every other is put beside it. */
class WaitingRegistry implements PendingRegistry {
  readonly #waiting: PendingRequest;

  constructor(waiting: PendingRequest) {
    this.#waiting = waiting;
  }

  async recordPending() {
    // Time for others with the same request.
    await new Promise((soon) => setTimeout(soon, 20));
    return { kind: 'duplicate' as const, approval: this.#waiting };
  }

  async findPending() {
    return this.#waiting;
  }

  async findPendingByTransaction() {
    return this.#waiting;
  }

  async decidePending() {
    return this.#waiting;
  }
}

export const wrongSecret = secret.slice(0, -1) + (secret.endsWith('a') ? 'b' : 'a');
export const rightSecret = secret;
