/** CPU time of other processes, from /proc: PostgreSQL does not tell its own. */
import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ, which is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

interface ProcessTimes {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  /** Own time and that of children that ended. */
  readonly seconds: number;
}

/** Seconds used so far by the PostgreSQL that this process started; undefined where that cannot be read. */
export function postgresCpuSeconds(ownerPid: number): number | undefined {
  const processes = listProcesses();
  const postmaster = processes.find(
    ({ pid, command }) => command === 'postgres' && descendsFrom(pid, ownerPid, processes),
  );
  if (postmaster === undefined) return undefined;
  const backends = processes.filter(({ parent }) => parent === postmaster.pid);
  return [postmaster, ...backends].reduce((sum, { seconds }) => sum + seconds, 0);
}

function descendsFrom(pid: number, ancestor: number, processes: readonly ProcessTimes[]): boolean {
  for (let current = pid; current > 1;) {
    const parent = processes.find((each) => each.pid === current)?.parent ?? 0;
    if (parent === ancestor) return true;
    current = parent;
  }
  return false;
}

function listProcesses(): ProcessTimes[] {
  let names: string[];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    try {
      return [parseStat(readFileSync(`/proc/${name}/stat`, 'utf8'))];
    } catch {
      return []; // it has ended meanwhile
    }
  });
}

/** proc_pid_stat(5): the command stands in parentheses and may hold anything. */
function parseStat(text: string): ProcessTimes {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  const ticks = [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0);
  return {
    pid: Number(text.slice(0, open)),
    parent: Number(fields[1]),
    command: text.slice(open + 1, close),
    seconds: ticks / ticksPerSecond,
  };
}
