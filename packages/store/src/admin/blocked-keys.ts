/** The operator's blocklist of keys: written into the rows of `key_holder`, by which steps 6 and 8 hold their keys. */
import type { AuditEvent } from '@touchmark/ca';
import type pg from 'pg';
import { insertAuditEvents } from '../audit-log.ts';
import { SqlParameters, statusSql } from '../certificate-selection.ts';
import { absent, buffer, hex } from '../convert.ts';
import { inTransaction, withConnection } from '../retry.ts';
import { sameDigest } from '../sql-text.ts';
import { keyOfCursor, pageOf, rowsToRead } from './page.ts';
import type { Page, PageRequest } from './page.ts';

export interface KeyBlock {
  /** To the millisecond. */
  readonly at: Date;
  readonly by: string;
  readonly reason: string;
}

export interface BlockedKeyRecord {
  /** SHA-256 of the SubjectPublicKeyInfo. */
  readonly publicKeySha256: Uint8Array;
  readonly block: KeyBlock;
  /** When it was revoked as compromised too, which no unblocking lifts. */
  readonly compromisedAt: Date | undefined;
}

/** With what there is of the key. */
export interface BlockedKeyStanding extends BlockedKeyRecord {
  readonly activeCertificates: number;
}

export interface BlockedKeyOutcome extends BlockedKeyStanding {
  /** False: it was blocked before, and that block stands. */
  readonly changed: boolean;
}

interface BlockedKeyRow {
  readonly publicKeySha256: Buffer;
  readonly at: Date;
  readonly by: string;
  readonly reason: string;
  readonly compromisedAt: Date | null;
}

const columns = `public_key_sha256 AS "publicKeySha256", blocked_at AS at, blocked_by AS by, block_reason AS reason,
  compromised_at AS "compromisedAt"`;

export function createBlockedKeyAdmin(pool: pg.Pool) {
  return {
    /**
     * Blocks all of them or none, in the order given; each once. What steps 6 and 8 had begun with a key is through when this
     * resolves, and counted; whatever comes after is refused.
     *
     * @param auditOf of each that was not blocked before
     */
    async blockKeys(
      keys: readonly Uint8Array[],
      block: KeyBlock,
      auditOf: (publicKeySha256: Uint8Array) => AuditEvent,
    ): Promise<BlockedKeyOutcome[]> {
      // A run whose answer was lost may have committed: what the next run finds may be its work.
      const written = new Set<string>();
      return inTransaction(pool, async (client) => {
        const blocked = await writeBlocks(client, keys, block);
        for (const key of blocked) written.add(hex(key));
        await insertAuditEvents(client, blocked.map(auditOf));
        const standings = new Map(
          (await standingsOf(client, keys, block.at)).map((standing) => [hex(standing.publicKeySha256), standing]),
        );
        return keys.map((key) => {
          const standing = standings.get(hex(key));
          if (standing === undefined) throw new Error('A key that was just blocked is not.');
          return { ...standing, changed: written.has(hex(key)) && sameBlock(standing.block, block) };
        });
      });
    },

    /** False: it was not blocked. A compromise stays. */
    async unblockKey(publicKeySha256: Uint8Array, audit: AuditEvent): Promise<boolean> {
      let written = false;
      return inTransaction(pool, async (client) => {
        const key = [buffer(publicKeySha256)];
        const { rows } = await client.query<{ compromised: boolean }>(
          `SELECT compromised_at IS NOT NULL AS compromised FROM key_holder
           WHERE public_key_sha256 = $1 AND blocked_at IS NOT NULL FOR UPDATE`,
          key,
        );
        const [row] = rows;
        if (row === undefined) return written;
        written = true;
        // Without the row it is free, or its certificates say whose it is. An intent that is open takes it again in step 8.
        await client.query(row.compromised ? liftBlock : 'DELETE FROM key_holder WHERE public_key_sha256 = $1', key);
        await insertAuditEvents(client, [audit]);
        return true;
      });
    },

    async findBlockedKey(publicKeySha256: Uint8Array, now: Date): Promise<BlockedKeyStanding | undefined> {
      const [standing] = await withConnection(pool, (client) => standingsOf(client, [publicKeySha256], now));
      return standing;
    },

    /** Last blocked first. */
    async listBlockedKeys(page: PageRequest): Promise<Page<BlockedKeyRecord>> {
      const [time, key] = keyOfCursor(page, /^\d{1,15} [0-9a-f]{64}$/)?.split(' ') ?? [];
      const before = time === undefined || key === undefined ? undefined : { at: new Date(Number(time)), key };
      const { rows } = await withConnection(pool, (client) =>
        client.query<BlockedKeyRow>(
          `SELECT ${columns} FROM key_holder WHERE blocked_at IS NOT NULL
             AND ($1::timestamptz IS NULL OR (blocked_at, public_key_sha256) < ($1, $2::bytea))
           ORDER BY blocked_at DESC, public_key_sha256 DESC LIMIT $3`,
          [before?.at ?? null, before === undefined ? null : Buffer.from(before.key, 'hex'), rowsToRead(page)],
        ),
      );
      return pageOf(rows, page, ({ at, publicKeySha256 }) => `${at.getTime()} ${hex(publicKeySha256)}`, recordOf);
    },
  };
}

const liftBlock = `UPDATE key_holder SET blocked_at = NULL, blocked_by = NULL, block_reason = NULL
  WHERE public_key_sha256 = $1`;

/**
 * Those that were not blocked before. In the order of all locks: first the rows it inserts, then the ones it finds. Should one
 * have been cleared away in between, all of it is rolled back and run again.
 */
async function writeBlocks(
  client: pg.ClientBase,
  keys: readonly Uint8Array[],
  { at, by, reason }: KeyBlock,
): Promise<Uint8Array[]> {
  const all = [...new Map(keys.map((key) => [hex(key), buffer(key)])).values()];
  const inserted = await client.query<{ key: Buffer }>(
    `INSERT INTO key_holder (public_key_sha256, blocked_at, blocked_by, block_reason)
     SELECT key, $2::timestamptz, $3, $4 FROM unnest($1::bytea[]) AS wanted(key) ORDER BY key
     ON CONFLICT (public_key_sha256) DO NOTHING RETURNING public_key_sha256 AS key`,
    [all, at, by, reason],
  );
  const { rowCount: locked } = await client.query(
    `SELECT FROM key_holder WHERE public_key_sha256 = ANY($1) ORDER BY public_key_sha256 FOR UPDATE`,
    [all],
  );
  if (locked !== all.length) await client.query('SELECT try_again()');
  const found = await client.query<{ key: Buffer }>(
    `UPDATE key_holder SET blocked_at = $2, blocked_by = $3, block_reason = $4
     WHERE public_key_sha256 = ANY($1) AND blocked_at IS NULL RETURNING public_key_sha256 AS key`,
    [all, at, by, reason],
  );
  return [...inserted.rows, ...found.rows].map(({ key }) => key);
}

/** Of those that are blocked. */
async function standingsOf(
  client: pg.ClientBase,
  keys: readonly Uint8Array[],
  now: Date,
): Promise<BlockedKeyStanding[]> {
  const parameters = new SqlParameters();
  const wanted = parameters.add(keys.map(buffer), 'bytea[]');
  const { rows } = await client.query<BlockedKeyRow & { readonly activeCertificates: number }>(
    `SELECT ${columns}, (
       SELECT count(*)::int FROM certificate AS c
       WHERE ${sameDigest('c.public_key_sha256', 'h.public_key_sha256')} AND ${statusSql(now, parameters)} = 'active'
     ) AS "activeCertificates"
     FROM key_holder AS h WHERE public_key_sha256 = ANY(${wanted}) AND blocked_at IS NOT NULL`,
    parameters.values,
  );
  return rows.map((row) => ({ ...recordOf(row), activeCertificates: row.activeCertificates }));
}

function recordOf({ publicKeySha256, at, by, reason, compromisedAt }: BlockedKeyRow): BlockedKeyRecord {
  return { publicKeySha256, block: { at, by, reason }, compromisedAt: absent(compromisedAt) };
}

function sameBlock(a: KeyBlock, b: KeyBlock): boolean {
  return a.at.getTime() === b.at.getTime() && a.by === b.by && a.reason === b.reason;
}
