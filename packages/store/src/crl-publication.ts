/** One CRL on its way: holds the shard's lock on a session of its own, and reads the revocations in one snapshot. */
import { CaError } from '@touchmark/ca';
import type { CrlPublication, PublishedCrl } from '@touchmark/ca';
import type pg from 'pg';
import { absent, buffer, bytes } from './convert.ts';
import { registryUnavailable, sqlErrorKind } from './sql-errors.ts';

const entriesPerChunk = 10_000;

export class PostgresCrlPublication implements CrlPublication {
  readonly number: bigint;
  readonly previousThisUpdate: Date | undefined;
  readonly #authorityId: string;
  readonly #shard: number;
  readonly #lock: pg.PoolClient;
  readonly #reader: pg.PoolClient;
  readonly #snapshot: Snapshot;
  #open = true;

  private constructor(shard: Shard, lock: pg.PoolClient, reader: pg.PoolClient, numbers: Numbers, snapshot: Snapshot) {
    this.#authorityId = shard.authorityId;
    this.#shard = shard.shard;
    this.#lock = lock;
    this.#reader = reader;
    this.#snapshot = snapshot;
    this.number = numbers.number;
    this.previousThisUpdate = numbers.previousThisUpdate;
  }

  /**
   * Waits for the lock. It ends with its session, so a node that dies frees the shard, and one that lost its session can
   * write nothing any more: all writes go through it.
   *
   * @param locks a pool that nothing else waits in
   */
  static async begin(shard: Shard, locks: pg.Pool, readers: pg.Pool): Promise<PostgresCrlPublication> {
    const lock = await connect(locks);
    let reader: pg.PoolClient | undefined;
    try {
      await lock.query(`SELECT pg_advisory_lock(hashtextextended($1, 0))`, [
        `touchmark crl ${shard.authorityId}/${shard.shard}`,
      ]);
      const numbers = await takeNumber(lock, shard);
      reader = await connect(readers);
      const snapshot = await openSnapshot(reader, shard);
      return new PostgresCrlPublication(shard, lock, reader, numbers, snapshot);
    } catch (error) {
      reader?.release(true);
      lock.release(true);
      throw available(error);
    }
  }

  async *entries(): AsyncGenerator<{ readonly entriesDer: Uint8Array; readonly count: number }> {
    for (let after = Buffer.alloc(0); ;) {
      const chunk = await this.#guarded(() =>
        readChunk(this.#reader, this.#authorityId, this.#shard, after, this.#snapshot),
      );
      if (chunk === undefined) return;
      yield { entriesDer: chunk.entries, count: chunk.count };
      if (chunk.count < entriesPerChunk) return;
      after = chunk.last;
    }
  }

  async recordIntent({
    tbsSha256,
    thisUpdate,
    nextUpdate,
  }: Parameters<CrlPublication['recordIntent']>[0]): Promise<void> {
    if (this.previousThisUpdate !== undefined && thisUpdate < this.previousThisUpdate) {
      throw new CaError('clockWentBack', 'The clock is behind the previous CRL. No CRL is signed until it is right.');
    }
    await this.#guarded(() =>
      this.#lock.query(
        `INSERT INTO crl (authority_id, shard, number, this_update, next_update, tbs_sha256) VALUES ($1, $2, $3, $4, $5, $6)`,
        [this.#authorityId, this.#shard, this.number, thisUpdate, nextUpdate, buffer(tbsSha256)],
      ),
    );
  }

  /** Changes that came after the snapshot leave the shard due. */
  async publish(crl: PublishedCrl): Promise<void> {
    const { rowCount } = await this.#guarded(() =>
      this.#lock.query(
        `WITH published AS (
           UPDATE crl SET crl_der = $4, entry_count = $5, published_at = now()
           WHERE authority_id = $1 AND shard = $2 AND number = $3 AND crl_der IS NULL AND this_update = $6 AND next_update = $7
           RETURNING shard
         )
         UPDATE crl_shard SET published_changes = $8, dirty_since = CASE WHEN changes > $8 THEN $9::timestamptz END
         FROM published WHERE authority_id = $1 AND crl_shard.shard = published.shard`,
        [
          this.#authorityId,
          this.#shard,
          this.number,
          buffer(crl.crlDer),
          crl.entryCount,
          crl.thisUpdate,
          crl.nextUpdate,
          this.#snapshot.changes,
          this.#snapshot.at,
        ],
      ),
    );
    if (rowCount !== 1) throw new CaError('internal', 'The CRL does not fit its recorded intent; it is not published.');
    this.#end();
  }

  async abandon(): Promise<void> {
    this.#end();
  }

  #end(): void {
    if (!this.#open) return;
    this.#open = false;
    // Closed, not kept: the lock and the snapshot go with the sessions.
    this.#reader.release(true);
    this.#lock.release(true);
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#open) throw new CaError('internal', 'This publication is closed.');
    try {
      return await work();
    } catch (error) {
      throw available(error);
    }
  }
}

export interface Shard {
  readonly authorityId: string;
  readonly shard: number;
}

interface Numbers {
  readonly number: bigint;
  readonly previousThisUpdate: Date | undefined;
}

/**
 * Numbers follow the seconds of the registry's clock and always rise. A registry restored from a backup has forgotten the
 * last ones; the clock has not (RFC 5280 §5.2.3: monotonically increasing).
 */
async function takeNumber(lock: pg.PoolClient, { authorityId, shard }: Shard): Promise<Numbers> {
  const { rows } = await lock.query<{ number: string }>(
    `INSERT INTO crl_shard (authority_id, shard, last_number) VALUES ($1, $2, floor(extract(epoch FROM clock_timestamp()))::bigint)
     ON CONFLICT (authority_id, shard) DO UPDATE
     SET last_number = greatest(crl_shard.last_number + 1, excluded.last_number)
     RETURNING last_number AS number`,
    [authorityId, shard],
  );
  const previous = await lock.query<{ thisUpdate: Date }>(
    `SELECT this_update AS "thisUpdate" FROM crl WHERE authority_id = $1 AND shard = $2 ORDER BY number DESC LIMIT 1`,
    [authorityId, shard],
  );
  const [row] = rows;
  if (row === undefined) throw new CaError('internal', 'The CRL got no number.');
  return { number: BigInt(row.number), previousThisUpdate: previous.rows[0]?.thisUpdate };
}

interface Snapshot {
  readonly at: Date;
  readonly changes: string;
  readonly publishedThisUpdate: Date | undefined;
}

/** Taken after the lock: it sees every revocation that was committed before, and none that is half done. */
async function openSnapshot(reader: pg.PoolClient, { authorityId, shard }: Shard): Promise<Snapshot> {
  await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const { rows } = await reader.query<{ at: Date; changes: string; publishedThisUpdate: Date | null }>(
    `SELECT now() AS at, changes, (
       SELECT this_update FROM crl WHERE authority_id = $1 AND shard = $2 AND crl_der IS NOT NULL ORDER BY number DESC LIMIT 1
     ) AS "publishedThisUpdate"
     FROM crl_shard WHERE authority_id = $1 AND shard = $2`,
    [authorityId, shard],
  );
  const [row] = rows;
  if (row === undefined) throw new CaError('internal', 'The shard of the CRL is not on record.');
  return { at: row.at, changes: row.changes, publishedThisUpdate: absent(row.publishedThisUpdate) };
}

interface Chunk {
  readonly entries: Uint8Array;
  readonly count: number;
  readonly last: Buffer<ArrayBuffer>;
}

/**
 * RFC 5280 §3.3: an entry stays until it was on one CRL issued beyond the validity of its certificate; so it goes when the
 * CRL published last was issued after notAfter and had it.
 */
async function readChunk(
  reader: pg.PoolClient,
  authorityId: string,
  shard: number,
  after: Buffer,
  { publishedThisUpdate }: Snapshot,
): Promise<Chunk | undefined> {
  const query = {
    text: `SELECT count(*)::int AS count, string_agg(crl_entry, ''::bytea ORDER BY serial_number) AS entries,
        (array_agg(serial_number ORDER BY serial_number))[count(*)] AS last
      FROM (
        SELECT serial_number, crl_entry FROM certificate
        WHERE authority_id = $1 AND crl_shard = $2 AND revoked_at IS NOT NULL AND serial_number > $3
          AND ($4::timestamptz IS NULL OR not_after >= $4 OR revoked_at >= $4)
        ORDER BY serial_number LIMIT ${entriesPerChunk}
      ) AS chunk`,
    values: [authorityId, shard, after, publishedThisUpdate ?? null],
  };
  const { rows } = await reader.query<{ count: number; entries: Uint8Array | null; last: Uint8Array | null }>(query);
  const [row] = rows;
  if (row === undefined || row.entries === null || row.last === null) return undefined;
  return { entries: bytes(row.entries), count: row.count, last: Buffer.from(row.last) };
}

function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  return pool.connect().catch((error: unknown) => {
    throw available(error);
  });
}

function available(error: unknown): unknown {
  return sqlErrorKind(error) === 'lost' ? registryUnavailable(error) : error;
}
