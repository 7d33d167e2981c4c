/** Jobs as the administration interface asks for them. */
import { randomBytes } from 'node:crypto';
import type { Act, JobServices } from '@touchmark/admin-api';
import { BulkRevocation } from '@touchmark/ca';
import type { Clock } from '@touchmark/ca';
import type { Registry } from '@touchmark/store';
import type { ConcurrencyLimit } from './concurrency-limit.ts';

export interface AdminJobsDependencies {
  readonly registry: Pick<Registry, 'revocationJobs'>;
  readonly clock: Clock;
  readonly previews: ConcurrencyLimit;
}

export function createAdminJobs({ registry, clock, previews }: AdminJobsDependencies): JobServices {
  const { revocationJobs } = registry;
  const bulk = createBulkRevocation(registry, clock);
  const originOf = ({ principal, remoteAddress, correlationId }: Act) => ({
    principal: principal.name,
    remoteAddress,
    correlationId,
  });

  return {
    previewRevocation: (selection) => previews.run(() => bulk.preview(selection)),
    startRevocation: ({ idempotencyKey, ...request }, act) =>
      bulk.start({
        ...request,
        ...originOf(act),
        idempotencyKey: idempotencyKey && JSON.stringify([act.principal.name, idempotencyKey]),
      }),
    listJobs: ({ states }, page) => revocationJobs.listJobs(states, page),
    getJob: (id) => bulk.get(id),
    cancelJob: (id, act) => bulk.cancel(id, originOf(act)),
  };
}

export function createBulkRevocation(registry: Pick<Registry, 'revocationJobs'>, clock: Clock): BulkRevocation {
  return new BulkRevocation({ registry: registry.revocationJobs, clock, randomBytes: (length) => randomBytes(length) });
}
