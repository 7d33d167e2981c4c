/** Repeats a transaction that the database rolled back or did not answer for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { registryUnavailable, sqlErrorKind } from './sql-errors.ts';

/** A restart of the database is waited for this long; then callers are told to come back. */
const patienceMilliseconds = 4000;
const maxConflicts = 20;

/**
 * Runs `work` on one connection until it is through. It is run again after a serialization failure or a deadlock, and when
 * the connection broke: `work` must therefore recognise what an earlier run of it has committed.
 */
export async function withConnection<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const until = Date.now() + patienceMilliseconds;
  for (let conflicts = 0, pause = 20; ; pause = Math.min(pause * 2, 500)) {
    try {
      return await once(pool, work);
    } catch (error) {
      switch (sqlErrorKind(error)) {
        case 'conflict':
          if (++conflicts > maxConflicts) throw registryUnavailable(error);
          break;
        case 'lost':
          if (Date.now() + pause >= until) throw registryUnavailable(error);
          break;
        case 'exhausted':
          throw registryUnavailable(error);
        case 'data':
        case 'unexpected':
          throw error;
      }
      await sleep(pause * (0.5 + Math.random() / 2));
    }
  }
}

async function once<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  try {
    const result = await work(client);
    broken = false;
    return result;
  } catch (error) {
    const kind = sqlErrorKind(error);
    broken = kind === 'lost' || kind === 'exhausted' || kind === 'unexpected';
    throw error;
  } finally {
    client.release(broken);
  }
}

/** `work` between BEGIN and COMMIT, under the rules of `withConnection`. */
export function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return withConnection(pool, async (client) => {
    await client.query('BEGIN');
    try {
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      // On a broken connection this fails too; the first error is the one that says why.
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  });
}
