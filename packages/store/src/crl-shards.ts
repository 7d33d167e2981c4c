/** Notes that a shard's CRL is out of date, and has it published: in the transaction of whatever changed. */
import type pg from 'pg';

/** The task of the job queue; its payload is `{ authorityId, shard }`. */
export const publishCrlTask = 'publishCrl';

export interface ShardChanges {
  readonly authorityId: string;
  readonly shard: number;
  readonly changes: number;
}

/**
 * What many revocations share one CRL: of single ones those of the next two seconds; of a job that goes on, more. What somebody
 * waits for, as for the first one of a new authority, is shared with nothing.
 */
const delaySeconds = { now: 0, single: 2, underWay: 10 } as const;

/** @param client inside a transaction */
export function markShardChanged(
  client: pg.ClientBase,
  authorityId: string,
  shard: number,
  pace: keyof typeof delaySeconds = 'single',
): Promise<void> {
  return markShardsChanged(client, [{ authorityId, shard, changes: 1 }], pace);
}

/**
 * The job of a shard keeps its time when it is asked for again before it runs, unless that is now.
 *
 * @param client inside a transaction
 */
export async function markShardsChanged(
  client: pg.ClientBase,
  changed: readonly ShardChanges[],
  pace: keyof typeof delaySeconds,
): Promise<void> {
  const values = [
    changed.map(({ authorityId }) => authorityId),
    changed.map(({ shard }) => shard),
    changed.map(({ changes }) => changes),
  ];
  await client.query(
    `INSERT INTO crl_shard (authority_id, shard, changes, dirty_since)
     SELECT authority_id, shard, changes, now()
     FROM unnest($1::uuid[], $2::smallint[], $3::bigint[]) AS changed(authority_id, shard, changes)
     ORDER BY authority_id, shard
     ON CONFLICT (authority_id, shard) DO UPDATE
     SET changes = crl_shard.changes + excluded.changes, dirty_since = coalesce(crl_shard.dirty_since, now())`,
    values,
  );
  const jobs = changed.map(({ authorityId, shard }) => ({
    payload: JSON.stringify({ authorityId, shard }),
    key: `crl:${authorityId}:${shard}`,
  }));
  await client.query(
    `SELECT graphile_worker.add_job($1, payload::json, job_key => key, run_at => now() + $4 * interval '1 second',
       job_key_mode => $5)
     FROM (SELECT * FROM unnest($2::text[], $3::text[]) AS due(payload, key) ORDER BY key) AS ordered`,
    [
      publishCrlTask,
      jobs.map(({ payload }) => payload),
      jobs.map(({ key }) => key),
      delaySeconds[pace],
      pace === 'now' ? 'replace' : 'preserve_run_at',
    ],
  );
}
