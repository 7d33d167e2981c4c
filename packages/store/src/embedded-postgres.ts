/** The embedded default: a real PostgreSQL inside the home, owned by one process at a time. */
import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { openCluster, clusterUser } from './embedded-postgres-cluster.ts';
import type { Cluster } from './embedded-postgres-cluster.ts';
import { EmbeddedPostgresError, HomeInUseError } from './embedded-postgres-errors.ts';
import { claimHome, connectTo, keepProcessAlive } from './embedded-postgres-claim.ts';
import {
  isServer,
  readServerFile,
  removeEmptyLockFiles,
  removeStaleServerFile,
} from './embedded-postgres-server-file.ts';
import type { RunningServer, ServerAddress } from './embedded-postgres-server-file.ts';
import { chooseAddress, startServer, stopServer } from './embedded-postgres-server.ts';

export interface EmbeddedPostgresOptions {
  /** `$TOUCHMARK_HOME`; the cluster is in its folder `postgres`. */
  readonly home: string;
  /** The database to open, made if it is not there. */
  readonly database?: string;
  /** Told when the server died and was started again, and when that failed for good: another process took the home. */
  readonly onEvent?: (event: EmbeddedPostgresEvent) => void;
}

export type EmbeddedPostgresEvent =
  { readonly kind: 'lost' } | { readonly kind: 'recovered' } | { readonly kind: 'gaveUp'; readonly error: unknown };

/** A server with this process's claim on it: a session that holds the home's lock for as long as the process lives. */
interface Claim {
  readonly server: RunningServer;
  readonly session: pg.Client;
}

/**
 * The home belongs to whoever holds an advisory lock on its server. The lock ends with the session, so a killed owner leaves
 * nothing behind that would block the next one; PostgreSQL itself sees to it that a data directory has one server only.
 */
export class EmbeddedPostgres {
  readonly databaseUrl: string;
  readonly #cluster: Cluster;
  readonly #onEvent: (event: EmbeddedPostgresEvent) => void;
  #claim: Claim;
  #recovery: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | undefined;

  private constructor(
    cluster: Cluster,
    claim: Claim,
    database: string,
    onEvent: (event: EmbeddedPostgresEvent) => void,
  ) {
    this.#cluster = cluster;
    this.#claim = claim;
    this.#onEvent = onEvent;
    this.databaseUrl = databaseUrl(claim.server.address, cluster.password, database);
    this.#watch(claim.session);
  }

  /** Starts the server of this home, or takes over the one that a killed process left. Throws `HomeInUseError`. */
  static async start({
    home,
    database = 'touchmark',
    onEvent = () => undefined,
  }: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const cluster = openCluster(existsSync(home) ? realpathSync(home) : resolve(home));
    const claim = await claimServer(cluster);
    try {
      await createDatabase(claim.session, database);
    } catch (error) {
      await claim.session.end();
      throw error;
    }
    return new EmbeddedPostgres(cluster, claim, database, onEvent);
  }

  get serverPid(): number {
    return this.#claim.server.pid;
  }

  /** The URL of another database of the same server. */
  async createDatabase(name: string): Promise<string> {
    const { session } = this.#claim;
    keepProcessAlive(session, true);
    try {
      await createDatabase(session, name);
    } finally {
      keepProcessAlive(session, false);
    }
    return databaseUrl(this.#claim.server.address, this.#cluster.password, name);
  }

  /** A clean shutdown. Safe to call more than once. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    await this.#recovery;
    const { server, session } = this.#claim;
    keepProcessAlive(session, true);
    await stopServer(server, this.#cluster.dataDirectory);
    await session.end().catch(() => undefined);
  }

  #watch(session: pg.Client): void {
    // The claim alone keeps no process alive.
    keepProcessAlive(session, false);
    session.once('end', () => {
      if (this.#stopping === undefined) this.#recovery = this.#recover();
    });
  }

  /** The server died or was stopped by somebody: the service needs it, so it is started again on the same address. */
  async #recover(): Promise<void> {
    this.#onEvent({ kind: 'lost' });
    for (let pause = 100; this.#stopping === undefined; pause = Math.min(pause * 2, 2000)) {
      try {
        this.#claim = await claimServer(this.#cluster, this.#claim.server.address);
        this.#watch(this.#claim.session);
        this.#onEvent({ kind: 'recovered' });
        return;
      } catch (error) {
        if (error instanceof HomeInUseError) {
          this.#onEvent({ kind: 'gaveUp', error });
          return;
        }
      }
      await sleep(pause);
    }
  }
}

const startLimitMilliseconds = 60_000;

async function claimServer(cluster: Cluster, before?: ServerAddress): Promise<Claim> {
  const until = Date.now() + startLimitMilliseconds;
  for (let failures: string[] = []; ;) {
    const server = (await findServer(cluster, until)) ?? (await launchServer(cluster, before, until, failures));
    if (server !== undefined) {
      const session = await connectTo(server.address, cluster.password, 'postgres', until);
      if (session !== undefined) {
        await claimHome(session, cluster.home);
        return { server, session };
      }
    }
    if (failures.length >= 5 || Date.now() >= until) {
      throw new EmbeddedPostgresError(
        `The embedded PostgreSQL does not start: ${failures.at(-1) ?? 'it does not answer'}`,
      );
    }
    await sleep(100);
  }
}

/** A live server on the cluster, also one that is starting or stopping; what a dead one left is cleared away. */
async function findServer(cluster: Cluster, until: number): Promise<RunningServer | undefined> {
  for (;;) {
    const server = readServerFile(cluster.dataDirectory);
    if (server === undefined) return undefined;
    const probe = await connectTo(server.address, cluster.password, 'postgres', 0);
    if (probe !== undefined) {
      await probe.end();
      return server;
    }
    if (!isServer(server.pid, cluster.dataDirectory)) {
      removeStaleServerFile(cluster.dataDirectory, server);
      return undefined;
    }
    if (Date.now() >= until) return undefined;
    await sleep(50);
  }
}

async function launchServer(
  cluster: Cluster,
  before: ServerAddress | undefined,
  until: number,
  failures: string[],
): Promise<RunningServer | undefined> {
  const address = await chooseAddress(cluster, before);
  await removeEmptyLockFiles(cluster.dataDirectory, address);
  const { child, ended } = startServer(cluster, address);
  let said: string | undefined;
  void ended.then((text) => {
    said = text;
  });
  while (Date.now() < until) {
    const server = readServerFile(cluster.dataDirectory);
    if (server !== undefined && server.pid === child.pid) {
      const probe = await connectTo(server.address, cluster.password, 'postgres', 0);
      if (probe !== undefined) {
        await probe.end();
        return server;
      }
    }
    if (said !== undefined) {
      // Another process may have been quicker; then its server is found in the next round.
      failures.push(said);
      return undefined;
    }
    await sleep(20);
  }
  return undefined;
}

async function createDatabase(session: pg.Client, name: string): Promise<void> {
  const { rowCount } = await session.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  if (rowCount === 0) await session.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
}

function databaseUrl(address: ServerAddress, password: string, database: string): string {
  const base = `postgresql://${clusterUser}:${encodeURIComponent(password)}@`;
  const name = encodeURIComponent(database);
  switch (address.kind) {
    case 'socket':
      return `${base}localhost:${address.port}/${name}?host=${encodeURIComponent(address.directory)}`;
    case 'loopback':
      return `${base}127.0.0.1:${address.port}/${name}`;
  }
}
