/** The processes of the embedded PostgreSQL of a home, to be killed or held from outside. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The first process of the server; undefined while there is none. */
export function findPostmaster(home: string): number | undefined {
  try {
    const [pid] = readFileSync(join(home, 'postgres', 'cluster', 'data', 'postmaster.pid'), 'utf8').split('\n');
    return pid === undefined || pid === '' ? undefined : Number(pid);
  } catch {
    return undefined;
  }
}

export function getPostmaster(home: string): number {
  const pid = findPostmaster(home);
  if (pid === undefined) throw new Error(`There is no PostgreSQL running in ${home}.`);
  return pid;
}

/** The server's backends and helpers. */
export function childrenOf(pid: number): number[] {
  return process.platform === 'linux' ? childrenByProc(pid) : childrenByPs(pid);
}

/** Sends a signal to processes of which some may be gone by now; tells how many it reached. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): number {
  return pids.filter((pid) => {
    try {
      return process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
      throw error;
    }
  }).length;
}

function childrenByProc(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => parentOf(name) === parent)
    .map(Number);
}

/** proc(5): pid, name in parentheses, state, parent. */
function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

function childrenByPs(parent: number): number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, ppid]) => ppid === parent)
    .map(([pid]) => Number(pid));
}
