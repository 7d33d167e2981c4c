/** A real PostgreSQL for tests: a cluster in a temporary directory, a fresh database for each use. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { EmbeddedPostgres } from './embedded-postgres.ts';
import { createPool } from './pool.ts';
import { createMigratedDatabase, placeCluster } from './test-cluster.ts';

export { createMigratedDatabase, placeCluster } from './test-cluster.ts';

export interface TestPostgres {
  readonly databaseUrl: string;
  /** Connections to that database. */
  readonly pool: pg.Pool;
  /** The first process of the server. */
  readonly serverPid: number;
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
  await placeCluster(home);
  const server = await EmbeddedPostgres.start({ home });
  const createDatabase = (): Promise<string> => {
    const name = `test_${randomBytes(6).toString('hex')}`;
    return migrated ? createMigratedDatabase(server, name) : server.createDatabase(name);
  };
  const databaseUrl = await createDatabase();
  const pool = createPool(databaseUrl);
  return {
    databaseUrl,
    pool,
    get serverPid() {
      return server.serverPid;
    },
    createDatabase,
    async stop() {
      await pool.end();
      await server.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
