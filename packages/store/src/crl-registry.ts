/** The registry as the CRL service uses it. */
import type { CrlPublication, CrlRegistry, PublishedCrl } from '@touchmark/ca';
import type pg from 'pg';
import { Batcher } from './batcher.ts';
import { bytes } from './convert.ts';
import { PostgresCrlPublication } from './crl-publication.ts';
import type { Shard } from './crl-publication.ts';
import { withConnection } from './retry.ts';

interface CrlRow {
  readonly number: string;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly entryCount: number;
  readonly crlDer: Uint8Array;
}

export interface CrlRegistryPools {
  /** See `createHotPool`. */
  readonly hot: pg.Pool;
  /** Sessions that hold or wait for the lock of a shard; nothing else uses it. */
  readonly locks: pg.Pool;
  readonly general: pg.Pool;
}

export class PostgresCrlRegistry implements CrlRegistry {
  readonly #pools: CrlRegistryPools;
  readonly #numbers: Batcher<Shard, bigint | undefined>;

  constructor(pools: CrlRegistryPools) {
    this.#pools = pools;
    this.#numbers = new Batcher({
      run: (shards) => withConnection(pools.hot, (client) => findLatestNumbers(client, shards)),
      maxInFlight: 1,
    });
  }

  findLatest(authorityId: string, shard: number): Promise<PublishedCrl | undefined> {
    return withConnection(this.#pools.general, async (client) => {
      const { rows } = await client.query<CrlRow>({
        text: `SELECT number::text, this_update AS "thisUpdate", next_update AS "nextUpdate", entry_count AS "entryCount",
            crl_der AS "crlDer"
          FROM crl WHERE authority_id = $1 AND shard = $2 AND crl_der IS NOT NULL ORDER BY number DESC LIMIT 1`,
        values: [authorityId, shard],
      });
      const [row] = rows;
      return row === undefined
        ? undefined
        : { ...row, authorityId, shard, number: BigInt(row.number), crlDer: bytes(row.crlDer) };
    });
  }

  findLatestNumber(authorityId: string, shard: number): Promise<bigint | undefined> {
    return this.#numbers.add({ authorityId, shard });
  }

  beginPublication(authorityId: string, shard: number): Promise<CrlPublication> {
    return PostgresCrlPublication.begin({ authorityId, shard }, this.#pools.locks, this.#pools.general);
  }
}

async function findLatestNumbers(client: pg.ClientBase, shards: readonly Shard[]): Promise<(bigint | undefined)[]> {
  const { rows } = await client.query<{ authorityId: string; shard: number; number: string }>({
    name: 'find-latest-crl-numbers',
    text: `SELECT q.authority_id AS "authorityId", q.shard, latest.number
      FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::smallint[]) AS u(authority_id, shard)) AS q
      CROSS JOIN LATERAL (
        SELECT number FROM crl WHERE authority_id = q.authority_id AND shard = q.shard AND crl_der IS NOT NULL
        ORDER BY number DESC LIMIT 1
      ) AS latest`,
    values: [shards.map(({ authorityId }) => authorityId), shards.map(({ shard }) => shard)],
  });
  const numbers = new Map(rows.map((row) => [`${row.authorityId}/${row.shard}`, BigInt(row.number)]));
  return shards.map(({ authorityId, shard }) => numbers.get(`${authorityId}/${shard}`));
}
