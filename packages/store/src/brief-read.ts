/** Reads that may have to look at as much of the registry as there is. */
import { CaError } from '@touchmark/ca';
import type pg from 'pg';
import { inTransaction } from './retry.ts';
import { errorCode } from './sql-errors.ts';

const limitMilliseconds = 10_000;

/**
 * Runs `work` in one read-only transaction; a statement of it that takes longer than the limit is cut off, before it stands in
 * the way of those who enroll.
 *
 * @throws CaError `readTooLong`
 */
export function briefRead<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
  milliseconds = limitMilliseconds,
): Promise<T> {
  return inTransaction(pool, async (client) => {
    await client.query(`SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = ${milliseconds}`);
    try {
      return await work(client);
    } catch (error) {
      if (errorCode(error) === queryCanceled) throw readTooLong(milliseconds, error);
      throw error;
    }
  });
}

const queryCanceled = '57014';

function readTooLong(milliseconds: number, cause: unknown): CaError {
  return new CaError(
    'readTooLong',
    `Looking through the registry took longer than ${milliseconds / 1000} seconds and was ended. Select less, or try again when the service has less to do.`,
    { cause, retryAfterSeconds: 30 },
  );
}
