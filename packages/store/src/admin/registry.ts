/** The registry itself: whose it is, how far it has come, what can be cleared away. */
import { CaError } from '@touchmark/ca';
import type pg from 'pg';
import { withConnection } from '../retry.ts';
import { after } from '../sql-text.ts';

export interface RegistryIdentity {
  readonly pkiId: string;
  /** Base of the URLs in certificates. */
  readonly publicUrl: string;
  readonly createdAt: Date;
  /** Version of the program that opened the registry last. */
  readonly program: string;
}

const identityColumns = 'pki_id AS "pkiId", public_url AS "publicUrl", created_at AS "createdAt", program';

const prunedAtOnce = 5000;

const pruneIntents = `
WITH done AS MATERIALIZED (
  SELECT id, public_key_sha256 FROM issuance_intent AS i WHERE created_at < $1 AND (
    EXISTS (SELECT FROM certificate AS c WHERE c.id = i.id AND c.issued_at < $1)
    OR (not_after < $1 AND NOT EXISTS (SELECT FROM certificate AS c WHERE c.id = i.id)))
  ORDER BY id LIMIT $2
),
held AS MATERIALIZED (
  SELECT public_key_sha256, blocked_at IS NULL AS free FROM key_holder
  WHERE public_key_sha256 IN (SELECT public_key_sha256 FROM done) AND compromised_at IS NULL
  ORDER BY public_key_sha256 FOR UPDATE
),
released AS (
  DELETE FROM key_holder WHERE public_key_sha256 IN (SELECT public_key_sha256 FROM held WHERE free)
),
pruned AS (
  DELETE FROM issuance_intent WHERE id IN (SELECT id FROM done) AND ${after('held')} RETURNING id
)
SELECT count(*)::int AS count FROM pruned`;

export function createRegistryAdmin(pool: pg.Pool) {
  const find = async (): Promise<RegistryIdentity | undefined> => {
    const { rows } = await withConnection(pool, (client) =>
      client.query<RegistryIdentity>(`SELECT ${identityColumns} FROM registry`),
    );
    return rows[0];
  };

  return {
    /** Undefined: a new registry. */
    findRegistryIdentity: find,

    /** Of several nodes that begin at once, one writes; all get what is there then. */
    async establishRegistryIdentity(identity: RegistryIdentity): Promise<RegistryIdentity> {
      await withConnection(pool, (client) =>
        client.query(
          `INSERT INTO registry (pki_id, public_url, created_at, program) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
          [identity.pkiId, identity.publicUrl, identity.createdAt, identity.program],
        ),
      );
      const established = await find();
      if (established === undefined) throw new CaError('internal', 'The registry does not keep its identity.');
      return established;
    },

    /** @throws CaError `notReady` for a registry of another PKI; without `pkiId` only the program's version is noted */
    async checkRegistryIdentity(expected: {
      readonly pkiId: string;
      readonly program: string;
    }): Promise<RegistryIdentity> {
      const identity = await find();
      if (identity === undefined) throw new CaError('notReady', 'The registry has no identity yet.');
      if (identity.pkiId !== expected.pkiId) {
        throw new CaError(
          'notReady',
          `The registry belongs to another PKI (${identity.pkiId}), not to the one of this home (${expected.pkiId}). Check DATABASE_URL and TOUCHMARK_HOME; nothing was changed.`,
        );
      }
      await withConnection(pool, (client) =>
        client.query('UPDATE registry SET program = $1 WHERE program <> $1', [expected.program]),
      );
      return { ...identity, program: expected.program };
    },

    async setPublicUrl(publicUrl: string): Promise<void> {
      await withConnection(pool, (client) => client.query('UPDATE registry SET public_url = $1', [publicUrl]));
    },

    /**
     * The latest time on record; signing stops when the clock is behind it. Ids of intents and certificates begin with
     * their time, so the last of them are the latest, and nothing is scanned.
     */
    async readHighWaterMark(): Promise<Date> {
      const { rows } = await withConnection(pool, (client) =>
        client.query<{ mark: Date | null }>(
          `SELECT greatest(
             (SELECT max(issued_at) FROM (SELECT issued_at FROM certificate ORDER BY id DESC LIMIT 100) AS c),
             (SELECT max(created_at) FROM (SELECT created_at FROM issuance_intent ORDER BY id DESC LIMIT 100) AS i),
             (SELECT max(latest.this_update) FROM crl_shard AS s CROSS JOIN LATERAL (
               SELECT this_update FROM crl WHERE authority_id = s.authority_id AND shard = s.shard
               ORDER BY number DESC LIMIT 1
             ) AS latest)
           ) AS mark`,
        ),
      );
      return rows[0]?.mark ?? new Date(0);
    },

    /** The planner's estimates: exact counts of millions of rows take seconds. */
    async estimateCounts(): Promise<{ readonly certificates: number; readonly devices: number }> {
      const { rows } = await withConnection(pool, (client) =>
        client.query<{ name: string; count: string }>(
          `SELECT relname AS name, CASE WHEN pg_relation_size(oid) < 8388608
              THEN CASE relname WHEN 'device' THEN (SELECT count(*) FROM device) ELSE (SELECT count(*) FROM certificate) END
              ELSE greatest(reltuples, 0) END::bigint AS count
           FROM pg_class WHERE oid IN ('certificate'::regclass, 'device'::regclass)`,
        ),
      );
      const count = (name: string): number => Number(rows.find((row) => row.name === name)?.count ?? 0);
      return { certificates: count('certificate'), devices: count('device') };
    },

    /**
     * Removes intents that are done with: their certificate was recorded before `olderThan`, or they were never signed and
     * their validity is over. Give an hour at least, so that a concurrent duplicate on another node always meets its intent.
     * With an intent goes the note of who holds its key, which by then its certificate says, unless the key is
     * compromised or blocked.
     */
    async pruneIntents(olderThan: Date): Promise<number> {
      for (let pruned = 0; ;) {
        const { rows } = await withConnection(pool, (client) =>
          client.query<{ count: number }>(pruneIntents, [olderThan, prunedAtOnce]),
        );
        const count = rows[0]?.count ?? 0;
        pruned += count;
        if (count < prunedAtOnce) return pruned;
      }
    },

    /** Removes superseded CRLs whose nextUpdate was before `olderThan`; the newest of each shard stays. */
    async pruneCrls(olderThan: Date): Promise<number> {
      const { rowCount } = await withConnection(pool, (client) =>
        client.query(
          `DELETE FROM crl WHERE next_update < $1 AND EXISTS (
             SELECT FROM crl AS newer WHERE newer.authority_id = crl.authority_id AND newer.shard = crl.shard
               AND newer.number > crl.number AND newer.crl_der IS NOT NULL)`,
          [olderThan],
        ),
      );
      return rowCount ?? 0;
    },
  };
}
