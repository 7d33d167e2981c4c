/** A real PostgreSQL for tests: a cluster in a temporary directory, a fresh database for each use. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { EmbeddedPostgres } from './embedded-postgres.ts';
import { installJobQueue } from './job-queue.ts';
import { migrate } from './migrations.ts';
import { createPool } from './pool.ts';

export interface TestPostgres {
  readonly databaseUrl: string;
  /** Connections to that database. */
  readonly pool: pg.Pool;
  /** Another fresh database on the same server, migrated as the first. */
  createDatabase(): Promise<string>;
  /** Ends the server and removes its files. */
  stop(): Promise<void>;
}

export interface TestPostgresOptions {
  /** With the registry's schema and the job queue; the default. */
  readonly migrated?: boolean;
}

export async function startTestPostgres({ migrated = true }: TestPostgresOptions = {}): Promise<TestPostgres> {
  const home = await mkdtemp(join(tmpdir(), 'touchmark-'));
  const server = await EmbeddedPostgres.start({ home });
  const createDatabase = async (): Promise<string> => {
    const url = await server.createDatabase(`test_${randomBytes(6).toString('hex')}`);
    if (migrated) await prepare(url);
    return url;
  };
  const databaseUrl = await createDatabase();
  const pool = createPool(databaseUrl);
  return {
    databaseUrl,
    pool,
    createDatabase,
    async stop() {
      await pool.end();
      await server.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function prepare(databaseUrl: string): Promise<void> {
  await migrate(databaseUrl);
  const pool = createPool(databaseUrl, { max: 2 });
  try {
    await installJobQueue(pool);
  } finally {
    await pool.end();
  }
}
