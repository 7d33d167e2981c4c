/** The issuance cycle for devices: the nine steps, for every protocol the same. */
import { pendingLimits, pendingUntil, retryAfterSeconds, stillWaits, waitingCaller } from './approval.ts';
import type { Issuance } from './issuance.ts';
import { askedNames } from './asked-names.ts';
import { AttemptLog } from './attempt-log.ts';
import { authenticate, credentialOf } from './authenticate.ts';
import { authorize, checkFirstAnswer, questionOf, secretSpent } from './authorize.ts';
import type { AuthorizedEnrollment, EnrollmentCase } from './authorize.ts';
import type { Catalog } from './catalog.ts';
import type { EarlyRefusal, EnrollmentOutcome, EnrollmentRequest, PollRequest } from './enrollment-request.ts';
import { CaError } from './errors.ts';
import { uuidV7 } from './ids.ts';
import { InFlight } from './in-flight.ts';
import { keptRequest } from './kept-request.ts';
import { lintCertificate } from './lint-certificate.ts';
import type { LintedCertificate } from './lint-certificate.ts';
import type { AttemptStep, EnrollmentEndpoint, IssuedCertificate } from './model.ts';
import { parseRequest } from './parse-request.ts';
import type { ApprovedRules, PendingCaller, PendingRegistry, PendingRequest } from './pending-request.ts';
import type { ChallengeVerifier, Clock, IssuanceRegistry, RandomBytes } from './ports.ts';
import { PresentedChallenges } from './presented-challenge.ts';
import type { CertificatePreparer } from './prepare.ts';
import type { Profile } from './profile.ts';
import type { SigningGate } from './signing-gate.ts';
import type { Succession } from './succession.ts';
import { actorOf, callerOf } from './waiting-caller.ts';
import { isStranger, tellsOfDevice } from './stranger.ts';
import { StrangerLimiter } from './stranger-limiter.ts';

export interface EnrollmentDependencies {
  readonly catalog: Catalog;
  readonly registry: IssuanceRegistry;
  /** Without it, endpoints with manual approval enroll nobody. */
  readonly pending?: PendingRegistry | undefined;
  /** Without it, no challenge is the right one. */
  readonly challenges?: ChallengeVerifier | undefined;
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

/** A certificate, or the word to ask again. */
type Answer =
  | { readonly kind: 'issued'; readonly certificate: IssuedCertificate }
  | { readonly kind: 'pending'; readonly withheld: CaError | undefined };

/** What is known of an attempt before anything is judged. */
type AttemptContext = Pick<EarlyRefusal, 'protocol' | 'operation' | 'endpointLabel' | 'transactionId' | 'warnings'> & {
  readonly remoteAddress: string | undefined;
};

interface Progress {
  step: AttemptStep['step'];
}

export class EnrollmentService {
  readonly #dependencies: EnrollmentDependencies;
  readonly #inFlight = new InFlight<Answer>();
  /** Apart: who approves a request is told what its stranger is not. */
  readonly #inFlightOfStrangers = new InFlight<Answer>();
  readonly #strangers = new StrangerLimiter();
  readonly #presented: PresentedChallenges;

  constructor(dependencies: EnrollmentDependencies) {
    this.#dependencies = dependencies;
    this.#presented = new PresentedChallenges(dependencies);
  }

  /** Never rejects because of what was sent: a refusal is an outcome, and is on record when it is returned. */
  enroll(request: EnrollmentRequest): Promise<EnrollmentOutcome> {
    return this.#attempt(request, undefined, (log, progress) => this.#takeSteps(request, log, progress));
  }

  /** What became of a request that was pending; as `enroll`. */
  poll(poll: PollRequest): Promise<EnrollmentOutcome> {
    return this.#attempt(poll, undefined, async (log, progress) => {
      progress.step = 'authenticate';
      const { endpointLabel, transactionId, publicKeySha256 } = poll;
      this.#dependencies.catalog.getEndpoint(poll.protocol, endpointLabel);
      const waiting = await this.#pending.findPendingByTransaction(endpointLabel, transactionId, publicKeySha256);
      if (waiting === undefined) throw transactionUnknown();
      log.actor = actorOf(waiting.caller, waiting.endpointLabel);
      return this.#carryOn(waiting, log, progress);
    });
  }

  /** Carries a request that was approved to its end; the administrator sees at once what comes of it. */
  carryOn(waiting: PendingRequest, principal: string, remoteAddress: string | undefined): Promise<EnrollmentOutcome> {
    return this.#attempt({ ...waiting, remoteAddress, warnings: [] }, principal, (log, progress) => {
      log.actor = `principal:${principal}`;
      return this.#carryOn(waiting, log, progress);
    });
  }

  async #attempt(
    context: AttemptContext & {
      /** Undefined: the request is asked about, and not there. */
      readonly requestDer?: Uint8Array;
    },
    principal: string | undefined,
    work: (log: AttemptLog, progress: Progress) => Promise<Answer>,
  ): Promise<EnrollmentOutcome> {
    const log = this.#openLog(context, principal);
    const progress: Progress = { step: 'parse' };
    try {
      const answer = await work(log, progress);
      return answer.kind === 'pending'
        ? { kind: 'pending', attemptId: log.id, retryAfterSeconds }
        : { kind: 'issued', attemptId: log.id, certificateDer: answer.certificate.certificateDer };
    } catch (error) {
      return this.#refuse(log, progress.step, error, context.requestDer);
    }
  }

  #openLog(
    { protocol, operation, endpointLabel, remoteAddress, transactionId, warnings }: AttemptContext,
    principal: string | undefined,
  ): AttemptLog {
    const { clock, randomBytes } = this.#dependencies;
    const id = uuidV7(clock.now(), randomBytes);
    const context = { id, protocol, operation, endpointLabel, remoteAddress, transactionId, principal };
    const log = new AttemptLog(context, clock);
    log.keeps = () => !isStranger(log) || this.#strangers.take(log.remoteAddress ?? '', log.startedAt);
    for (const warning of warnings) log.warn('parse', warning);
    return log;
  }

  async #takeSteps(request: EnrollmentRequest, log: AttemptLog, progress: Progress): Promise<Answer> {
    const { catalog, registry, gate } = this.#dependencies;
    const now = gate.now();
    const endpoint = catalog.getEndpoint(request.protocol, request.endpointLabel);
    const issuer = catalog.getIssuer(endpoint.authorityId);
    log.profile = endpoint.profile;

    // Who presents nothing that counts here is told so before the request is judged: some probe with nothing.
    progress.step = 'authenticate';
    const presented = credentialOf(request, endpoint);

    // 1. parse
    progress.step = 'parse';
    const parsed = parseRequest(request.requestDer);

    // 2. authenticate
    progress.step = 'authenticate';
    const { credential, asked } = await this.#presented.judge(presented, request, endpoint, parsed, log.id);
    const question = questionOf(credential, endpoint, parsed);
    try {
      const dossier = await registry.findDossier(question);
      const caller = await authenticate(credential, endpoint, dossier, registry, now, log);
      log.requestDer = keptRequest(request, parsed);
      if (caller.kind === 'certificate') await this.#noteUse(caller.certificate, endpoint, request, log.id);

      // 3. authorize
      progress.step = 'authorize';
      const judged = { request, parsed, endpoint, issuer, caller, question, dossier };
      const enrollment = await authorize(judged, now, log);
      const answer = await this.#answerOnce(enrollment, judged, request, now, log, progress);
      if (answer.kind === 'issued') {
        this.#presented.report(asked, { kind: 'issued', certificate: answer.certificate }, log.id);
      }
      // 9. respond: the protocol's part
      return answer;
    } catch (error) {
      if (error instanceof CaError) this.#presented.report(asked, { kind: 'refused', error }, log.id);
      throw error;
    }
  }

  /**
   * Two calls with the same request at the same time on this node share one answer.
   * @param request undefined: it was approved, and is not put before an administrator again
   */
  async #answerOnce(
    enrollment: AuthorizedEnrollment,
    judged: EnrollmentCase,
    request: EnrollmentRequest | undefined,
    now: Date,
    log: AttemptLog,
    progress: Progress,
  ): Promise<Answer> {
    const { registry } = this.#dependencies;
    const inFlight = isStranger(log) ? this.#inFlightOfStrangers : this.#inFlight;
    const { answer, shared } = await inFlight.run(enrollment.requestDigest, () =>
      this.#answer(enrollment, judged, request, now, log, progress),
    );
    if (shared) {
      log.note('respond', 'answered together with the same request that came at the same time');
      if (answer.kind === 'pending') {
        log.withheld = answer.withheld;
        await this.#recordPending(log);
      } else if (log.isKept()) await registry.recordAttempt(log.issued(answer.certificate.id));
    }
    return answer;
  }

  async #answer(
    enrollment: AuthorizedEnrollment,
    { endpoint, caller, dossier }: EnrollmentCase,
    request: EnrollmentRequest | undefined,
    now: Date,
    log: AttemptLog,
    progress: Progress,
  ): Promise<Answer> {
    const { issuance } = this.#dependencies;
    const quietly = <T>(work: () => T | Promise<T>) => this.#quietly(enrollment.profile, log, progress, work);
    // A retry of the same request by the same caller gets the certificate of the first time.
    const { outcome } = dossier;
    const earlier = await quietly(() => issuance.resume(outcome, enrollment.issuer, enrollment.guard, log));
    if (earlier !== undefined) return { kind: 'issued', certificate: earlier };
    await quietly(() => checkFirstAnswer(caller, enrollment, dossier, now, log));
    const { approval } = dossier;
    if (approval !== undefined && stillWaits(approval, rulesOf(enrollment), now, log)) return this.#wait(log);

    // 4 and 5. prepare, lint; also for a stranger who will wait in any case: the time that it takes tells nothing either
    const guard = { ...enrollment.guard, approvedRequestId: approval?.id };
    const linted = await quietly(() => this.#prepare({ ...enrollment, guard }, now, log, progress));
    const waiting = approval === undefined ? waitingCaller(endpoint, caller) : undefined;
    if (waiting !== undefined) {
      // What nobody has said yes to is not issued for want of a no.
      if (request === undefined) throw transactionUnknown();
      return this.#putBefore(waiting, enrollment, request, now, log, progress);
    }
    if (linted === undefined || log.withheld !== undefined) return this.#wait(log);

    // 6 to 8. record the intent, sign, record the certificate
    progress.step = 'recordIntent';
    const certificate = await quietly(() => issuance.issue(linted, log));
    return certificate === undefined ? this.#wait(log) : { kind: 'issued', certificate };
  }

  /** Undefined as well when it is refused with what a stranger is not told: that is on the log then. */
  async #quietly<T>(
    profile: Profile,
    log: AttemptLog,
    progress: Progress,
    work: () => T | Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isStranger(log) || !tellsOfDevice(error, progress.step, profile)) throw error;
      log.withhold(progress.step, error);
      return undefined;
    }
  }

  #prepare(enrollment: AuthorizedEnrollment, now: Date, log: AttemptLog, progress: Progress): LintedCertificate {
    progress.step = 'prepare';
    const prepared = this.#dependencies.preparer.prepare(enrollment, now, log);
    progress.step = 'lint';
    return lintCertificate(prepared, log);
  }

  /** The request itself is on record once; strangers who ask again and again are not written down for ever. */
  async #wait(log: AttemptLog): Promise<Answer> {
    if (log.withheld === undefined) log.note('authorize', 'the request waits for an administrator');
    await this.#recordPending(log);
    return { kind: 'pending', withheld: log.withheld };
  }

  async #recordPending(log: AttemptLog): Promise<void> {
    if (!log.isKept()) return;
    log.asked = log.requestDer && askedNames(log.requestDer);
    log.requestDer = undefined;
    await this.#dependencies.registry.recordAttempt(log.pending());
  }

  get #pending(): PendingRegistry {
    const { pending } = this.#dependencies;
    if (pending === undefined) throw new CaError('notReady', 'This service puts no request before an administrator.');
    return pending;
  }

  /** Only what would be issued is put before an administrator, and what a stranger is not told that it would not. */
  async #putBefore(
    caller: PendingCaller,
    enrollment: AuthorizedEnrollment,
    request: EnrollmentRequest,
    now: Date,
    log: AttemptLog,
    progress: Progress,
  ): Promise<Answer> {
    const { randomBytes } = this.#dependencies;
    const { requestDigest, publicKeySha256, deviceId } = enrollment;
    progress.step = 'authorize';
    log.note('authorize', 'the request is put before the administrators');
    const { protocol, operation, endpointLabel, transactionId, requestDer, remoteAddress } = request;
    const result = await this.#pending.recordPending(
      {
        id: uuidV7(now, randomBytes),
        protocol,
        operation,
        endpointLabel,
        transactionId,
        requestDer: log.requestDer ?? requestDer,
        requestDigest,
        publicKeySha256,
        deviceId,
        caller,
        remoteAddress,
        attemptId: log.id,
        requestedAt: now,
        expiresAt: pendingUntil(now),
        state: 'pending',
        approvedFor: undefined,
        decidedAt: undefined,
        decidedBy: undefined,
        reason: undefined,
      },
      log.pending(),
      pendingLimits,
    );
    switch (result.kind) {
      case 'recorded':
        return { kind: 'pending', withheld: log.withheld };
      case 'duplicate':
        // The same request came to another node at the same time, or was decided a moment ago: the client asks again.
        stillWaits(result.approval, rulesOf(enrollment), now, log);
        await this.#recordPending(log);
        return { kind: 'pending', withheld: log.withheld };
      case 'secretSpent':
        throw secretSpent();
      case 'tooMany':
        throw new CaError(
          'tooManyPending',
          'Too many requests wait for an administrator at this endpoint already. Try again later.',
          { retryAfterSeconds },
        );
    }
  }

  /** From step 3 on, with the caller that was proven when the request was put before the administrators. */
  async #carryOn(waiting: PendingRequest, log: AttemptLog, progress: Progress): Promise<Answer> {
    const { catalog, registry, gate } = this.#dependencies;
    const now = gate.now();
    const endpoint = catalog.getEndpoint(waiting.protocol, waiting.endpointLabel);
    const issuer = catalog.getIssuer(endpoint.authorityId);
    log.profile = endpoint.profile;
    log.deviceId = waiting.deviceId;
    log.requestDer = waiting.requestDer;
    progress.step = 'authorize';
    const parsed = parseRequest(waiting.requestDer);
    const question = {
      credential:
        waiting.caller.kind === 'secret'
          ? ({ kind: 'secret', id: waiting.caller.secretId, remoteAddress: waiting.remoteAddress } as const)
          : undefined,
      publicKeySha256: waiting.publicKeySha256,
      deviceId: waiting.deviceId,
      requestDigest: waiting.requestDigest,
    };
    const dossier = await registry.findDossier(question);
    // It was there a moment ago: what is too old to be kept is gone.
    const { approval, outcome } = dossier;
    if (approval === undefined && (outcome.certificate ?? outcome.intent) === undefined) throw transactionUnknown();
    const caller = callerOf(waiting.caller, dossier.secret, log);
    const request = { kind: 'enrollment', channelBinding: undefined, possessionIsProven: true } as const;
    const judged = { request, parsed, endpoint, issuer, caller, question, dossier };
    const enrollment = await authorize(judged, now, log);
    return this.#answerOnce(enrollment, judged, undefined, now, log, progress);
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
    const outcome = await this.#refuse(this.#openLog(refusal, undefined), 'parse', refusal.error, undefined);
    return outcome.attemptId;
  }

  async #refuse(
    log: AttemptLog,
    step: AttemptStep['step'],
    error: unknown,
    sentDer: Uint8Array | undefined,
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
    // Past the limit the log of the service is the only record.
    if (!log.isKept()) return { kind: 'refused', attemptId: log.id, error: refusal };
    // Which box it was is read for the record alone: who is issued a certificate does not wait for it.
    if (log.requestDer === undefined) log.asked = sentDer && askedNames(sentDer);
    const attempt = log.refused(step, refusal);
    // The registry is away: the refusal stands, and the log keeps what the registry could not.
    const recorded = registry.recordAttempt(attempt).catch((failure: unknown) => onFailure(failure, log.id));
    if (refusal.code !== 'registryUnavailable') await recorded;
    return { kind: 'refused', attemptId: log.id, error: refusal };
  }
}

function transactionUnknown(): CaError {
  return new CaError(
    'transactionUnknown',
    'No request waits under this transaction with this key. Send the request itself again.',
  );
}

function rulesOf({ issuer, profile }: AuthorizedEnrollment): ApprovedRules {
  return { authorityId: issuer.authority.id, profileName: profile.name, profileVersion: profile.version };
}
