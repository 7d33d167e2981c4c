/** The tasks of the job queue that work off what administrators confirmed. */
import type { BulkRevocation, Clock, JobStep } from '@touchmark/ca';
import type { Registry } from '@touchmark/store';
import { z } from 'zod';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

export interface JobTaskDependencies {
  readonly bulk: BulkRevocation;
  readonly registry: Pick<Registry, 'revocationJobs' | 'succession'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Between two steps a job is left to another node, or to the next start. */
  readonly stopping: AbortSignal;
}

const Payload = z.object({ jobId: z.string() });

export function createJobTasks(
  dependencies: JobTaskDependencies,
): Readonly<Record<string, (payload: unknown) => Promise<void>>> {
  return {
    revocationJob: async (payload) => work(dependencies, Payload.parse(payload).jobId),
    resumeJobs: () => resumeJobs(dependencies),
    revokeSuperseded: () => revokeSuperseded(dependencies),
  };
}

/** Every job that is not finished: whoever had it may have been killed, and its place in the queue with it. */
async function resumeJobs(dependencies: JobTaskDependencies): Promise<void> {
  for (const id of await dependencies.registry.revocationJobs.listUnfinishedJobs()) {
    if (!dependencies.stopping.aborted) await work(dependencies, id);
  }
}

/** The older certificates of devices that have newer ones, as far as their time has come. */
async function revokeSuperseded({ registry, clock, metrics, stopping }: JobTaskDependencies): Promise<void> {
  while (!stopping.aborted) {
    const step = await registry.succession.revokeSuperseded(clock.now());
    if (step.kind === 'idle') return;
    metrics.revocation('superseded', step.count);
  }
}

async function work({ bulk, metrics, logger, stopping }: JobTaskDependencies, jobId: string): Promise<void> {
  const onStep = (step: JobStep): void => {
    switch (step.kind) {
      case 'worked':
        metrics.jobStep(step);
        return;
      case 'finished': {
        const { total, changed } = step.job;
        logger.info({ event: 'job.succeeded', jobId, total, changed }, 'a job is through');
        return;
      }
      case 'idle':
        return;
    }
  };
  try {
    await bulk.work(jobId, stopping, onStep);
  } catch (error) {
    logger.error({ event: 'job.failed', jobId, error }, 'a job did not go on');
    throw error;
  }
}

/** When the queue runs them by itself (UTC). */
export const jobCrontab = ['* * * * * resumeJobs', '* * * * * revokeSuperseded'].join('\n');
