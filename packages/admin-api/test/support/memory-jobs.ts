/** Revocations of many certificates, in memory: a job stays queued until it is cancelled. */
import { randomUUID } from 'node:crypto';
import { CaError, describeSelection } from '@touchmark/ca';
import type { CertificateSelection, JobState, RevocationJob, RevocationPreview } from '@touchmark/ca';
import type { Act, BulkRevocationRequest, JobServices, Page, PageRequest } from '../../src/index.ts';
import { MemoryCertificates } from './memory-certificates.ts';
import { paginate, present } from './memory-pages.ts';

export class MemoryJobs extends MemoryCertificates implements JobServices {
  readonly jobs: RevocationJob[] = [];
  /** Ids, by principal and key. */
  readonly #idempotent = new Map<string, string>();

  async previewRevocation(selection: CertificateSelection): Promise<RevocationPreview> {
    const found = this.select(selection);
    return {
      total: found.length,
      byStatus: { active: found.length },
      byProfile: [],
      byAuthority: [],
      devices: 0,
      strandedDevices: 0,
      strandedExamples: [],
      protected: 0,
    };
  }

  async startRevocation(request: BulkRevocationRequest, act: Act): Promise<RevocationJob> {
    const key = `${act.principal.name} job ${request.idempotencyKey ?? randomUUID()}`;
    const earlier = this.jobs.find(({ id }) => id === this.#idempotent.get(key));
    if (earlier !== undefined) return earlier;
    const found = this.select(request.selection);
    if (request.expectedTotal !== undefined && request.expectedTotal !== found.length) {
      throw new CaError('conflict', `The selection has ${found.length} certificates now.`);
    }
    const job: RevocationJob = {
      id: randomUUID(),
      state: 'queued',
      createdAt: new Date(),
      startedAt: undefined,
      finishedAt: undefined,
      total: found.length,
      done: 0,
      changed: 0,
      requestedBy: act.principal.name,
      remoteAddress: act.remoteAddress,
      reason: request.reason,
      invalidityDate: request.invalidityDate,
      selection: describeSelection(request.selection),
      failure: undefined,
    };
    this.jobs.unshift(job);
    this.#idempotent.set(key, job.id);
    this.acts.push({ action: 'startRevocation', act });
    return job;
  }

  async listJobs(
    { states }: { readonly states: readonly JobState[] },
    page: PageRequest,
  ): Promise<Page<RevocationJob>> {
    return paginate(
      this.jobs.filter(({ state }) => states.length === 0 || states.includes(state)),
      page,
    );
  }

  async getJob(id: string): Promise<RevocationJob> {
    return present(
      this.jobs.find((job) => job.id === id),
      'job',
    );
  }

  async cancelJob(id: string, act: Act): Promise<RevocationJob> {
    const found = await this.getJob(id);
    const job: RevocationJob = { ...found, state: 'cancelled', finishedAt: new Date() };
    this.jobs[this.jobs.indexOf(found)] = job;
    this.acts.push({ action: 'cancelJob', act });
    return job;
  }
}
