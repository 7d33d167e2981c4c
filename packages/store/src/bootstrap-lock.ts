/** One node at a time sets up a registry. */
import type pg from 'pg';

/** Any constant that no other advisory lock of the registry uses. */
const lockKey = 7_300_010;

/** Runs `work` while no other process runs its own; the lock ends with the connection, also when the process is killed. */
export async function withBootstrapLock<T>(pool: pg.Pool, work: () => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [lockKey]);
    return await work();
  } finally {
    // Closed rather than returned: with the session goes the lock.
    client.release(true);
  }
}
