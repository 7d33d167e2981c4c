/** Issuing for an administrator or for the service itself: the same cycle, authorised by a principal instead of a device. */
import { sha256 } from '@touchmark/crypto';
import type { GeneralName } from '@touchmark/x509';
import { AttemptLog } from './attempt-log.ts';
import { authorized, checkDevice, checkKeyAlgorithm } from './authorize.ts';
import type { AuthorizedEnrollment } from './authorize.ts';
import type { Catalog } from './catalog.ts';
import type { Dossier, DossierQuestion } from './dossier.ts';
import { CaError } from './errors.ts';
import { checkForOthers } from './for-others.ts';
import { uuidV7 } from './ids.ts';
import type { Issuance } from './issuance.ts';
import { checkKeyAge, checkKeyUse } from './key-use.ts';
import { lintCertificate } from './lint-certificate.ts';
import type { LintedCertificate } from './lint-certificate.ts';
import type { AttemptStep, IssuedCertificate } from './model.ts';
import { checkDeviceId } from './name-policy.ts';
import { parseRequest } from './parse-request.ts';
import type { Clock, IssuanceRegistry, RandomBytes } from './ports.ts';
import { extensionPolicyOf } from './prepare.ts';
import type { CertificatePreparer } from './prepare.ts';
import type { Profile } from './profile.ts';
import { compileProfile } from './profile/compiled-profile.ts';
import { requestDigest } from './request-digest.ts';
import { supersededAfter } from './succession.ts';
import { checkRequestedExtensions } from './requested-extensions.ts';
import { checkRequestKey } from './request-key.ts';
import type { SigningGate } from './signing-gate.ts';

export interface PrincipalRequest {
  readonly protocol: 'rest' | 'system';
  /** Who asks, as audited, e.g. `admin` or `system`. */
  readonly principal: string;
  readonly remoteAddress: string | undefined;
  readonly profile: Profile;
  readonly authorityName: string;
  readonly requestDer: Uint8Array;
  readonly commonName: string | undefined;
  readonly subjectAltNames: readonly GeneralName[];
  readonly deviceId: string | undefined;
  /** Two calls with the same key and request get the same certificate; without one, every call gets its own. */
  readonly idempotencyKey: string | undefined;
}

/** The attempt is on record before any of these is returned. */
export type PrincipalOutcome =
  | { readonly kind: 'issued'; readonly attemptId: string; readonly certificate: IssuedCertificate }
  | { readonly kind: 'refused'; readonly attemptId: string; readonly error: CaError };

export interface PrincipalIssuanceDependencies {
  readonly catalog: Catalog;
  readonly registry: IssuanceRegistry;
  readonly issuance: Issuance;
  readonly preparer: CertificatePreparer;
  readonly gate: SigningGate;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}

export class PrincipalIssuance {
  readonly #dependencies: PrincipalIssuanceDependencies;

  constructor(dependencies: PrincipalIssuanceDependencies) {
    this.#dependencies = dependencies;
  }

  async issue(request: PrincipalRequest): Promise<PrincipalOutcome> {
    const log = this.#openLog(request);
    const progress: { step: AttemptStep['step'] } = { step: 'parse' };
    try {
      const authorizedRequest = await authorizeForPrincipal(
        request,
        this.#dependencies,
        this.#dependencies.gate.now(),
        log,
        progress,
      );
      return { kind: 'issued', attemptId: log.id, certificate: await this.#issue(authorizedRequest, log, progress) };
    } catch (error) {
      return this.#refuse(log, progress.step, error);
    }
  }

  #openLog(request: PrincipalRequest): AttemptLog {
    const { clock, randomBytes } = this.#dependencies;
    const log = new AttemptLog(
      {
        id: uuidV7(clock.now(), randomBytes),
        protocol: request.protocol,
        operation: 'issue',
        endpointLabel: undefined,
        remoteAddress: request.remoteAddress,
        principal: request.principal,
      },
      clock,
    );
    log.actor = `principal:${request.principal}`;
    log.deviceId = request.deviceId;
    log.profile = request.profile;
    return log;
  }

  async #refuse(log: AttemptLog, step: AttemptStep['step'], error: unknown): Promise<PrincipalOutcome> {
    const refusal =
      error instanceof CaError
        ? error
        : new CaError('internal', 'The authority failed to answer. The log has the cause.', { cause: error });
    await this.#dependencies.registry.recordAttempt(log.refused(step, refusal));
    return { kind: 'refused', attemptId: log.id, error: refusal };
  }

  async #issue(
    { enrollment, dossier }: AuthorizedRequest,
    log: AttemptLog,
    progress: { step: AttemptStep['step'] },
  ): Promise<IssuedCertificate> {
    const { issuance } = this.#dependencies;
    const earlier = await issuance.resume(dossier.outcome, enrollment.issuer, enrollment.guard, log);
    if (earlier !== undefined) return earlier;
    const linted = this.#prepare(enrollment, log, progress);
    progress.step = 'recordIntent';
    return issuance.issue(linted, log);
  }

  #prepare(
    enrollment: AuthorizedEnrollment,
    log: AttemptLog,
    progress: { step: AttemptStep['step'] },
  ): LintedCertificate {
    const { preparer, gate } = this.#dependencies;
    progress.step = 'prepare';
    const prepared = preparer.prepare(enrollment, gate.now(), log);
    progress.step = 'lint';
    return lintCertificate(prepared, log);
  }
}

/** With what the registry knows of it. */
export interface AuthorizedRequest {
  readonly enrollment: AuthorizedEnrollment;
  readonly dossier: Dossier;
}

/** Steps 1 to 3. */
export async function authorizeForPrincipal(
  request: PrincipalRequest,
  { catalog, registry }: { readonly catalog: Catalog; readonly registry: Pick<IssuanceRegistry, 'findDossier'> },
  now: Date,
  log: AttemptLog,
  progress: { step: AttemptStep['step'] },
): Promise<AuthorizedRequest> {
  const { profile } = request;
  const issuer = catalog.findIssuerByName(request.authorityName);
  if (issuer === undefined) throw new CaError('notFound', `There is no authority "${request.authorityName}".`);
  const parsed = log.establish('parse', 'request', () => parseRequest(request.requestDer));
  log.requestDer = request.requestDer;
  progress.step = 'authorize';
  if (request.protocol === 'rest') {
    log.judge('authorize', 'forOthers', () => checkForOthers(profile, issuer));
  }
  const publicKey = await log.establishLater('authorize', 'key', () => checkRequestKey(parsed));
  log.judge('authorize', 'keyAlgorithm', () => checkKeyAlgorithm(publicKey, profile));
  log.judge('authorize', 'extensionsAsked', () =>
    checkRequestedExtensions(parsed.requestedExtensions, extensionPolicyOf(profile.rules), log),
  );
  log.establish('authorize', 'deviceName', () => {
    if (request.deviceId !== undefined) checkDeviceId(request.deviceId);
  });
  log.judge('authorize', 'namesAsked', () => checkAsked(request));
  const question: DossierQuestion = {
    credential: undefined,
    publicKeySha256: sha256(parsed.subjectPublicKeyInfoDer),
    deviceId: request.deviceId,
    requestDigest: requestDigest(log.actor, `profile:${profile.name}`, parsed, [
      request.idempotencyKey ?? log.id,
      request.authorityName,
      request.deviceId ?? '',
      request.commonName ?? '',
      ...request.subjectAltNames.map((name) => JSON.stringify(name)),
    ]),
  };
  const dossier = await registry.findDossier(question);
  log.judge('authorize', 'keyUse', () => checkKeyUse(dossier.key, request.deviceId));
  log.judge('authorize', 'keyAge', () => checkKeyAge(dossier.key, profile, now));
  const enrollment = authorized({
    issuer,
    profile,
    deviceId: request.deviceId,
    device: dossier.device,
    publicKey,
    publicKeySha256: question.publicKeySha256,
    requested: {
      commonName: request.commonName,
      subject: parsed.subject,
      subjectAltNames: request.subjectAltNames.length > 0 ? request.subjectAltNames : parsed.requestedSubjectAltNames,
    },
    requestDigest: question.requestDigest,
    guard: {
      spendSecretId: undefined,
      unrevokedCertificateId: undefined,
      deviceId: request.deviceId,
      registration: request.deviceId === undefined ? 'none' : 'ifUnknown',
      maxActiveCertificates: profile.rules.maxActiveCertificates,
      authorityInUse: !profile.rules.service,
      ...supersededAfter(profile),
    },
  });
  log.judge('authorize', 'device', () => checkDevice(enrollment, dossier.device));
  log.note(
    'authorize',
    `principal ${request.principal}, profile ${profile.name} version ${profile.version}, authority ${issuer.authority.name}`,
  );
  return { enrollment, dossier };
}

/** An administrator who asks for a name in so many words is told when the profile does not let it through. */
function checkAsked(request: PrincipalRequest): void {
  const { rules, name } = request.profile;
  const allowed = new Set<string>(rules.subjectAltName.fromRequest.map(({ kind }) => kind));
  for (const asked of request.subjectAltNames) {
    if (!allowed.has(asked.kind)) {
      throw new CaError(
        'nameNotAllowed',
        `The profile "${name}" lets no ${asked.kind} name through (it takes: ${[...allowed].join(', ') || 'none'}).`,
      );
    }
  }
  const { usesDevice, usesRequestedCommonName } = compileProfile(rules);
  if (request.commonName !== undefined && !usesRequestedCommonName) {
    throw new CaError('commonNameNotTaken', `The profile "${name}" takes no commonName from the request.`);
  }
  if (request.deviceId === undefined && usesDevice) {
    throw new CaError('invalidArgument', `The profile "${name}" names a device: say which one.`);
  }
}
