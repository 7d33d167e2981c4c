/** Records for tests: filled with random bytes where only identity matters. */
import { randomBytes } from 'node:crypto';
import { ProfileRules, defaultSettings, newSerialNumber, readyProfiles, uuidV7 } from '@touchmark/ca';
import type {
  Authority,
  AuditEvent,
  CertificateRecord,
  Dossier,
  DossierQuestion,
  EnrollmentAttempt,
  IssuanceGuard,
  IssuanceIntent,
  IssuedCertificate,
} from '@touchmark/ca';
import { sha256 } from '@touchmark/crypto';
import type { NewSecretRecord, Registry } from '../src/index.ts';

export const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
export const now = new Date('2026-03-01T12:00:00.000Z');
export const newId = (at = now): string => uuidV7(at, random);
export const later = (seconds: number, from = now): Date => new Date(from.getTime() + seconds * 1000);

export const noGuard: IssuanceGuard = {
  spendSecretId: undefined,
  unrevokedCertificateId: undefined,
  deviceId: undefined,
  registration: 'none',
};

export const authority: Authority = {
  id: newId(),
  name: 'issuing',
  kind: 'issuing',
  issuerId: undefined,
  certificateDer: random(300),
  keyId: 'authority:issuing',
  ...defaultSettings('ec-p256'),
  signatureAlgorithm: 'ecdsa-with-SHA256',
  revision: 1,
  crlShards: 4,
};

export function newIntent(changes: Partial<IssuanceIntent> = {}): IssuanceIntent {
  return {
    id: newId(),
    attemptId: newId(),
    requestDigest: random(32),
    authorityId: authority.id,
    serialNumber: newSerialNumber(random),
    tbsCertificateDer: random(500),
    publicKeySha256: random(32),
    deviceId: undefined,
    profileName: 'device',
    profileVersion: 1,
    notBefore: later(-300),
    notAfter: later(365 * 86_400),
    crlShard: 0,
    createdAt: now,
    ...changes,
  };
}

export function newAttempt(changes: Partial<EnrollmentAttempt> = {}): EnrollmentAttempt {
  return {
    id: newId(),
    at: now,
    protocol: 'est',
    operation: 'simpleenroll',
    endpointLabel: 'factory',
    remoteAddress: '127.0.0.1',
    transactionId: undefined,
    outcome: 'refused',
    code: 'secretWrong',
    message: 'The enrollment secret is not known.',
    steps: [
      { step: 'parse', note: 'fine' },
      { step: 'authenticate', note: 'wrong', warning: true },
    ],
    deviceId: undefined,
    certificateId: undefined,
    secretId: undefined,
    callerCertificateId: undefined,
    profile: undefined,
    principal: undefined,
    requestDer: random(200),
    asked: undefined,
    durationMicroseconds: 1234,
    ...changes,
  };
}

export function newAudit(changes: Partial<AuditEvent> = {}): AuditEvent {
  return {
    at: now,
    actor: 'system',
    remoteAddress: undefined,
    action: 'certificate.issued',
    subject: 'certificate:?',
    correlationId: undefined,
    details: { count: 1, ok: true, none: null },
    ...changes,
  };
}

export function recordOf(intent: IssuanceIntent, certificateDer = random(600)): CertificateRecord {
  return {
    intent,
    certificateDer,
    fingerprintSha256: sha256(certificateDer),
    issuedAt: later(1, intent.createdAt),
    attempt: newAttempt({
      id: intent.attemptId,
      outcome: 'issued',
      code: undefined,
      message: undefined,
      certificateId: intent.id,
      deviceId: intent.deviceId,
    }),
    audit: newAudit({ subject: `certificate:${intent.id}`, correlationId: intent.attemptId }),
  };
}

const rules = ProfileRules.parse(readyProfiles.device);

/** Authority, profile and endpoint, so that secrets can be made. */
export async function setUp(registry: Registry): Promise<void> {
  await registry.admin.insertAuthority(authority);
  await registry.admin.insertProfile('device', rules);
  await registry.admin.insertEndpoint({
    label: 'factory',
    protocol: 'est',
    authorityId: authority.id,
    profileName: 'device',
    acceptsSecret: true,
    acceptsCertificate: true,
  });
}

let secrets = 0;

export async function newSecret(registry: Registry, changes: Partial<NewSecretRecord> = {}): Promise<string> {
  const id = `s${(++secrets).toString(36).padStart(7, 'a')}`;
  await registry.admin.createSecret({
    id,
    endpointLabel: 'factory',
    secretSha256: random(32),
    deviceId: undefined,
    maxUses: 1,
    createdAt: now,
    expiresAt: later(86_400),
    ...changes,
  });
  return id;
}

export async function issue(
  registry: Registry,
  changes: Partial<IssuanceIntent> = {},
  guard: Partial<IssuanceGuard> = {},
): Promise<IssuedCertificate> {
  const intent = newIntent(changes);
  const begun = await registry.issuance.recordIntent(intent, { ...noGuard, ...guard });
  if (begun.kind !== 'recorded') throw new Error(`intent: ${begun.kind}`);
  const ended = await registry.issuance.recordCertificate(recordOf(intent), {
    ...noGuard,
    ...guard,
    spendSecretId: undefined,
    registration: 'none',
  });
  if (ended.kind !== 'recorded') throw new Error(`certificate: ${ended.kind}`);
  return ended.certificate;
}

export function revoke(registry: Registry, certificate: IssuedCertificate, entry = random(38)) {
  return registry.revocation.revoke(
    certificate.id,
    { revokedAt: later(60), reason: 'superseded', invalidityDate: undefined },
    entry,
    newAudit({ action: 'certificate.revoked', subject: `certificate:${certificate.id}` }),
  );
}

/** What a request would be judged by; of the question, what is not given is something that nobody knows. */
export function dossier(registry: Registry, question: Partial<DossierQuestion>): Promise<Dossier> {
  return registry.issuance.findDossier({
    credential: undefined,
    publicKeySha256: random(32),
    deviceId: undefined,
    requestDigest: random(32),
    ...question,
  });
}

export async function findSecret(registry: Registry, id: string, remoteAddress = '::1') {
  return (await dossier(registry, { credential: { kind: 'secret', id, remoteAddress } })).secret;
}

export async function findCertificate(registry: Registry, fingerprintSha256: Uint8Array) {
  return (await dossier(registry, { credential: { kind: 'certificate', fingerprintSha256 } })).certificate;
}

export async function findDevice(registry: Registry, deviceId: string) {
  return (await dossier(registry, { deviceId })).device;
}

export async function findKey(registry: Registry, publicKeySha256: Uint8Array) {
  return (await dossier(registry, { publicKeySha256 })).key;
}

export async function findOutcome(registry: Registry, requestDigest: Uint8Array) {
  return (await dossier(registry, { requestDigest })).outcome;
}
