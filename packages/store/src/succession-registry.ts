/** The registry as it notes which certificates are in use, and revokes those that they took the place of. */
import type { AuditEvent, Sighting, SightingOutcome, SuccessionRegistry, SupersessionStep } from '@touchmark/ca';
import type pg from 'pg';
import { insertAuditEvents } from './audit-log.ts';
import { reasonCode, storableText } from './convert.ts';
import { inTransaction } from './retry.ts';
import { revokeCertificates } from './revocation-chunk.ts';

/** While the newer certificate is on hold, the older ones wait. */
const heldPause = '1 hour';

export class PostgresSuccessionRegistry implements SuccessionRegistry {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  recordSighting(sighting: Sighting, supersedeAt: Date | undefined, audit: AuditEvent): Promise<SightingOutcome> {
    const { certificateId, at, reportedBy } = sighting;
    return inTransaction(this.#pool, async (client) => {
      const { rowCount } = await client.query(
        `INSERT INTO certificate_sighting (certificate_id, at, reported_by) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
        [certificateId, at, storableText(reportedBy)],
      );
      if (rowCount === 0) return { sighting: await getSighting(client, certificateId), changed: false };
      await insertAuditEvents(client, [audit]);
      if (supersedeAt !== undefined) {
        await client.query(`INSERT INTO supersession (certificate_id, due_at) VALUES ($1, $2) ON CONFLICT DO NOTHING`, [
          certificateId,
          supersedeAt,
        ]);
      }
      return { sighting, changed: true };
    });
  }

  revokeSuperseded(now: Date): Promise<SupersessionStep> {
    return inTransaction(this.#pool, async (client): Promise<SupersessionStep> => {
      const { rows } = await client.query<{ certificateId: string }>(due, [now]);
      const [found] = rows;
      if (found === undefined) return { kind: 'idle' };
      const { certificateId } = found;
      // First the locks: somebody may be revoking, or putting on hold, the one or the other at this moment.
      const older = await client.query<{ id: string }>(olderOnes, [certificateId]);
      const newer = await client.query<Newer>(newerOne, [certificateId, reasonCode('certificateHold')]);
      const { revoked = true, held = false } = newer.rows[0] ?? {};
      if (held) {
        await client.query(
          `UPDATE supersession SET due_at = $2::timestamptz + interval '${heldPause}' WHERE certificate_id = $1`,
          [certificateId, now],
        );
        return { kind: 'revoked', count: 0 };
      }
      await client.query('DELETE FROM supersession WHERE certificate_id = $1', [certificateId]);
      if (revoked) return { kind: 'revoked', count: 0 };
      const count = await revokeCertificates(
        client,
        older.rows.map(({ id }) => id),
        {
          revokedAt: new Date(Math.floor(now.getTime() / 1000) * 1000),
          reason: 'superseded',
          invalidityDate: undefined,
        },
        {
          at: now,
          actor: 'system',
          remoteAddress: undefined,
          action: 'certificate.revoked',
          correlationId: undefined,
          details: { reason: 'superseded', by: certificateId },
        },
      );
      return { kind: 'revoked', count };
    });
  }
}

interface Newer {
  readonly held: boolean;
  readonly revoked: boolean;
}

/** One at a time, so that locks are on the certificates of one device only. */
const due = `
SELECT certificate_id AS "certificateId" FROM supersession
WHERE due_at <= $1 ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED`;

/** What is on hold stays so: somebody is looking at it. Locked in the order of all who lock several certificates. */
const olderOnes = `
SELECT older.id FROM certificate AS newer JOIN certificate AS older
  ON older.device_id = newer.device_id AND older.profile_name = newer.profile_name
WHERE newer.id = $1 AND older.revoked_at IS NULL AND (older.issued_at, older.id) < (newer.issued_at, newer.id)
ORDER BY older.id FOR UPDATE OF older`;

const newerOne = `
SELECT coalesce(revocation_reason = $2, false) AS held, revoked_at IS NOT NULL AS revoked
FROM certificate WHERE id = $1 FOR SHARE`;

async function getSighting(client: pg.ClientBase, certificateId: string): Promise<Sighting> {
  const { rows } = await client.query<Sighting>(
    `SELECT certificate_id AS "certificateId", at, reported_by AS "reportedBy" FROM certificate_sighting
     WHERE certificate_id = $1`,
    [certificateId],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('The sighting has gone.');
  return row;
}
