/** The role `worker`: CRLs are published, and what is done with is cleared away. */
import { createCrlPublisher } from '@touchmark/crl';
import { lintTbsCertList } from '@touchmark/lint';
import { requestResume, startWorker } from '@touchmark/store';
import type { JobLog, Worker } from '@touchmark/store';
import { createBulkRevocation } from '../admin-jobs.ts';
import type { Core } from '../core.ts';
import { createJobTasks, jobCrontab } from '../job-tasks.ts';
import type { Metrics } from '../metrics.ts';
import { crontab, createTasks, publishDueCrls } from '../worker-tasks.ts';

const queueLevels = { error: 'error', warning: 'warn', info: 'debug', debug: 'debug' } as const;

/** CRLs that are due are there when it resolves. */
export async function startWorkerRole(core: Core, metrics: Metrics): Promise<Worker> {
  const { registry, signers, gate, catalog, publicUrl, logger } = core;
  const publisher = createCrlPublisher({
    registry: registry.crl,
    signers,
    clock: gate,
    authorities: catalog,
    publicUrl,
    // Each entry was linted when it was made, at the revocation.
    lint: (tbsCertListDer) => lintTbsCertList(tbsCertListDer, { entriesAreLinted: true }),
  });
  const dependencies = { ...core, admin: registry.admin, publisher, metrics };
  await publishDueCrls(dependencies);
  // What the queue tells of every task that went well would fill the log of an idle service.
  const log: JobLog = (level, message) => logger[queueLevels[level]]({ event: 'worker' }, message);
  const worker = await startWorker({ pool: registry.pool, tasks: createTasks(dependencies), crontab, log });
  const jobs = await startJobWorker(core, metrics, log);
  return {
    async stop() {
      await Promise.all([worker.stop(), jobs.stop()]);
    },
  };
}

/** Jobs have a worker of their own: the longest of them keeps no CRL waiting. */
async function startJobWorker(core: Core, metrics: Metrics, log: JobLog): Promise<Worker> {
  const { registry, clock, logger } = core;
  const stopping = new AbortController();
  const bulk = createBulkRevocation(registry, clock);
  const tasks = createJobTasks({ bulk, registry, clock, metrics, logger, stopping: stopping.signal });
  const worker = await startWorker({ pool: registry.pool, tasks, crontab: jobCrontab, concurrency: 1, log });
  await requestResume(registry.pool);
  return {
    async stop() {
      stopping.abort();
      await worker.stop();
    },
  };
}
