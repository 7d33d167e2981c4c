/** The registry as jobs of revocation use it. */
import type {
  AuditEvent,
  CertificateSelection,
  CreateJobResult,
  JobState,
  JobStep,
  NewRevocationJob,
  RevocationJob,
  RevocationJobRegistry,
  RevocationPreview,
} from '@touchmark/ca';
import { describeSelection } from '@touchmark/ca';
import type pg from 'pg';
import { keyOfCursor, pageOf, rowsToRead, uuidForm } from './admin/page.ts';
import type { Page, PageRequest } from './admin/page.ts';
import { insertAuditEvents } from './audit-log.ts';
import { briefRead } from './brief-read.ts';
import { SqlParameters, protectedSql, selectionSql } from './certificate-selection.ts';
import { absent, reasonCode, reasonOfCode, storableText } from './convert.ts';
import { inTransaction, withConnection } from './retry.ts';
import { revokeCertificates } from './revocation-chunk.ts';
import { previewRevocation } from './revocation-preview.ts';

/** The tasks of the job queue: one job, with the payload `{ jobId }`; and every one that is not finished. */
const revocationJobTask = 'revocationJob';
const resumeJobsTask = 'resumeJobs';

/** Long enough for thousands a second, short enough that a renewal waits for no more than one of them. */
const certificatesPerChunk = 500;

interface JobRow {
  readonly id: string;
  readonly state: JobState;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly total: number;
  readonly done: number;
  readonly changed: number;
  readonly requestedBy: string;
  readonly remoteAddress: string | null;
  readonly reason: number;
  readonly invalidityDate: Date | null;
  readonly selection: Readonly<Record<string, string>>;
  readonly failure: string | null;
}

const columns = `id, state, created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt", total, done,
  changed, requested_by AS "requestedBy", remote_address AS "remoteAddress", reason, invalidity_date AS "invalidityDate",
  selection, failure`;

export class PostgresRevocationJobRegistry implements RevocationJobRegistry {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  preview(selection: CertificateSelection, now: Date): Promise<RevocationPreview> {
    return briefRead(this.#pool, (client) => previewRevocation(client, selection, now));
  }

  createJob(job: NewRevocationJob, audit: AuditEvent): Promise<CreateJobResult> {
    return inTransaction(this.#pool, async (client) => {
      const known = await insertJob(client, job);
      // A run whose answer was lost may have committed this very job.
      if (known !== undefined) return { kind: known.id === job.id ? 'created' : 'known', job: known };
      const total = await fixSet(client, job);
      if (job.expectedTotal !== undefined && total !== job.expectedTotal) {
        await client.query('ROLLBACK');
        return { kind: 'changed', total };
      }
      const created = await update(
        client,
        job.id,
        `total = $2, state = CASE WHEN $2::int = 0 THEN 'succeeded'::job_state ELSE 'queued' END,
         finished_at = CASE WHEN $2::int = 0 THEN created_at END`,
        [total],
      );
      await insertAuditEvents(client, [{ ...audit, details: { ...audit.details, total } }]);
      if (total > 0) await enqueue(client, job.id);
      return { kind: 'created', job: created };
    });
  }

  findJob(id: string): Promise<RevocationJob | undefined> {
    if (!uuidForm.test(id)) return Promise.resolve(undefined);
    return withConnection(this.#pool, async (client) => {
      const { rows } = await client.query<JobRow>(`SELECT ${columns} FROM revocation_job WHERE id = $1`, [id]);
      return rows[0] === undefined ? undefined : jobOf(rows[0]);
    });
  }

  async listJobs(states: readonly JobState[], page: PageRequest): Promise<Page<RevocationJob>> {
    const before = keyOfCursor(page, uuidForm);
    const limit = rowsToRead(page);
    const { rows } = await withConnection(this.#pool, (client) =>
      client.query<JobRow>(
        `SELECT ${columns} FROM revocation_job
         WHERE ($1::uuid IS NULL OR id < $1) AND (cardinality($2::job_state[]) = 0 OR state = ANY($2::job_state[]))
         ORDER BY id DESC LIMIT $3`,
        [before ?? null, states, limit],
      ),
    );
    return pageOf(rows, page, ({ id }) => id, jobOf);
  }

  cancelJob(id: string, audit: AuditEvent): Promise<RevocationJob | undefined> {
    return this.#end(id, 'cancelled', undefined, audit);
  }

  async failJob(id: string, failure: string, audit: AuditEvent): Promise<void> {
    await this.#end(id, 'failed', failure, audit);
  }

  async listUnfinishedJobs(): Promise<readonly string[]> {
    const { rows } = await withConnection(this.#pool, (client) =>
      client.query<{ id: string }>(`SELECT id FROM revocation_job WHERE finished_at IS NULL ORDER BY id`),
    );
    return rows.map(({ id }) => id);
  }

  /** One worker at a time has the job's row; one that died has lost it, one that stands still loses it. */
  workOnJob(id: string, now: Date): Promise<JobStep> {
    return inTransaction(this.#pool, async (client): Promise<JobStep> => {
      await client.query(`SET LOCAL idle_in_transaction_session_timeout = '30s'`);
      const { rows } = await client.query<JobRow>(
        `SELECT ${columns} FROM revocation_job WHERE id = $1 AND finished_at IS NULL FOR UPDATE SKIP LOCKED`,
        [id],
      );
      if (rows[0] === undefined) return { kind: 'idle' };
      const job = jobOf(rows[0]);
      const ids = await takeChunk(client, id);
      if (ids === undefined) {
        const finished = await update(client, id, `state = 'succeeded', finished_at = $2`, [now]);
        await insertAuditEvents(client, [finishedAudit(finished, now)]);
        return { kind: 'finished', job: finished };
      }
      const changed = await revokeCertificates(client, ids, revocationOf(job, now), auditOf(job, now));
      await update(
        client,
        id,
        `state = 'running', started_at = coalesce(started_at, $2), done = done + $3, changed = changed + $4`,
        [now, ids.length, changed],
      );
      const left = job.total - job.done - ids.length;
      return { kind: 'worked', done: ids.length, changed, left, reason: job.reason };
    });
  }

  #end(
    id: string,
    state: 'cancelled' | 'failed',
    failure: string | undefined,
    audit: AuditEvent,
  ): Promise<RevocationJob | undefined> {
    if (!uuidForm.test(id)) return Promise.resolve(undefined);
    return inTransaction(this.#pool, async (client) => {
      const { rows } = await client.query<JobRow>(`SELECT ${columns} FROM revocation_job WHERE id = $1 FOR UPDATE`, [
        id,
      ]);
      if (rows[0] === undefined) return undefined;
      const job = jobOf(rows[0]);
      if (job.finishedAt !== undefined) return job;
      await client.query('DELETE FROM revocation_job_chunk WHERE job_id = $1', [id]);
      await insertAuditEvents(client, [
        { ...audit, details: { ...audit.details, total: job.total, done: job.done, changed: job.changed } },
      ]);
      const text = failure === undefined ? null : storableText(failure);
      return update(client, id, 'state = $2::job_state, failure = $3, finished_at = $4', [state, text, audit.at]);
    });
  }
}

/** The job that was there before, with the same id or idempotency key; undefined: it was inserted. */
async function insertJob(client: pg.ClientBase, job: NewRevocationJob): Promise<RevocationJob | undefined> {
  const { rowCount } = await client.query(
    `INSERT INTO revocation_job
       (id, created_at, invalidity_date, total, state, reason, requested_by, remote_address, idempotency_key, selection)
     VALUES ($1, $2, $3, 0, 'queued', $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
    [
      job.id,
      job.createdAt,
      job.invalidityDate ?? null,
      reasonCode(job.reason),
      storableText(job.requestedBy),
      job.remoteAddress ?? null,
      job.idempotencyKey ?? null,
      JSON.stringify(describeSelection(job.selection)),
    ],
  );
  if (rowCount === 1) return undefined;
  const { rows } = await client.query<JobRow>(
    `SELECT ${columns} FROM revocation_job WHERE id = $1 OR idempotency_key = $2`,
    [job.id, job.idempotencyKey ?? null],
  );
  return rows[0] === undefined ? undefined : jobOf(rows[0]);
}

/** One statement, so one snapshot: whatever commits later is in no chunk. Returns how many certificates there are. */
async function fixSet(client: pg.ClientBase, { id, selection, createdAt }: NewRevocationJob): Promise<number> {
  const parameters = new SqlParameters();
  const job = parameters.add(id, 'uuid');
  const condition = selectionSql(selection, createdAt, parameters);
  const { rows } = await client.query<{ total: number }>(
    `WITH chunk AS (
       INSERT INTO revocation_job_chunk (job_id, position, certificate_ids)
       SELECT ${job}, (n - 1) / ${certificatesPerChunk}, array_agg(id ORDER BY id)
       FROM (
         SELECT id, row_number() OVER (ORDER BY id) AS n FROM certificate WHERE ${condition} AND NOT ${protectedSql}
       ) AS selected
       GROUP BY (n - 1) / ${certificatesPerChunk}
       RETURNING cardinality(certificate_ids) AS count
     )
     SELECT coalesce(sum(count), 0)::int AS total FROM chunk`,
    parameters.values,
  );
  return rows[0]?.total ?? 0;
}

/** Taken for good when the transaction commits. */
async function takeChunk(client: pg.ClientBase, jobId: string): Promise<readonly string[] | undefined> {
  const { rows } = await client.query<{ ids: string[] }>(
    `DELETE FROM revocation_job_chunk WHERE job_id = $1 AND position = (
       SELECT min(position) FROM revocation_job_chunk WHERE job_id = $1
     ) RETURNING certificate_ids AS ids`,
    [jobId],
  );
  return rows[0]?.ids;
}

/** @param assignments with parameters from `$2` on */
async function update(
  client: pg.ClientBase,
  id: string,
  assignments: string,
  values: readonly unknown[],
): Promise<RevocationJob> {
  const { rows } = await client.query<JobRow>(
    `UPDATE revocation_job SET ${assignments} WHERE id = $1 RETURNING ${columns}`,
    [id, ...values],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('The job has gone.');
  return jobOf(row);
}

async function enqueue(client: pg.ClientBase, jobId: string): Promise<void> {
  await client.query(`SELECT graphile_worker.add_job($1, $2::json, job_key => $3)`, [
    revocationJobTask,
    JSON.stringify({ jobId }),
    `revocation:${jobId}`,
  ]);
}

function revocationOf({ reason, invalidityDate }: RevocationJob, now: Date) {
  return { revokedAt: new Date(Math.floor(now.getTime() / 1000) * 1000), reason, invalidityDate };
}

function auditOf(job: RevocationJob, at: Date): Omit<AuditEvent, 'subject'> {
  return {
    at,
    actor: `principal:${job.requestedBy}`,
    remoteAddress: job.remoteAddress,
    action: 'certificate.revoked',
    correlationId: job.id,
    details: { reason: job.reason, invalidityDate: job.invalidityDate?.toISOString() ?? null, job: job.id },
  };
}

function finishedAudit({ id, total, changed }: RevocationJob, at: Date): AuditEvent {
  return {
    at,
    actor: 'system',
    remoteAddress: undefined,
    action: 'job.succeeded',
    subject: `job:${id}`,
    correlationId: id,
    details: { total, changed },
  };
}

function jobOf(row: JobRow): RevocationJob {
  return {
    ...row,
    startedAt: absent(row.startedAt),
    finishedAt: absent(row.finishedAt),
    remoteAddress: absent(row.remoteAddress),
    reason: reasonOfCode(row.reason),
    invalidityDate: absent(row.invalidityDate),
    failure: absent(row.failure),
  };
}

/** Of a node that starts: what it, or another, left when it was killed goes on now. */
export async function requestResume(pool: pg.Pool): Promise<void> {
  await withConnection(pool, (client) =>
    client.query(`SELECT graphile_worker.add_job($1, job_key => $1)`, [resumeJobsTask]),
  );
}
