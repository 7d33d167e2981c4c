/** The session through which a process owns its home. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { clusterUser } from './embedded-postgres-cluster.ts';
import { HomeInUseError } from './embedded-postgres-errors.ts';
import type { ServerAddress } from './embedded-postgres-server-file.ts';

/** Any number will do, as long as every release uses the same one ("touchmark home"). */
const homeLock = 7_684_120_963;

/** A just killed owner's session may take an instant to end. */
const graceMilliseconds = 1500;

/**
 * A session, tried until the given time (milliseconds since the epoch) for as long as the server is not ready.
 * Undefined: nobody answers.
 */
export async function connectTo(
  address: ServerAddress,
  password: string,
  database: string,
  until: number,
): Promise<pg.Client | undefined> {
  for (;;) {
    const client = new pg.Client({
      host: address.kind === 'socket' ? address.directory : '127.0.0.1',
      port: address.port,
      user: clusterUser,
      password,
      database,
      application_name: `touchmark ${process.pid}`,
      connectionTimeoutMillis: 5000,
      keepAlive: true,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      // 28P01: somebody else's server on the port, or another password; it will not become right by waiting.
      if ((error as { code?: string }).code === '28P01') throw error;
      if (Date.now() >= until) return undefined;
      await sleep(50);
    }
  }
}

/** Takes the home for this process or throws `HomeInUseError`; the session is closed then. */
export async function claimHome(session: pg.Client, home: string): Promise<void> {
  for (const until = Date.now() + graceMilliseconds; ;) {
    const { rows } = await session.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [homeLock]);
    if (rows[0]?.taken === true) return;
    if (Date.now() >= until) break;
    await sleep(50);
  }
  const holder = await session.query<{ name: string }>(
    `SELECT a.application_name AS name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.locktype = 'advisory' AND l.granted AND (l.classid::bigint << 32 | l.objid::bigint) = $1`,
    [homeLock],
  );
  await session.end();
  throw new HomeInUseError(home, holder.rows[0]?.name);
}

/** Whether this session's socket keeps the event loop running. The types of pg leave both methods out. */
export function keepProcessAlive(session: pg.Client, alive: boolean): void {
  const socket = session as pg.Client & { ref(): void; unref(): void };
  if (alive) socket.ref();
  else socket.unref();
}
