/** What a PostgreSQL server leaves in its data directory about itself: postmaster.pid. */
import { execFileSync } from 'node:child_process';
import { linkSync, readFileSync, readlinkSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How to reach a server: over its Unix socket, or over loopback where the socket's path would be too long. */
export type ServerAddress =
  | { readonly kind: 'socket'; readonly directory: string; readonly port: number }
  | { readonly kind: 'loopback'; readonly port: number };

export interface RunningServer {
  readonly pid: number;
  readonly address: ServerAddress;
}

const fileName = 'postmaster.pid';

/** The server that says to run on this data directory; it may be dead. Undefined: none, or it is only just starting. */
export function readServerFile(dataDirectory: string): RunningServer | undefined {
  const text = readIfThere(join(dataDirectory, fileName));
  const [pid, , , port, socketDirectory, listenAddress] = text?.split('\n') ?? [];
  if (pid === undefined || port === undefined || !/^\d+$/.test(pid) || !/^\d+$/.test(port)) return undefined;
  if (socketDirectory !== undefined && socketDirectory !== '') {
    return { pid: Number(pid), address: { kind: 'socket', directory: socketDirectory, port: Number(port) } };
  }
  if (listenAddress === undefined) return undefined;
  return { pid: Number(pid), address: { kind: 'loopback', port: Number(port) } };
}

/** Whether this process is a server on that data directory, and not something that got the same process id later. */
export function isServer(pid: number, dataDirectory: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  try {
    // A server's working directory is its data directory.
    if (process.platform === 'linux') return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataDirectory);
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).includes('postgres');
  } catch {
    return false;
  }
}

/**
 * Removes the file of a server that is gone. PostgreSQL does this by itself unless the process id is in use again, which is
 * common in containers.
 */
export function removeStaleServerFile(dataDirectory: string, stale: RunningServer): void {
  const isStale = (text: string): boolean => text.startsWith(`${stale.pid}\n`);
  removeIf(join(dataDirectory, fileName), isStale);
  if (stale.address.kind === 'socket') removeIf(socketLock(stale.address.directory, stale.address.port), isStale);
}

/** A server that starts fills its lock files in the instant in which it makes them. */
const fillingMilliseconds = 1000;

/**
 * Removes lock files that stay without content: a server was killed, or the machine lost its power, between making and
 * filling one. PostgreSQL refuses to start over such a file for ever.
 */
export async function removeEmptyLockFiles(dataDirectory: string, address: ServerAddress): Promise<void> {
  const paths = [join(dataDirectory, fileName)];
  if (address.kind === 'socket') paths.push(socketLock(address.directory, address.port));
  for (const path of paths) {
    for (let found = emptyFile(path); found !== undefined; found = emptyFile(path)) {
      if (Math.abs(Date.now() - found.mtimeMs) >= fillingMilliseconds) removeIf(path, (text) => text === '');
      else await sleep(50);
    }
  }
}

function emptyFile(path: string): Stats | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.size === 0 ? found : undefined;
}

function socketLock(directory: string, port: number): string {
  return join(directory, `.s.PGSQL.${port}.lock`);
}

/** Takes the file aside before it looks, for another process may just have put a new one there, and then puts that back. */
function removeIf(path: string, condition: (text: string) => boolean): void {
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
    if (!condition(readFileSync(aside, 'utf8'))) linkSync(aside, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
