/** What a PostgreSQL server leaves in its data directory about itself: postmaster.pid. */
import { execFileSync } from 'node:child_process';
import { linkSync, readFileSync, readlinkSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

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
 * common in containers. The file is taken aside and looked at again, for another process may just have put a new one there.
 */
export function removeStaleServerFile(dataDirectory: string, stale: RunningServer): void {
  const path = join(dataDirectory, fileName);
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
    if (!readFileSync(aside, 'utf8').startsWith(`${stale.pid}\n`)) linkSync(aside, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
  if (stale.address.kind === 'socket') {
    const socket = join(stale.address.directory, `.s.PGSQL.${stale.address.port}`);
    const lock = readIfThere(`${socket}.lock`);
    if (lock?.startsWith(`${stale.pid}\n`)) rmSync(`${socket}.lock`, { force: true });
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
