/** A PostgreSQL of a test's own, that can be stopped, started again, and lose a backend. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgres, createPool } from '@touchmark/store';
import { createMigratedDatabase, placeCluster } from '@touchmark/store/testing';
import type pg from 'pg';

export class TestCluster {
  readonly databaseUrl: string;
  /** Past every proxy. */
  readonly pool: pg.Pool;
  readonly #home: string;
  #server: EmbeddedPostgres;

  private constructor(home: string, server: EmbeddedPostgres, databaseUrl: string) {
    this.#home = home;
    this.#server = server;
    this.databaseUrl = databaseUrl;
    this.pool = createPool(databaseUrl, { max: 3 });
  }

  static async start(): Promise<TestCluster> {
    const home = await mkdtemp(join(tmpdir(), 'touchmark-'));
    await placeCluster(home);
    const server = await EmbeddedPostgres.start({ home });
    return new TestCluster(home, server, await createMigratedDatabase(server, 'registry'));
  }

  /** As `pg_ctl stop -m fast`. */
  stopServer(): Promise<void> {
    return this.#server.stop();
  }

  /** On the same address. */
  async startServer(): Promise<void> {
    this.#server = await EmbeddedPostgres.start({ home: this.#home });
  }

  /** `kill -9` of a backend that serves the process: PostgreSQL ends all the others too, and recovers. */
  async killBackendOf(pid: number): Promise<void> {
    const { rows } = await this.pool.query<{ pid: number }>(
      'SELECT pid FROM pg_stat_activity WHERE application_name = $1 ORDER BY state_change DESC LIMIT 1',
      [`touchmark ${pid}`],
    );
    const [backend] = rows;
    if (backend === undefined) throw new Error(`PostgreSQL serves no process ${pid}.`);
    process.kill(backend.pid, 'SIGKILL');
  }

  async dispose(): Promise<void> {
    await this.pool.end();
    await this.#server.stop();
    await rm(this.#home, { recursive: true, force: true });
  }
}
