/** The act of revoking many certificates: checked, fixed, and then worked off in steps that a crash cannot tear. */
import { describeSelection, selectionToRevoke } from './certificate-selection.ts';
import type { CertificateSelection } from './certificate-selection.ts';
import { CaError } from './errors.ts';
import { uuidV7 } from './ids.ts';
import type { AuditEvent, RevocationReason } from './model.ts';
import type { Clock, RandomBytes } from './ports.ts';
import type { JobStep, RevocationJob, RevocationJobRegistry, RevocationPreview } from './revocation-job.ts';
import { checkReason, revocationReasons } from './revocation-reasons.ts';
import { checkInvalidityDate } from './revocation.ts';
import type { RevocationOrigin } from './revocation.ts';

export interface BulkRevocationRequest extends RevocationOrigin {
  readonly selection: CertificateSelection;
  readonly reason: RevocationReason;
  readonly invalidityDate: Date | undefined;
  readonly expectedTotal: number | undefined;
  readonly idempotencyKey: string | undefined;
}

export interface BulkRevocationDependencies {
  readonly registry: RevocationJobRegistry;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}

export class BulkRevocation {
  readonly #dependencies: BulkRevocationDependencies;

  constructor(dependencies: BulkRevocationDependencies) {
    this.#dependencies = dependencies;
  }

  async preview(selection: CertificateSelection): Promise<RevocationPreview> {
    const { registry, clock } = this.#dependencies;
    return registry.preview(selectionToRevoke(selection), clock.now());
  }

  /**
   * The job is on record when it resolves, and begins soon after.
   *
   * @throws CaError `conflict` when the selection is no longer what was expected, or the idempotency key is of another act
   */
  async start(request: BulkRevocationRequest): Promise<RevocationJob> {
    const { registry, clock, randomBytes } = this.#dependencies;
    const now = clock.now();
    checkReason(request.reason, revocationReasons);
    checkInvalidityDate(request.invalidityDate, now);
    const selection = selectionToRevoke(request.selection);
    const { reason, invalidityDate, expectedTotal, idempotencyKey, principal, remoteAddress } = request;
    const id = uuidV7(now, randomBytes);
    const described = describeSelection(selection);
    const result = await registry.createJob(
      {
        ...{ id, createdAt: now, requestedBy: principal, remoteAddress, reason, invalidityDate },
        ...{ selection, expectedTotal, idempotencyKey },
      },
      this.#audit(request, 'job.created', id, { ...described, reason }),
    );
    switch (result.kind) {
      case 'created':
        return result.job;
      case 'known':
        checkSameAct(result.job, described, reason);
        return result.job;
      case 'changed':
        throw new CaError(
          'conflict',
          `The selection has ${result.total} certificates now, not the expected ${expectedTotal}. Look at the preview again, then decide.`,
        );
    }
  }

  async get(id: string): Promise<RevocationJob> {
    const job = await this.#dependencies.registry.findJob(id);
    if (job === undefined) throw noSuchJob();
    return job;
  }

  /** @throws CaError `conflict` for a job that ended otherwise before */
  async cancel(id: string, origin: RevocationOrigin): Promise<RevocationJob> {
    const job = await this.#dependencies.registry.cancelJob(id, this.#audit(origin, 'job.cancelled', id, {}));
    if (job === undefined) throw noSuchJob();
    if (job.state === 'cancelled') return job;
    throw new CaError('conflict', `The job has ${job.state} already; what it revoked stays revoked.`);
  }

  /** Works until the job has ended, another worker has it, or `stopping` says so. A failure that is no outage ends the job. */
  async work(id: string, stopping: AbortSignal, onStep: (step: JobStep) => void): Promise<void> {
    while (!stopping.aborted) {
      const step = await this.#step(id);
      onStep(step);
      if (step.kind !== 'worked') return;
    }
  }

  async #step(id: string): Promise<JobStep> {
    const { registry, clock } = this.#dependencies;
    try {
      return await registry.workOnJob(id, clock.now());
    } catch (error) {
      if (!(error instanceof CaError) || error.code === 'registryUnavailable') throw error;
      const system = { principal: 'system', remoteAddress: undefined, correlationId: id };
      await registry.failJob(id, error.message, this.#audit(system, 'job.failed', id, { code: error.code }));
      throw error;
    }
  }

  #audit(
    { principal, remoteAddress, correlationId }: RevocationOrigin,
    action: string,
    jobId: string,
    details: AuditEvent['details'],
  ): AuditEvent {
    return {
      at: this.#dependencies.clock.now(),
      actor: principal === 'system' ? principal : `principal:${principal}`,
      remoteAddress,
      action,
      subject: `job:${jobId}`,
      correlationId,
      details,
    };
  }
}

function checkSameAct(job: RevocationJob, selection: Readonly<Record<string, string>>, reason: RevocationReason): void {
  const sorted = (record: Readonly<Record<string, string>>): string => JSON.stringify(Object.entries(record).sort());
  if (job.reason === reason && sorted(job.selection) === sorted(selection)) return;
  throw new CaError('conflict', `The job ${job.id} was started with this Idempotency-Key, for another act.`);
}

function noSuchJob(): CaError {
  return new CaError('notFound', 'There is no such job.');
}
