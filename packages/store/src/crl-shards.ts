/** Notes that a shard's CRL is out of date, and has it published: in the transaction of whatever changed. */
import type pg from 'pg';

/** The task of the job queue; its payload is `{ authorityId, shard }`. */
export const publishCrlTask = 'publishCrl';

/**
 * Revocations of the next two seconds share one CRL: the job keeps its time when it is asked for again before it runs.
 *
 * @param client inside a transaction
 */
export async function markShardChanged(client: pg.ClientBase, authorityId: string, shard: number): Promise<void> {
  await client.query(
    `INSERT INTO crl_shard (authority_id, shard, changes, dirty_since) VALUES ($1, $2, 1, now())
     ON CONFLICT (authority_id, shard) DO UPDATE
     SET changes = crl_shard.changes + 1, dirty_since = coalesce(crl_shard.dirty_since, now())`,
    [authorityId, shard],
  );
  await client.query(
    `SELECT graphile_worker.add_job($1, $2::json, job_key => $3, run_at => now() + interval '2 seconds',
       job_key_mode => 'preserve_run_at')`,
    [publishCrlTask, JSON.stringify({ authorityId, shard }), `crl:${authorityId}:${shard}`],
  );
}
