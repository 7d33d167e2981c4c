/** CRLs as an administrator sees them and asks for them. */
import { CaError } from '@touchmark/ca';
import type { AuditEvent, PublishedCrl } from '@touchmark/ca';
import type pg from 'pg';
import { insertAuditEvents } from '../audit-log.ts';
import { isUuid } from '../certificate-reference.ts';
import { absent } from '../convert.ts';
import { markShardChanged } from '../crl-shards.ts';
import { inTransaction, withConnection } from '../retry.ts';

/** A CRL without its bytes. */
export interface CrlSummary extends Omit<PublishedCrl, 'crlDer'> {
  /** Since when a revocation of the shard waits for the next CRL; undefined: none does. */
  readonly dirtySince: Date | undefined;
}

interface CrlRow extends Omit<CrlSummary, 'number' | 'dirtySince'> {
  readonly number: string;
  readonly dirtySince: Date | null;
}

export function createCrlAdmin(pool: pg.Pool) {
  return {
    /** The newest published CRL of each shard, of one authority or of all. */
    async listCrls(authorityId: string | undefined): Promise<readonly CrlSummary[]> {
      if (authorityId !== undefined && !isUuid(authorityId)) return [];
      const rows = await withConnection(pool, async (client) => {
        const result = await client.query<CrlRow>(
          `SELECT s.authority_id AS "authorityId", s.shard, s.dirty_since AS "dirtySince", latest.* FROM crl_shard AS s CROSS JOIN LATERAL (
             SELECT number, this_update AS "thisUpdate", next_update AS "nextUpdate", entry_count AS "entryCount"
             FROM crl WHERE authority_id = s.authority_id AND shard = s.shard AND crl_der IS NOT NULL
             ORDER BY number DESC LIMIT 1
           ) AS latest
           WHERE $1::uuid IS NULL OR s.authority_id = $1 ORDER BY s.authority_id, s.shard`,
          [authorityId ?? null],
        );
        return result.rows;
      });
      return rows.map((row) => ({ ...row, number: BigInt(row.number), dirtySince: absent(row.dirtySince) }));
    },

    /** Makes the CRLs of all shards due now. @throws CaError `notFound` */
    async requestCrls(authorityId: string, audit?: AuditEvent): Promise<void> {
      await inTransaction(pool, async (client) => {
        const { rows } = isUuid(authorityId)
          ? await client.query<{ shard: number }>(
              'SELECT shard FROM crl_shard WHERE authority_id = $1 ORDER BY shard FOR UPDATE',
              [authorityId],
            )
          : { rows: [] };
        if (rows.length === 0) throw new CaError('notFound', 'There is no such authority.');
        if (audit !== undefined) await insertAuditEvents(client, [audit]);
        for (const { shard } of rows) await markShardChanged(client, authorityId, shard, 'now');
      });
    },
  };
}
