/** The role `worker`: CRLs are published, and what is done with is cleared away. */
import { createCrlPublisher } from '@touchmark/crl';
import { lintTbsCertList } from '@touchmark/lint';
import { startWorker } from '@touchmark/store';
import type { Worker } from '@touchmark/store';
import type { Core } from '../core.ts';
import type { Metrics } from '../metrics.ts';
import { crontab, createTasks, publishDueCrls } from '../worker-tasks.ts';

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
  return startWorker({
    pool: registry.pool,
    tasks: createTasks(dependencies),
    crontab,
    log: (level, message) => logger[level === 'warning' ? 'warn' : level]({ event: 'worker' }, message),
  });
}
