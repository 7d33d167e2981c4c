/**
 * What would become of a request: steps 1 to 5 of the issuance cycle by the very functions that issue, with every rule judged,
 * and the guards of step 6 asked without a lock. A dry run has no signer, and a registry that it can only read.
 */
import { admitSecret, authenticateCertificate, credentialOf } from './authenticate.ts';
import type { Caller } from './authenticate.ts';
import { authorize, checkFirstAnswer, questionOf } from './authorize.ts';
import type { AuthorizedEnrollment } from './authorize.ts';
import type { Catalog } from './catalog.ts';
import type { Dossier } from './dossier.ts';
import { DryRunLog, DryRunStopped } from './dry-run-log.ts';
import type { Verdict } from './dry-run-log.ts';
import type { EnrollmentRequest } from './enrollment-request.ts';
import { newEnrollmentSecret } from './enrollment-secret.ts';
import { uuidV7 } from './ids.ts';
import { checkRepeatable, guardError } from './issuance.ts';
import { lintCertificate } from './lint-certificate.ts';
import type { AttemptStep, EnrollmentEndpoint, EnrollmentSecret, IssuanceGuard, IssuedCertificate } from './model.ts';
import { parseRequest } from './parse-request.ts';
import type { Clock, GuardFailure, IssuanceRegistry, RandomBytes } from './ports.ts';
import { CertificatePreparer } from './prepare.ts';
import { authorizeForPrincipal } from './principal-issuance.ts';
import type { PrincipalRequest } from './principal-issuance.ts';
import type { Profile } from './profile.ts';
import type { CaErrorCode } from './refusals/refusals.ts';
import type { SigningGate } from './signing-gate.ts';

/** Who is pretended to ask. */
export type PretendedCaller =
  /** A registered device with a fresh secret that is bound to it. */
  | { readonly kind: 'device'; readonly deviceId: string }
  /** Somebody with a fresh secret that is bound to no device. */
  | { readonly kind: 'newDevice' }
  /** Whoever has this secret, as it is now. */
  | { readonly kind: 'secret'; readonly secret: EnrollmentSecret }
  /** Whoever has the key of this certificate. */
  | { readonly kind: 'certificate'; readonly certificate: IssuedCertificate };

export interface EnrollmentQuestion {
  readonly endpoint: EnrollmentEndpoint;
  readonly operation: EnrollmentRequest['operation'];
  readonly kind: EnrollmentRequest['kind'];
  readonly caller: PretendedCaller;
  /** Of a request that was kept without its challenge: its signature verified when it came. */
  readonly possessionIsProven?: boolean | undefined;
  readonly requestDer: Uint8Array;
}

export type IssuanceQuestion = Omit<PrincipalRequest, 'idempotencyKey'>;

export interface Explanation {
  readonly outcome: 'issue' | 'repeat' | 'refuse';
  /** Of the first rule that refuses: what the caller would be told. */
  readonly code: CaErrorCode | undefined;
  readonly message: string | undefined;
  readonly profile: Profile;
  readonly authorityName: string;
  readonly deviceId: string | undefined;
  /** In the order in which they are judged. */
  readonly verdicts: readonly Verdict[];
  /** Whether all rules were judged: some have nothing to judge by when an earlier one refuses. */
  readonly complete: boolean;
  /** What the steps found, warnings among it. */
  readonly steps: readonly AttemptStep[];
  /** What would be signed, as far as it can be said: also when a rule refuses it. The serial number is drawn anew each time. */
  readonly tbsCertificateDer: Uint8Array | undefined;
  /** The same request was answered with this certificate before. */
  readonly earlierCertificateId: string | undefined;
}

/** What the guard of an issuance is asked about. */
export interface GuardQuestion {
  /** What an intent would be recorded under: nobody else's. */
  readonly id: string;
  readonly publicKeySha256: Uint8Array;
  readonly holderId: string | undefined;
  readonly profileName: string;
  readonly guard: IssuanceGuard;
  readonly at: Date;
}

/** The registry as a dry run needs it: it can only look. */
export interface DryRunRegistry extends Pick<IssuanceRegistry, 'findDossier'> {
  /** In the order of the questions; undefined where every guard holds. */
  findGuardFailures(questions: readonly GuardQuestion[]): Promise<readonly (GuardFailure | undefined)[]>;
}

export interface DryRunDependencies {
  readonly catalog: Catalog;
  readonly registry: DryRunRegistry;
  readonly gate: SigningGate;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly publicUrl: string;
}

/** In the place of the part of a secret that only its owner knows. */
const filler = 'a'.repeat(32);

export class DryRun {
  readonly #dependencies: DryRunDependencies;

  constructor(dependencies: DryRunDependencies) {
    this.#dependencies = dependencies;
  }

  /** As a device asks at an endpoint. */
  async explainEnrollment(question: EnrollmentQuestion): Promise<Explanation> {
    const { endpoint, operation } = question;
    const log = this.#openLog(
      { protocol: endpoint.protocol, operation, endpointLabel: endpoint.label, principal: undefined },
      new Map([['channelBinding', 'whether the request is bound to its TLS connection shows on that connection only']]),
    );
    const { authority } = this.#dependencies.catalog.getIssuer(endpoint.authorityId);
    return this.#run(log, endpoint.profile, authority.name, (run) => this.#enroll(question, log, run));
  }

  /** As a principal asks for a certificate of a profile. */
  async explainIssuance(question: IssuanceQuestion): Promise<Explanation> {
    const { protocol, principal, profile, authorityName, deviceId } = question;
    const log = this.#openLog({ protocol, operation: 'issue', endpointLabel: undefined, principal }, new Map());
    log.actor = `principal:${principal}`;
    log.deviceId = deviceId;
    return this.#run(log, profile, authorityName, async (run) => {
      const now = this.#now(log);
      const request = { ...question, idempotencyKey: undefined };
      const { enrollment } = await authorizeForPrincipal(request, this.#dependencies, now, log, {
        step: 'authorize',
      });
      await this.#finish(enrollment, enrollment.guard, now, log, run);
    });
  }

  #openLog(
    context: Omit<ConstructorParameters<typeof DryRunLog>[0], 'id' | 'remoteAddress'>,
    notJudged: ReadonlyMap<string, string>,
  ): DryRunLog {
    const { clock, randomBytes } = this.#dependencies;
    return new DryRunLog(
      { ...context, id: uuidV7(clock.now(), randomBytes), remoteAddress: undefined },
      clock,
      notJudged,
    );
  }

  async #run(
    log: DryRunLog,
    profile: Profile,
    authorityName: string,
    work: (run: Findings) => Promise<void>,
  ): Promise<Explanation> {
    const run: Findings = { tbsCertificateDer: undefined, earlierCertificateId: undefined };
    let complete = true;
    try {
      await work(run);
    } catch (error) {
      if (!(error instanceof DryRunStopped)) throw error;
      complete = false;
    }
    const refusal = log.verdicts.find(({ outcome }) => outcome === 'failed');
    return {
      outcome: refusal !== undefined ? 'refuse' : run.earlierCertificateId !== undefined ? 'repeat' : 'issue',
      code: refusal?.code,
      message: refusal?.message,
      profile,
      authorityName,
      deviceId: log.deviceId,
      verdicts: log.verdicts,
      complete,
      steps: log.steps,
      ...run,
    };
  }

  /** The time that a certificate would be made at; where none may be signed now, the clock has it. */
  #now(log: DryRunLog): Date {
    const { gate, clock } = this.#dependencies;
    let now = clock.now();
    log.judge('parse', 'readyToSign', () => {
      now = gate.now();
    });
    return now;
  }

  async #enroll(question: EnrollmentQuestion, log: DryRunLog, run: Findings): Promise<void> {
    const { catalog, registry } = this.#dependencies;
    const { endpoint, caller: pretended } = question;
    const now = this.#now(log);
    const issuer = catalog.getIssuer(endpoint.authorityId);
    const presented = present(pretended, endpoint, now, this.#dependencies.randomBytes);
    const request = enrollmentRequestOf(question, presented);
    const credential = log.establish('authenticate', 'credential', () => credentialOf(request, endpoint));
    const parsed = log.establish('parse', 'request', () => parseRequest(request.requestDer));
    if (credential.kind === 'challenge') throw new TypeError('A dry run presents no challenge.');
    const asked = questionOf(credential, endpoint, parsed);
    const about = pretended.kind === 'device' ? { ...asked, deviceId: pretended.deviceId } : asked;
    const dossier = await registry.findDossier(about);
    const caller = admit(presented, endpoint, dossier, now, log);
    const enrollment = await authorize(
      {
        request: { ...request, possessionIsProven: question.possessionIsProven },
        parsed,
        endpoint,
        issuer,
        caller,
        question: about,
        dossier,
      },
      now,
      log,
    );
    const earlier = dossier.outcome.certificate;
    if (earlier !== undefined) {
      run.earlierCertificateId = earlier.id;
      log.judge('respond', 'repeatedAnswer', () => checkRepeatable(earlier, now));
      return;
    }
    if (dossier.outcome.intent !== undefined) {
      log.note('recordIntent', `the same request is on record as intent ${dossier.outcome.intent.id}`);
      run.tbsCertificateDer = dossier.outcome.intent.tbsCertificateDer;
      return;
    }
    checkFirstAnswer(caller, enrollment, dossier, now, log);
    await this.#finish(enrollment, guardOf(enrollment, pretended), now, log, run);
  }

  /** Steps 4 and 5, and the guards of step 6. */
  async #finish(
    enrollment: AuthorizedEnrollment,
    guard: IssuanceGuard,
    now: Date,
    log: DryRunLog,
    run: Findings,
  ): Promise<void> {
    const { randomBytes, publicUrl } = this.#dependencies;
    // Of its own: rules that are only tried out must not stay behind among those that are issued by.
    const preparer = new CertificatePreparer(publicUrl, randomBytes);
    const prepared = log.establish('prepare', 'namesAndValidity', () => preparer.prepare(enrollment, now, log));
    run.tbsCertificateDer = prepared.tbsCertificateDer;
    log.judge('lint', 'lint', () => lintCertificate(prepared, log));
    await this.#judgeGuards(enrollment, guard, now, log);
  }

  /** Each guard by itself, so that one does not hide another. */
  async #judgeGuards(
    { publicKeySha256, deviceId, profile, issuer }: AuthorizedEnrollment,
    guard: IssuanceGuard,
    at: Date,
    log: DryRunLog,
  ): Promise<void> {
    const single = guardsOf(guard);
    const about = { id: log.id, publicKeySha256, holderId: deviceId, profileName: profile.name, at };
    const failures = await this.#dependencies.registry.findGuardFailures(
      single.map((each) => ({ ...about, guard: each.guard })),
    );
    for (const [index, { rule }] of single.entries()) {
      const found = failures[index];
      // The last asks for all that the ones before it ask for.
      const failure = failures.indexOf(found) === index ? found : undefined;
      log.judge('recordIntent', rule, () => {
        if (failure !== undefined) throw guardError(failure, deviceId, issuer);
      });
    }
  }
}

interface Findings {
  tbsCertificateDer: Uint8Array | undefined;
  earlierCertificateId: string | undefined;
}

const noGuard: IssuanceGuard = {
  spendSecretId: undefined,
  unrevokedCertificateId: undefined,
  deviceId: undefined,
  registration: 'none',
};

/** The guards of step 6, one by one; the key is held with each of them, and by itself with the first. */
function guardsOf(guard: IssuanceGuard): readonly { readonly rule: string; readonly guard: IssuanceGuard }[] {
  const { spendSecretId, unrevokedCertificateId, deviceId, registration, maxActiveCertificates } = guard;
  return [
    { rule: 'keyGuard', guard: noGuard },
    ...(spendSecretId === undefined ? [] : [{ rule: 'secretGuard', guard: { ...noGuard, spendSecretId } }]),
    ...(unrevokedCertificateId === undefined
      ? []
      : [{ rule: 'certificateGuard', guard: { ...noGuard, unrevokedCertificateId } }]),
    ...(deviceId === undefined ? [] : [{ rule: 'deviceGuard', guard: { ...noGuard, deviceId, registration } }]),
    // The certificate that is renewed does not count.
    ...(maxActiveCertificates === undefined
      ? []
      : [{ rule: 'certificateLimit', guard: { ...guard, spendSecretId: undefined, authorityInUse: undefined } }]),
  ];
}

/** A secret that is only pretended cannot be looked for when it is to be spent. */
function guardOf({ guard }: AuthorizedEnrollment, { kind }: PretendedCaller): IssuanceGuard {
  return kind === 'device' || kind === 'newDevice' ? { ...guard, spendSecretId: undefined } : guard;
}

/** What the pretended caller presents. */
type Presented =
  | { readonly kind: 'secret'; readonly secret: EnrollmentSecret }
  | { readonly kind: 'certificate'; readonly certificate: IssuedCertificate };

function present(
  caller: PretendedCaller,
  endpoint: EnrollmentEndpoint,
  now: Date,
  randomBytes: RandomBytes,
): Presented {
  const fresh = (deviceId: string | undefined): Presented => {
    const { id, secretSha256 } = newEnrollmentSecret(randomBytes);
    const expiresAt = new Date(now.getTime() + 60_000);
    const unused = { maxUses: 1, uses: 0, createdAt: now, expiresAt, revokedAt: undefined, lockedUntil: undefined };
    return { kind: 'secret', secret: { id, endpointLabel: endpoint.label, secretSha256, deviceId, ...unused } };
  };
  switch (caller.kind) {
    case 'certificate':
    case 'secret':
      return caller;
    case 'device':
      return fresh(caller.deviceId);
    case 'newDevice':
      return fresh(undefined);
  }
}

/** The request as the protocol would hand it over, with a credential that has the form of the real one. */
function enrollmentRequestOf(
  { endpoint, operation, kind, requestDer }: EnrollmentQuestion,
  presented: Presented,
): EnrollmentRequest {
  return {
    requestId: '',
    protocol: endpoint.protocol,
    operation,
    kind,
    endpointLabel: endpoint.label,
    credentials:
      presented.kind === 'certificate'
        ? { password: undefined, certificateDer: presented.certificate.certificateDer }
        : { password: { userName: '', value: `${presented.secret.id}-${filler}` }, certificateDer: undefined },
    requestDer,
    channelBinding: endpoint.protocol === 'est' ? { tlsUnique: undefined, tlsExporter: undefined } : undefined,
    remoteAddress: '',
    warnings: [],
  };
}

/** Step 2 without the proof: the caller is whoever is pretended. */
function admit(
  presented: Presented,
  endpoint: EnrollmentEndpoint,
  dossier: Dossier,
  now: Date,
  log: DryRunLog,
): Caller {
  switch (presented.kind) {
    case 'certificate': {
      const { fingerprintSha256 } = presented.certificate;
      return authenticateCertificate({ kind: 'certificate', fingerprintSha256 }, endpoint, dossier, now, log);
    }
    case 'secret':
      log.secretId = presented.secret.id;
      return admitSecret(presented.secret, '', endpoint, log);
  }
}
