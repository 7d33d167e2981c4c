/** Collects what happens during one attempt, so that every outcome leaves the same record. */
import type { AskedNames } from './asked-names.ts';
import type { CaError } from './errors.ts';
import type { AttemptStep, EnrollmentAttempt } from './model.ts';
import type { Clock } from './ports.ts';

type AttemptContext = Pick<
  EnrollmentAttempt,
  'id' | 'protocol' | 'operation' | 'endpointLabel' | 'remoteAddress' | 'principal'
> &
  Partial<Pick<EnrollmentAttempt, 'transactionId'>>;

export class AttemptLog {
  readonly id: string;
  deviceId: string | undefined;
  secretId: string | undefined;
  /** The certificate that was presented, once it is found in the registry. */
  callerCertificateId: string | undefined;
  /** By which the request is judged. */
  profile: EnrollmentAttempt['profile'];
  /**
   * Kept with the attempt once the caller is known and it was read as a request: strangers must not fill the registry, and
   * what somebody sends by mistake may be a private key.
   */
  requestDer: Uint8Array | undefined;
  /** Its names, where the request itself is not kept. */
  asked: AskedNames | undefined;
  /** For which it would be refused, had its caller proven anything; it is told to wait. */
  withheld: CaError | undefined;
  /** Asked once. Undefined: it is, whatever it is. */
  keeps: (() => boolean) | undefined;
  /** Who acts, for the audit event: known after step 2. */
  actor = 'unauthenticated';
  readonly #context: AttemptContext;
  readonly #startedAt: Date;
  readonly #startedMicroseconds: number;
  readonly #steps: AttemptStep[] = [];

  constructor(context: AttemptContext, clock: Clock) {
    this.id = context.id;
    this.#context = context;
    this.#startedAt = clock.now();
    this.#startedMicroseconds = performance.now() * 1000;
  }

  get remoteAddress(): string | undefined {
    return this.#context.remoteAddress;
  }

  get startedAt(): Date {
    return this.#startedAt;
  }

  get protocol(): EnrollmentAttempt['protocol'] {
    return this.#context.protocol;
  }

  /** A condition of a step. A dry run notes what came of it and goes on, so that all of them are judged. */
  judge(_step: AttemptStep['step'], _rule: string, check: () => void): void {
    check();
  }

  /** What the rules that follow need: without it none of them can be judged, in a dry run neither. */
  establish<T>(_step: AttemptStep['step'], _rule: string, find: () => T): T {
    return find();
  }

  /** As `establish`, for what is found out elsewhere. */
  establishLater<T>(_step: AttemptStep['step'], _rule: string, find: () => Promise<T>): Promise<T> {
    return find();
  }

  note(step: AttemptStep['step'], note: string): void {
    this.#steps.push({ step, note });
  }

  warn(step: AttemptStep['step'], note: string): void {
    this.#steps.push({ step, note, warning: true });
  }

  /** A refusal that is on record alone. */
  withhold(step: AttemptStep['step'], error: CaError): void {
    this.withheld ??= error;
    this.warn(step, `not told to a caller that has proven nothing: ${error.message} (${error.code})`);
  }

  issued(certificateId: string): EnrollmentAttempt {
    return this.#finish({ outcome: 'issued', code: undefined, message: undefined, certificateId });
  }

  pending(): EnrollmentAttempt {
    const { code, message } = this.withheld ?? {};
    return this.#finish({ outcome: 'pending', code, message, certificateId: undefined });
  }

  refused(step: AttemptStep['step'], error: CaError): EnrollmentAttempt {
    this.note(step, error.message);
    const ours = error.code === 'internal' || error.code === 'registryUnavailable' || error.code === 'notReady';
    return this.#finish({
      outcome: ours ? 'failed' : 'refused',
      code: error.code,
      message: error.message,
      certificateId: undefined,
    });
  }

  /** Whether it is to be on record: the registry is not for strangers to fill. */
  isKept(): boolean {
    return this.keeps?.() ?? true;
  }

  #finish(result: Pick<EnrollmentAttempt, 'outcome' | 'code' | 'message' | 'certificateId'>): EnrollmentAttempt {
    return {
      ...this.#context,
      transactionId: this.#context.transactionId,
      ...result,
      at: this.#startedAt,
      steps: this.#steps,
      deviceId: this.deviceId,
      secretId: this.secretId,
      callerCertificateId: this.callerCertificateId,
      profile: this.profile,
      requestDer: this.requestDer,
      asked: this.asked,
      durationMicroseconds: Math.round(performance.now() * 1000 - this.#startedMicroseconds),
    };
  }
}
