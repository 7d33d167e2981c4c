/** One node at a time sets up a registry. */
import type pg from 'pg';

/** Any constant that no other advisory lock of the registry uses. */
const lockKey = 7_300_010;

/** The last of those that wait in this process. Each of them would hold a connection that the work of the first needs. */
const waiting = new WeakMap<pg.Pool, Promise<unknown>>();

/** Runs `work` while nobody else runs his own, here or in another process. */
export function withBootstrapLock<T>(pool: pg.Pool, work: () => Promise<T>): Promise<T> {
  const before = waiting.get(pool) ?? Promise.resolve();
  const running = before.then(() => locked(pool, work));
  waiting.set(
    pool,
    running.catch(() => undefined),
  );
  return running;
}

/** The lock ends with the connection, also when the process is killed. */
async function locked<T>(pool: pg.Pool, work: () => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [lockKey]);
    return await work();
  } finally {
    // Closed rather than returned: with the session goes the lock.
    client.release(true);
  }
}
