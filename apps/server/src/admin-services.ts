/** What the administration interface asks for, answered by the registry and the services of the domain. */
import { randomBytes } from 'node:crypto';
import type { Act, AdminServices, CertificateReference } from '@touchmark/admin-api';
import { CaError, checkDeviceId, newEnrollmentSecret } from '@touchmark/ca';
import type {
  ApprovalService,
  AuditEvent,
  Catalog,
  Clock,
  DryRun,
  HierarchyDependencies,
  IssuedCertificate,
  PrincipalIssuance,
  RevocationService,
  Succession,
} from '@touchmark/ca';
import { sha256 } from '@touchmark/crypto';
import type { KeyStore } from '@touchmark/keystore';
import type { Registry } from '@touchmark/store';
import { createAdminAuthorities } from './admin-authorities.ts';
import { createAdminBlockedKeys } from './admin-blocked-keys.ts';
import { createAdminChallenges } from './admin-challenges.ts';
import { createAdminDevices } from './admin-devices.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';
import { createAdminJobs } from './admin-jobs.ts';
import { createAdminKeys } from './admin-keys.ts';
import type { AdminKeysDependencies } from './admin-keys.ts';
import { createAdminRevocations } from './admin-revocations.ts';
import { createAdminExplain } from './admin-explain.ts';
import { createAdminMobileConfig } from './admin-mobile-config.ts';
import { createAdminPending } from './admin-pending.ts';
import { createAdminPrincipals } from './admin-principals.ts';
import { createAdminProfiles } from './admin-profiles.ts';
import type { ChallengeKeys } from './challenges/challenge-keys.ts';
import type { ChallengeVerifiers } from './challenges/challenge-verifiers.ts';
import { issuingAuthorityName } from './hierarchy.ts';
import type { Metrics } from './metrics.ts';
import type { Readiness } from './readiness.ts';
import { describeServed } from './served-endpoint.ts';
import { version } from './version.ts';

export interface AdminServicesDependencies {
  readonly registry: Pick<Registry, 'admin' | 'pending' | 'revocationJobs'> & AdminKeysDependencies['registry'];
  readonly catalog: Catalog;
  readonly keyParts: AdminKeysDependencies['keyParts'];
  readonly passphraseSource: AdminKeysDependencies['passphraseSource'];
  readonly keys: KeyStore;
  readonly hierarchy: HierarchyDependencies;
  readonly principalIssuance: PrincipalIssuance;
  readonly dryRun: DryRun;
  readonly revocation: RevocationService;
  readonly succession: Succession;
  readonly approvals: ApprovalService;
  readonly challengeKeys: ChallengeKeys;
  readonly challenges: Pick<ChallengeVerifiers, 'test'>;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly publicUrl: string;
  readonly estUrl: string | undefined;
  /** Of the administration listener, as it is reached from outside. */
  readonly adminUrl: () => string;
}

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

/** They may look through all certificates, and anybody who may look may ask for one. */
const previewsAtOnce = 2;

export function createAdminServices(dependencies: AdminServicesDependencies): AdminServices {
  const {
    registry,
    catalog,
    principalIssuance,
    dryRun,
    revocation,
    succession,
    readiness,
    metrics,
    clock,
    publicUrl,
    estUrl,
    adminUrl,
  } = dependencies;
  const { admin } = registry;
  const startedAt = clock.now();

  const getCertificate = async (reference: CertificateReference): Promise<IssuedCertificate> => {
    if (reference.kind === 'idOrSerialNumber') return admin.getCertificate(reference.value);
    const found = await admin.findCertificateByFingerprint(reference.sha256);
    if (found === undefined) throw new CaError('notFound', 'There is no certificate with this fingerprint.');
    return found;
  };
  const authorityNamed = (idOrName: string) => {
    const issuer = catalog.issuers.find(({ authority }) => authority.id === idOrName || authority.name === idOrName);
    if (issuer === undefined) throw new CaError('notFound', `There is no authority "${idOrName}".`);
    return issuer.authority;
  };
  const endpointNamed = (label: string) => {
    const endpoint = catalog.endpoints.find((candidate) => candidate.label === label);
    if (endpoint === undefined) throw new CaError('notFound', `There is no endpoint "${label}".`);
    return endpoint;
  };
  const getProfile = async (name: string) => {
    const profile = await admin.findProfile(name);
    if (profile === undefined) throw new CaError('notFound', `There is no profile "${name}".`);
    return profile;
  };
  const auditOf = (act: Act, action: string, subject: string, details: AuditEvent['details'] = {}): AuditEvent => ({
    at: clock.now(),
    actor: `principal:${act.principal.name}`,
    remoteAddress: act.remoteAddress,
    action,
    subject,
    correlationId: act.correlationId,
    details,
  });
  const { judgeAnew, resolveProfile, ...explaining } = createAdminExplain({ admin, catalog, dryRun });
  const previews = new ConcurrencyLimit(previewsAtOnce, 'previews under way');
  const profiles = createAdminProfiles({ admin, catalog, clock, previews, judgeAnew, resolveProfile, auditOf });
  const { guardCertificate, ...principals } = createAdminPrincipals({ registry, clock, adminUrl, auditOf });
  const revocations = createAdminRevocations({
    revocation,
    succession,
    catalog,
    metrics,
    getCertificate,
    authorityNamed,
    guardCertificate,
  });

  return {
    ...principals,
    ...createAdminJobs({ registry, clock, previews }),
    ...revocations,
    ...createAdminDevices({ ...revocations, admin, clock, auditOf }),
    ...createAdminKeys({ ...dependencies, auditOf }),
    ...createAdminBlockedKeys({ registry, clock, auditOf }),
    ...createAdminPending({ ...dependencies, admin, pending: registry.pending }),
    ...createAdminAuthorities({ ...dependencies, auditOf }),
    ...createAdminChallenges({ ...dependencies, auditOf }),
    ...createAdminMobileConfig(dependencies),
    ...profiles,
    ...explaining,

    listCertificates: (filter, page) => admin.listCertificates(filter, page, clock.now()),
    getCertificate,

    async issueCertificate(request, act) {
      const outcome = await principalIssuance.issue({
        protocol: 'rest',
        principal: act.principal.name,
        remoteAddress: act.remoteAddress,
        profile: await getProfile(request.profileName),
        authorityName: authorityNamed(request.authority ?? issuingAuthorityName).name,
        requestDer: request.requestDer,
        commonName: request.commonName,
        subjectAltNames: request.subjectAltNames,
        deviceId: request.deviceId,
        idempotencyKey: request.idempotencyKey,
      });
      metrics.enrollment(
        {
          protocol: 'rest',
          operation: 'issue',
          endpoint: '',
          outcome: outcome.kind,
          code: outcome.kind === 'refused' ? outcome.error.code : '',
        },
        0,
      );
      return outcome;
    },

    describeEndpoint: (endpoint) => describeServed(endpoint, { estUrl, publicUrl }),
    listEndpoints: async () => catalog.endpoints,
    getEndpoint: async (label) => endpointNamed(label),
    async listSecrets(label, page) {
      endpointNamed(label);
      return admin.listSecrets(label, page);
    },

    async createSecret(request, act) {
      endpointNamed(request.endpointLabel);
      if (request.deviceId !== undefined) checkDeviceId(request.deviceId);
      const now = clock.now();
      const { id, secret, secretSha256 } = newEnrollmentSecret(random);
      const record = await admin.createSecret(
        {
          id,
          endpointLabel: request.endpointLabel,
          secretSha256,
          deviceId: request.deviceId,
          maxUses: request.maxUses,
          createdAt: now,
          expiresAt: new Date(now.getTime() + request.expiresInSeconds * 1000),
          idempotencyKey:
            request.idempotencyKey === undefined
              ? undefined
              : JSON.stringify([act.principal.name, request.endpointLabel, request.idempotencyKey]),
        },
        auditOf(act, 'secret.created', `secret:${id}`, {
          endpoint: request.endpointLabel,
          device: request.deviceId ?? null,
          maxUses: request.maxUses,
        }),
      );
      return { record, secret };
    },

    async revokeSecret(label, id, act) {
      await admin.revokeSecret(label, id, clock.now(), auditOf(act, 'secret.revoked', `secret:${id}`));
    },

    listAttempts: (filter, page) => admin.listAttempts(filter, page),
    getAttempt: (id) => admin.getAttempt(id),

    listAuthorities: async () => catalog.issuers.map(({ authority }) => authority),
    getAuthority: async (idOrName) => authorityNamed(idOrName),

    listCrls: (authorityId) => admin.listCrls(authorityId),
    requestCrls: (authorityId, act) =>
      admin.requestCrls(authorityId, auditOf(act, 'crl.requested', `authority:${authorityId}`)),

    async getStatus() {
      const root = catalog.issuers.find(({ authority }) => authority.kind === 'root');
      if (root === undefined) throw new CaError('notReady', 'There is no root authority.');
      return {
        version,
        nodeVersion: process.version,
        startedAt,
        now: clock.now(),
        publicUrl,
        estUrl,
        rootFingerprintSha256: sha256(root.certificate.der),
        checks: await readiness.run(),
        counts: { ...(await admin.estimateCounts()) },
      };
    },
  };
}
