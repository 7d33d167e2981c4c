/** The issuance cycle for devices: the nine steps, for every protocol the same. */
import type { Issuance } from './issuance.ts';
import { AttemptLog } from './attempt-log.ts';
import { authenticate, credentialOf } from './authenticate.ts';
import { authorize, checkFirstAnswer, questionOf } from './authorize.ts';
import type { Catalog } from './catalog.ts';
import type { EarlyRefusal, EnrollmentOutcome, EnrollmentRequest } from './enrollment-request.ts';
import { CaError } from './errors.ts';
import { uuidV7 } from './ids.ts';
import { InFlight } from './in-flight.ts';
import { lintCertificate } from './lint-certificate.ts';
import type { AttemptStep, EnrollmentEndpoint, IssuedCertificate } from './model.ts';
import { parseRequest } from './parse-request.ts';
import type { Clock, IssuanceRegistry, RandomBytes } from './ports.ts';
import type { CertificatePreparer } from './prepare.ts';
import type { SigningGate } from './signing-gate.ts';
import type { Succession } from './succession.ts';
import { StrangerLimiter } from './stranger-limiter.ts';

export interface EnrollmentDependencies {
  readonly catalog: Catalog;
  readonly registry: IssuanceRegistry;
  readonly issuance: Issuance;
  readonly preparer: CertificatePreparer;
  readonly gate: SigningGate;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  /** Told of certificates that authenticate an enrollment; without it, nobody waits for that. */
  readonly succession?: Pick<Succession, 'noteUse'> | undefined;
  /** Told of every failure that is ours, with its cause; refusals are not failures. */
  readonly onFailure: (error: unknown, attemptId: string) => void;
}

export class EnrollmentService {
  readonly #dependencies: EnrollmentDependencies;
  readonly #inFlight = new InFlight<IssuedCertificate>();
  readonly #strangers = new StrangerLimiter();

  constructor(dependencies: EnrollmentDependencies) {
    this.#dependencies = dependencies;
  }

  /** Never rejects because of what was sent: a refusal is an outcome, and is on record when it is returned. */
  async enroll(request: EnrollmentRequest): Promise<EnrollmentOutcome> {
    const { clock, randomBytes } = this.#dependencies;
    const log = new AttemptLog(
      {
        id: uuidV7(clock.now(), randomBytes),
        protocol: request.protocol,
        operation: request.operation,
        endpointLabel: request.endpointLabel,
        remoteAddress: request.remoteAddress,
        principal: undefined,
      },
      clock,
    );
    for (const warning of request.warnings) log.warn('parse', warning);
    const progress: { step: AttemptStep['step'] } = { step: 'parse' };
    try {
      const certificate = await this.#takeSteps(request, log, progress);
      return { kind: 'issued', attemptId: log.id, certificateDer: certificate.certificateDer };
    } catch (error) {
      return this.#refuse(log, progress.step, error);
    }
  }

  async #takeSteps(
    request: EnrollmentRequest,
    log: AttemptLog,
    progress: { step: AttemptStep['step'] },
  ): Promise<IssuedCertificate> {
    const { catalog, registry, preparer, issuance, gate } = this.#dependencies;
    const now = gate.now();
    const endpoint = catalog.getEndpoint(request.protocol, request.endpointLabel);
    const issuer = catalog.getIssuer(endpoint.authorityId);
    log.profile = endpoint.profile;

    // Who presents nothing that counts here is told so before the request is judged: some probe with nothing.
    progress.step = 'authenticate';
    const credential = credentialOf(request, endpoint);

    // 1. parse
    progress.step = 'parse';
    const parsed = parseRequest(request.requestDer);

    // 2. authenticate
    progress.step = 'authenticate';
    const question = questionOf(credential, endpoint, parsed);
    const dossier = await registry.findDossier(question);
    const caller = await authenticate(credential, endpoint, dossier, registry, now, log);
    log.requestDer = request.requestDer;
    if (caller.kind === 'certificate') await this.#noteUse(caller.certificate, endpoint, request, log.id);

    // 3. authorize
    progress.step = 'authorize';
    const enrollment = await authorize({ request, parsed, endpoint, issuer, caller, question, dossier }, now, log);

    // Two calls with the same request at the same time on this node share one answer.
    const { answer, shared } = await this.#inFlight.run(enrollment.requestDigest, async () => {
      // A retry of the same request by the same caller gets the certificate of the first time.
      const earlier = await issuance.resume(dossier.outcome, issuer, enrollment.guard, log);
      if (earlier !== undefined) return earlier;
      checkFirstAnswer(caller, enrollment, dossier, now, log);

      // 4. prepare
      progress.step = 'prepare';
      const prepared = preparer.prepare(enrollment, now, log);

      // 5. lint
      progress.step = 'lint';
      const linted = lintCertificate(prepared, log);

      // 6 to 8. record the intent, sign, record the certificate
      progress.step = 'recordIntent';
      return issuance.issue(linted, log);
    });
    if (shared) {
      log.note('respond', 'answered together with the same request that came at the same time');
      await registry.recordAttempt(log.issued(answer.id));
    }
    // 9. respond: the protocol's part
    return answer;
  }

  /** A use that could not be noted is no reason to refuse: the next one will be. */
  async #noteUse(
    certificate: IssuedCertificate,
    { profile }: EnrollmentEndpoint,
    { remoteAddress }: EnrollmentRequest,
    attemptId: string,
  ): Promise<void> {
    const { succession, onFailure } = this.#dependencies;
    await succession
      ?.noteUse(certificate, profile.rules, remoteAddress)
      .catch((failure: unknown) => onFailure(failure, attemptId));
  }

  /** Leaves an attempt for what a protocol refused before the cycle began; returns its id. */
  async recordRefusal(refusal: EarlyRefusal): Promise<string> {
    const { clock, randomBytes } = this.#dependencies;
    const log = new AttemptLog(
      {
        id: uuidV7(clock.now(), randomBytes),
        protocol: refusal.protocol,
        operation: refusal.operation,
        endpointLabel: refusal.endpointLabel,
        remoteAddress: refusal.remoteAddress,
        principal: undefined,
      },
      clock,
    );
    for (const warning of refusal.warnings) log.warn('parse', warning);
    const outcome = await this.#refuse(log, 'parse', refusal.error);
    return outcome.attemptId;
  }

  async #refuse(
    log: AttemptLog,
    step: AttemptStep['step'],
    error: unknown,
  ): Promise<EnrollmentOutcome & { kind: 'refused' }> {
    const { registry, onFailure } = this.#dependencies;
    const refusal =
      error instanceof CaError
        ? error
        : new CaError(
            'internal',
            'The authority failed to answer. Try again; the operator finds the cause under the attempt.',
            { cause: error },
          );
    if (refusal.code === 'internal' || refusal.code === 'registryUnavailable') onFailure(refusal, log.id);
    const attempt = log.refused(step, refusal);
    const stranger = log.actor === 'unauthenticated';
    // Past the limit the log of the service is the only record.
    if (stranger && !this.#strangers.take(log.remoteAddress ?? '', attempt.at)) {
      return { kind: 'refused', attemptId: log.id, error: refusal };
    }
    // The registry is away: the refusal stands, and the log keeps what the registry could not.
    const recorded = registry.recordAttempt(attempt).catch((failure: unknown) => onFailure(failure, log.id));
    if (refusal.code !== 'registryUnavailable') await recorded;
    return { kind: 'refused', attemptId: log.id, error: refusal };
  }
}
