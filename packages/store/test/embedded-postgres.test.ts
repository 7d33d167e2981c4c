import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { isServer } from '../src/embedded-postgres-server-file.ts';
import {
  checkServerSettings,
  createPool,
  EmbeddedPostgres,
  EmbeddedPostgresError,
  HomeInUseError,
} from '../src/index.ts';
import { placeCluster } from '../src/testing.ts';

let directory: string;
let home: string;
const processes: ChildProcess[] = [];
const servers: EmbeddedPostgres[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'touchmark-'));
  home = join(directory, 'home');
});

afterEach(async () => {
  for (const child of processes.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) await server.stop();
  // Whatever a killed process left is taken over and stopped.
  if (existsSync(join(home, 'postgres', 'cluster')))
    await (await EmbeddedPostgres.start({ home }).catch(() => undefined))?.stop();
  await rm(directory, { recursive: true, force: true });
});

const start = async (at = home): Promise<EmbeddedPostgres> => {
  const server = await EmbeddedPostgres.start({ home: at });
  servers.push(server);
  return server;
};

interface Holder {
  readonly child: ChildProcess;
  readonly report: { readonly databaseUrl?: string; readonly serverPid?: number; readonly error?: string };
}

/** Another process that starts the home. */
const hold = async (): Promise<Holder> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'embedded-holder.ts'), home], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  processes.push(child);
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, report: JSON.parse(line) as Holder['report'] };
};

const kill = async ({ child }: Holder, signal: NodeJS.Signals): Promise<void> => {
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
};

const query = async (databaseUrl: string, sql: string): Promise<unknown[]> => {
  const pool = createPool(databaseUrl, { max: 1 });
  try {
    return (await pool.query(sql)).rows as unknown[];
  } finally {
    await pool.end();
  }
};

const isRunning = (pid: number): boolean => isServer(pid, join(home, 'postgres', 'cluster', 'data'));

describe('the embedded PostgreSQL', () => {
  it('starts on an empty home with durable settings, keeps its data, and stops cleanly', async () => {
    const first = await start();
    await query(first.databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS n');
    const pool = createPool(first.databaseUrl, { max: 1 });
    await checkServerSettings(pool);
    await pool.end();
    const { serverPid } = first;
    await first.stop();
    await first.stop();
    expect(isRunning(serverPid)).toBe(false);
    const second = await start();
    expect(second.databaseUrl).toBe(first.databaseUrl);
    expect(await query(second.databaseUrl, 'SELECT n FROM kept')).toEqual([{ n: 42 }]);
  }, 60_000);

  it('asks for its random password, which only the owner can read', async () => {
    await placeCluster(home);
    const { databaseUrl } = await start();
    const file = join(home, 'postgres', 'cluster', 'password');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8').trim()).toMatch(/^[\w-]{32}$/);
    const url = new URL(databaseUrl);
    url.password = 'wrong';
    await expect(query(url.href, 'SELECT 1')).rejects.toThrow(/password/);
    url.password = '';
    await expect(query(url.href, 'SELECT 1')).rejects.toThrow();
    expect(statSync(join(home, 'postgres', 'cluster', 'data')).mode & 0o077).toBe(0);
  }, 60_000);

  it('refuses a second start on the same home, in this process and in another', async () => {
    await placeCluster(home);
    const first = await start();
    await expect(EmbeddedPostgres.start({ home })).rejects.toThrow(HomeInUseError);
    await expect(EmbeddedPostgres.start({ home })).rejects.toThrow(
      `in use by another process (touchmark ${process.pid})`,
    );
    expect((await hold()).report).toEqual({ error: 'HomeInUseError' });
    expect(await query(first.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  }, 60_000);

  it('is given to one of several processes that start an empty home at once', async () => {
    const holders = await Promise.all([hold(), hold(), hold(), hold()]);
    expect(holders.filter(({ report }) => report.databaseUrl !== undefined)).toHaveLength(1);
    expect(holders.filter(({ report }) => report.error === 'HomeInUseError')).toHaveLength(3);
  }, 60_000);

  it('loses nothing that was committed when its owner is killed, and the next start takes it over', async () => {
    await placeCluster(home);
    const holder = await hold();
    const url = holder.report.databaseUrl!;
    await query(url, 'CREATE TABLE kept AS SELECT 42 AS n');
    await kill(holder, 'SIGKILL');
    expect(isRunning(holder.report.serverPid!)).toBe(true);
    const next = await start();
    expect(next.serverPid).toBe(holder.report.serverPid);
    expect(await query(next.databaseUrl, 'SELECT n FROM kept')).toEqual([{ n: 42 }]);
    await next.stop();
    expect(isRunning(next.serverPid)).toBe(false);
  }, 60_000);

  it('is given to one of several processes that start after its owner was killed', async () => {
    await placeCluster(home);
    for (let round = 0; round < 2; round++) {
      const holder = await hold();
      await kill(holder, 'SIGKILL');
      const holders = await Promise.all([hold(), hold(), hold()]);
      const owners = holders.filter(({ report }) => report.databaseUrl !== undefined);
      expect(owners).toHaveLength(1);
      await kill(owners[0]!, 'SIGKILL');
    }
  }, 60_000);

  it('recovers when owner and server are killed together', async () => {
    await placeCluster(home);
    const holder = await hold();
    await query(holder.report.databaseUrl!, 'CREATE TABLE kept AS SELECT 42 AS n');
    process.kill(holder.report.serverPid!, 'SIGKILL');
    await kill(holder, 'SIGKILL');
    const next = await start();
    expect(next.serverPid).not.toBe(holder.report.serverPid);
    expect(await query(next.databaseUrl, 'SELECT n FROM kept')).toEqual([{ n: 42 }]);
  }, 60_000);

  it('does not outlive an owner that is asked to end', async () => {
    await placeCluster(home);
    const holder = await hold();
    await kill(holder, 'SIGTERM');
    expect(isRunning(holder.report.serverPid!)).toBe(false);
  }, 60_000);

  it('is started again, on the same address, when it dies', async () => {
    await placeCluster(home);
    const events: string[] = [];
    const server = await EmbeddedPostgres.start({ home, onEvent: ({ kind }) => events.push(kind) });
    servers.push(server);
    await query(server.databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS n');
    const before = server.serverPid;
    process.kill(before, 'SIGKILL');
    for (let tries = 0; !events.includes('recovered') && tries < 200; tries++) await sleep(50);
    expect(events).toEqual(['lost', 'recovered']);
    expect(server.serverPid).not.toBe(before);
    expect(await query(server.databaseUrl, 'SELECT n FROM kept')).toEqual([{ n: 42 }]);
  }, 60_000);

  it('gets past the file of a dead server whose process id is in use again', async () => {
    await placeCluster(home);
    const server = await start();
    await server.stop();
    const data = join(home, 'postgres', 'cluster', 'data');
    const file = join(data, 'postmaster.pid');
    const socketLock = join(home, 'postgres', 'run', '.s.PGSQL.5432.lock');
    // This very process is alive, and no PostgreSQL.
    const lines = [process.pid, data, 1_700_000_000, 5432, join(home, 'postgres', 'run'), '', '  0  0', 'ready   '];
    writeFileSync(file, lines.join('\n'));
    writeFileSync(socketLock, lines.slice(0, 5).join('\n'));
    const next = await start();
    expect(await query(next.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  }, 60_000);

  it.each(['cluster/data/postmaster.pid', 'run/.s.PGSQL.5432.lock'])(
    'gets past an empty %s, which a server leaves that is killed while it starts',
    async (lockFile) => {
      await placeCluster(home);
      const path = join(home, 'postgres', lockFile);
      mkdirSync(dirname(path), { recursive: true });
      const { uid, gid } = statSync(join(home, 'postgres', 'cluster', 'data'));
      writeFileSync(path, '', { mode: 0o600 });
      chownSync(path, uid, gid);
      const server = await start();
      expect(isServer(server.serverPid, join(home, 'postgres', 'cluster', 'data'))).toBe(true);
      expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`^${server.serverPid}\n`));
    },
  );

  it('listens on loopback when the path of the socket would be too long', async () => {
    home = join(directory, 'long'.repeat(30), 'home');
    const server = await start();
    expect(new URL(server.databaseUrl).hostname).toBe('127.0.0.1');
    expect(await query(server.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await expect(EmbeddedPostgres.start({ home })).rejects.toThrow(HomeInUseError);
  }, 60_000);

  it('works in a home that nobody else may enter', async () => {
    mkdirSync(home, { mode: 0o700 });
    chmodSync(home, 0o700);
    const server = await start();
    expect(await query(server.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(statSync(home).mode & 0o777).toBe(0o700);
  }, 60_000);

  it('refuses a cluster that is not whole, and leaves it as it is', async () => {
    await placeCluster(home);
    const server = await start();
    await server.stop();
    const file = join(home, 'postgres', 'cluster', 'data', 'PG_VERSION');
    renameSync(file, `${file}.away`);
    await expect(start()).rejects.toThrow(EmbeddedPostgresError);
    await expect(start()).rejects.toThrow(/not a complete PostgreSQL cluster/);
    renameSync(`${file}.away`, file);
    expect(await query((await start()).databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  }, 60_000);

  it('refuses a cluster of another major version', async () => {
    await placeCluster(home);
    const server = await start();
    await server.stop();
    const file = join(home, 'postgres', 'cluster', 'data', 'PG_VERSION');
    writeFileSync(file, '17\n');
    await expect(start()).rejects.toThrow(/made by PostgreSQL 17/);
    writeFileSync(file, '18\n');
  }, 60_000);
});
