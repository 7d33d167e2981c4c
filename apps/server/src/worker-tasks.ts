/** The tasks of the job queue in PostgreSQL: publishing CRLs, pruning what is done with. */
import { CaError } from '@touchmark/ca';
import type { Catalog, Clock } from '@touchmark/ca';
import { isDue } from '@touchmark/crl';
import type { CrlPublisher } from '@touchmark/crl';
import type { AdminRegistry } from '@touchmark/store';
import { z } from 'zod';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

export interface WorkerDependencies {
  readonly catalog: Catalog;
  readonly publisher: CrlPublisher;
  readonly admin: Pick<
    AdminRegistry,
    | 'listCrls'
    | 'pruneIntents'
    | 'pruneCrls'
    | 'pruneAttempts'
    | 'pruneSecretFailures'
    | 'prunePendingRequests'
    | 'countPendingRequests'
  >;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

const PublishCrl = z.object({ authorityId: z.string(), shard: z.int() });
const hour = 3_600_000;
/** Attempts that gave nothing are kept for 90 days. */
const keptAttemptsHours = 90 * 24;

/** The tasks by name, as the queue calls them; a task that throws is tried again with growing delays. */
export function createTasks(dependencies: WorkerDependencies): Record<string, (payload: unknown) => Promise<void>> {
  const { admin, clock, logger } = dependencies;
  return {
    publishCrl: async (payload) => {
      const { authorityId, shard } = PublishCrl.parse(payload);
      await publishCrl(dependencies, authorityId, shard);
    },
    refreshCrls: async () => publishDueCrls(dependencies),
    meterRequests: async () => {
      const counts = await admin.countPendingRequests(clock.now());
      for (const { label, approval } of dependencies.catalog.endpoints) {
        const isWatched = approval === 'manual' || counts.has(label);
        if (isWatched) dependencies.metrics.requestsWaiting(label, counts.get(label) ?? 0);
      }
    },
    prune: async () => {
      const intents = await admin.pruneIntents(new Date(clock.now().getTime() - hour));
      const crls = await admin.pruneCrls(new Date(clock.now().getTime() - 24 * hour));
      const longAgo = new Date(clock.now().getTime() - keptAttemptsHours * hour);
      let attempts = 0;
      for (const outcome of ['refused', 'failed', 'pending'] as const) {
        attempts += await admin.pruneAttempts(longAgo, outcome);
      }
      const requests = await admin.prunePendingRequests(longAgo);
      await admin.pruneSecretFailures(new Date(clock.now().getTime() - 24 * hour));
      logger.info(
        { event: 'registry.pruned', intents, crls, attempts, requests },
        'what is done with was cleared away',
      );
    },
  };
}

/**
 * Every shard whose CRL is missing, a day old, or lacks a revocation: a node that was killed while it published keeps the
 * job of that revocation locked for hours, and a job that failed waits longer each time.
 */
export async function publishDueCrls(dependencies: WorkerDependencies): Promise<void> {
  const { catalog, admin, clock, metrics } = dependencies;
  const failures: unknown[] = [];
  for (const { authority } of catalog.issuers) {
    const published = await admin.listCrls(authority.id);
    for (let shard = 0; shard < authority.crlShards; shard++) {
      const latest = published.find((crl) => crl.shard === shard);
      if (isDue(latest, authority, clock.now()) || isOverdue(latest, clock.now())) {
        await publishCrl(dependencies, authority.id, shard).catch((error: unknown) => failures.push(error));
      } else if (latest !== undefined) {
        metrics.crlPublished({ authority: authority.name, ...latest });
      }
    }
  }
  // An authority whose key is away does not keep the CRLs of the others.
  if (failures.length > 0) throw failures[0];
}

/** Longer than the job of a revocation takes. */
const overdueMilliseconds = 10_000;

function isOverdue(latest: { readonly dirtySince: Date | undefined } | undefined, now: Date): boolean {
  return latest?.dirtySince !== undefined && now.getTime() - latest.dirtySince.getTime() > overdueMilliseconds;
}

async function publishCrl(dependencies: WorkerDependencies, authorityId: string, shard: number): Promise<void> {
  const { catalog, publisher, metrics, logger } = dependencies;
  // Another node may have made or changed the authority a moment ago.
  await catalog.refresh();
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
export const crontab = ['* * * * * refreshCrls', '* * * * * meterRequests', '7 * * * * prune'].join('\n');
