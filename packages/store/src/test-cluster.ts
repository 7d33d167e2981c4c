/**
 * The cluster that tests begin with: made and migrated once in a run of the tests, and copied into every home that needs one.
 * initdb and the migrations take longer than most tests that stand on them.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdir, rename, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { EmbeddedPostgres } from './embedded-postgres.ts';
import { installJobQueue } from './job-queue.ts';
import { migrate } from './migrations.ts';
import { createPool } from './pool.ts';

/** A database with the registry's schema and the job queue, from which others are copied. */
const migratedDatabase = 'migrated';

/** Where the processes of one run of the tests share what they make; set by the run's set-up. */
const runDirectory = 'TEST_RUN_DIRECTORY';

const limitMilliseconds = 120_000;

/** Puts a cluster into an empty home. Outside a run of the tests it does nothing: the home then makes its own. */
export async function placeCluster(home: string): Promise<void> {
  const shared = process.env[runDirectory];
  if (shared === undefined) return;
  const template = await madeOnce(join(shared, 'cluster'), async (directory) => {
    const server = await EmbeddedPostgres.start({ home: directory });
    await ensureMigratedDatabase(server);
    await server.stop();
  });
  await mkdir(join(home, 'postgres'), { recursive: true });
  // With owners and modes.
  await promisify(execFile)('cp', ['-a', join(template, 'postgres', 'cluster'), join(home, 'postgres')]);
}

/** A new database with the registry's schema; returns its URL. */
export async function createMigratedDatabase(server: EmbeddedPostgres, name: string): Promise<string> {
  await ensureMigratedDatabase(server);
  await onServer(server, (query) => query(`CREATE DATABASE "${name}" TEMPLATE "${migratedDatabase}"`));
  return server.createDatabase(name);
}

async function ensureMigratedDatabase(server: EmbeddedPostgres): Promise<void> {
  const isThere = await onServer(server, (query) =>
    query(`SELECT FROM pg_database WHERE datname = '${migratedDatabase}'`),
  );
  if (isThere > 0) return;
  const pool = createPool(await server.createDatabase(migratedDatabase), { max: 4 });
  try {
    await migrate(pool);
    await installJobQueue(pool);
  } finally {
    await pool.end();
  }
}

/** @returns what `work` returns: how many rows there were */
async function onServer(
  { databaseUrl }: EmbeddedPostgres,
  work: (query: (sql: string) => Promise<number>) => Promise<number>,
): Promise<number> {
  const url = new URL(databaseUrl);
  url.pathname = '/postgres';
  const pool = createPool(url.href, { max: 1 });
  try {
    return await work(async (sql) => (await pool.query(sql)).rowCount ?? 0);
  } finally {
    await pool.end();
  }
}

/** Whoever comes first makes it; the others wait. It appears under its name when it is whole. */
async function madeOnce(directory: string, make: (directory: string) => Promise<void>): Promise<string> {
  const making = `${directory}-making`;
  for (const until = Date.now() + limitMilliseconds; ;) {
    if (await isThere(directory)) return directory;
    if (await isFirst(making)) {
      // It may have been finished, and its working name set free, since the look.
      if (await isThere(directory)) {
        await rmdir(making);
        return directory;
      }
      await make(making);
      await rename(making, directory);
      return directory;
    }
    if (Date.now() >= until) throw new Error(`Nobody has made ${directory}; whoever began it has failed.`);
    await sleep(50);
  }
}

async function isFirst(directory: string): Promise<boolean> {
  try {
    await mkdir(directory);
    // The server's own account walks through.
    await chmod(directory, 0o755);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
