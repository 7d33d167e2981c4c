/** The tasks of the job queue in PostgreSQL: publishing CRLs, pruning what is done with. */
import { CaError } from '@touchmark/ca';
import type { Catalog, Clock, CrlRegistry } from '@touchmark/ca';
import { isDue } from '@touchmark/crl';
import type { CrlPublisher } from '@touchmark/crl';
import type { AdminRegistry } from '@touchmark/store';
import { z } from 'zod';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

export interface WorkerDependencies {
  readonly catalog: Catalog;
  readonly crls: CrlRegistry;
  readonly publisher: CrlPublisher;
  readonly admin: Pick<AdminRegistry, 'pruneIntents' | 'pruneCrls'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

const PublishCrl = z.object({ authorityId: z.string(), shard: z.int() });
const hour = 3_600_000;

/** The tasks by name, as the queue calls them; a task that throws is tried again with growing delays. */
export function createTasks(dependencies: WorkerDependencies): Record<string, (payload: unknown) => Promise<void>> {
  const { admin, clock, logger } = dependencies;
  return {
    publishCrl: async (payload) => {
      const { authorityId, shard } = PublishCrl.parse(payload);
      await publishCrl(dependencies, authorityId, shard);
    },
    refreshCrls: async () => publishDueCrls(dependencies),
    prune: async () => {
      const intents = await admin.pruneIntents(new Date(clock.now().getTime() - hour));
      const crls = await admin.pruneCrls(new Date(clock.now().getTime() - 24 * hour));
      logger.info({ event: 'registry.pruned', intents, crls }, 'completed intents and superseded CRLs cleared away');
    },
  };
}

/** Every shard whose CRL is a day old or missing. */
export async function publishDueCrls(dependencies: WorkerDependencies): Promise<void> {
  const { catalog, crls, clock, metrics } = dependencies;
  for (const { authority } of catalog.issuers) {
    for (let shard = 0; shard < authority.crlShards; shard++) {
      const latest = await crls.findLatest(authority.id, shard);
      if (isDue(latest, clock.now())) await publishCrl(dependencies, authority.id, shard);
      else if (latest !== undefined) metrics.crlPublished({ authority: authority.name, ...latest });
    }
  }
}

async function publishCrl(dependencies: WorkerDependencies, authorityId: string, shard: number): Promise<void> {
  const { catalog, publisher, metrics, logger } = dependencies;
  const { authority } = catalog.getIssuer(authorityId);
  try {
    const crl = await publisher.publish(authority, shard);
    metrics.crlPublished({ authority: authority.name, ...crl });
    logger.info(
      { event: 'crl.published', authority: authority.name, shard, number: String(crl.number), entries: crl.entryCount },
      'CRL published',
    );
  } catch (error) {
    const code = error instanceof CaError ? error.code : 'internal';
    logger.error({ event: 'crl.failed', authority: authority.name, shard, code, error }, 'CRL not published');
    throw error;
  }
}

/** When the queue runs them by itself (UTC). */
export const crontab = ['*/10 * * * * refreshCrls', '7 * * * * prune'].join('\n');
