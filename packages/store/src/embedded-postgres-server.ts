/** The server process of the embedded PostgreSQL: started with durable settings, stopped properly. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { invocation } from './embedded-postgres-account.ts';
import type { Cluster } from './embedded-postgres-cluster.ts';
import { serverEnvironment } from './embedded-postgres-cluster.ts';
import { EmbeddedPostgresError } from './embedded-postgres-errors.ts';
import { isServer } from './embedded-postgres-server-file.ts';
import type { RunningServer, ServerAddress } from './embedded-postgres-server-file.ts';

const settings: Readonly<Record<string, string>> = {
  // What the registry promises rests on these three; the service refuses any server without them.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  max_connections: '60',
  shared_buffers: '64MB',
  work_mem: '4MB',
  maintenance_work_mem: '64MB',
  max_wal_size: '1GB',
  checkpoint_timeout: '10min',
  wal_compression: 'on',
  jit: 'off',
  io_method: 'sync',
  max_parallel_workers_per_gather: '0',
  unix_socket_permissions: '0700',
  tcp_keepalives_idle: '30',
  // Its own log, a file for each day of the week; no statement and no parameter is ever written to it.
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'postgresql-%a.log',
  log_truncate_on_rotation: 'on',
  log_rotation_age: '1d',
  log_file_mode: '0600',
  log_min_messages: 'warning',
  log_min_error_statement: 'panic',
  log_parameter_max_length_on_error: '0',
  log_checkpoints: 'off',
};

/** sockaddr_un holds 108 bytes on Linux and 104 on macOS, the final NUL included. */
const socketPathLimit = 103;

/** Where a new server shall listen. @param before the port of a server that is being replaced, so that clients find it again */
export async function chooseAddress(cluster: Cluster, before?: ServerAddress): Promise<ServerAddress> {
  const path = join(cluster.socketDirectory, '.s.PGSQL.5432.lock');
  if (Buffer.byteLength(path) <= socketPathLimit) {
    return { kind: 'socket', directory: cluster.socketDirectory, port: 5432 };
  }
  return { kind: 'loopback', port: before?.port ?? (await freePort()) };
}

export interface StartingServer {
  readonly child: ChildProcess;
  /** Resolves when the process ends, with what it said. */
  readonly ended: Promise<string>;
}

/** Starts a server in a session of its own: a Ctrl-C in the terminal reaches Touchmark, which then stops the server. */
export function startServer(cluster: Cluster, address: ServerAddress): StartingServer {
  const flags = { ...settings, ...listenSettings(address) };
  const { command, args, ids } = invocation(cluster.account, cluster.binaries.postgres, [
    '-D',
    cluster.dataDirectory,
    ...Object.entries(flags).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  const log = openSync(cluster.startLog, 'w', 0o600);
  try {
    const child = spawn(command, args, {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      env: serverEnvironment(),
      ...ids,
    });
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => {
        resolve(error.message);
      });
      child.once('exit', () => {
        resolve(readStartLog(cluster.startLog));
      });
    });
    child.unref();
    return { child, ended };
  } finally {
    closeSync(log);
  }
}

/** The log goes with the home, which may be removed by the time the server ends. */
function readStartLog(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

/** False when the process has ended meanwhile. */
function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

function listenSettings(address: ServerAddress): Record<string, string> {
  const port = String(address.port);
  switch (address.kind) {
    case 'socket':
      return { listen_addresses: '', unix_socket_directories: address.directory, port };
    case 'loopback':
      return { listen_addresses: '127.0.0.1', unix_socket_directories: '', port };
  }
}

/** A fast shutdown: sessions are ended, a checkpoint is written. Past the time limit it stops at once, and recovers at the next start. */
export async function stopServer({ pid }: Pick<RunningServer, 'pid'>, dataDirectory: string): Promise<void> {
  for (const { signal, milliseconds } of [
    { signal: 'SIGINT', milliseconds: 20_000 },
    { signal: 'SIGQUIT', milliseconds: 10_000 },
  ] as const) {
    if (!isServer(pid, dataDirectory)) return;
    if (!sendSignal(pid, signal)) return;
    for (const until = Date.now() + milliseconds; Date.now() < until;) {
      if (!isServer(pid, dataDirectory)) return;
      await sleep(10);
    }
  }
  throw new EmbeddedPostgresError(
    `The embedded PostgreSQL (process ${pid}) does not stop. Look at it before starting again.`,
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string')
    throw new EmbeddedPostgresError('There is no free port on loopback.');
  return address.port;
}
