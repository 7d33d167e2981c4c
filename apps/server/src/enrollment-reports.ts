/** What is counted and logged of every enrollment, whatever the protocol. */
import type { Catalog, EarlyRefusal, EnrollmentOutcome, EnrollmentRequest, PollRequest } from '@touchmark/ca';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

export class EnrollmentReports {
  readonly #catalog: Catalog;
  readonly #metrics: Metrics;
  readonly #logger: Logger;

  constructor(dependencies: { readonly catalog: Catalog; readonly metrics: Metrics; readonly logger: Logger }) {
    this.#catalog = dependencies.catalog;
    this.#metrics = dependencies.metrics;
    this.#logger = dependencies.logger;
  }

  async of<Request extends EnrollmentRequest | PollRequest>(
    request: Request,
    enroll: (request: Request) => Promise<EnrollmentOutcome>,
  ): Promise<EnrollmentOutcome> {
    const startedAt = performance.now();
    const outcome = await enroll(request);
    this.#report(request, outcome, startedAt);
    return outcome;
  }

  async ofRefusal(refusal: EarlyRefusal, record: (refusal: EarlyRefusal) => Promise<string>): Promise<string> {
    const startedAt = performance.now();
    const attemptId = await record(refusal);
    this.#report(refusal, { kind: 'refused', attemptId, error: refusal.error }, startedAt);
    return attemptId;
  }

  /** A label that does not exist is counted as "unknown": what clients invent must not become label values. */
  #report(
    { requestId, protocol, operation, endpointLabel, remoteAddress }: EnrollmentRequest | PollRequest | EarlyRefusal,
    outcome: EnrollmentOutcome,
    startedAt: number,
  ): void {
    const seconds = (performance.now() - startedAt) / 1000;
    const known = this.#catalog.endpoints.find(({ label }) => label === endpointLabel);
    const code = outcome.kind === 'refused' ? outcome.error.code : '';
    const endpoint = known?.label ?? 'unknown';
    this.#metrics.enrollment({ protocol, operation, endpoint, outcome: outcome.kind, code }, seconds);
    this.#logger.info(
      {
        event: `enrollment.${outcome.kind}`,
        requestId,
        attemptId: outcome.attemptId,
        protocol,
        operation,
        endpoint,
        remoteAddress,
        code: code === '' ? undefined : code,
        durationMicroseconds: Math.round(seconds * 1e6),
      },
      outcome.kind === 'refused' ? outcome.error.message : outcome.kind,
    );
  }
}
