/** Under which account the embedded PostgreSQL runs: PostgreSQL refuses to run as root. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-errors.ts';

/** Owner of the server's files when Touchmark runs as root: an id that no account, container or service range uses. */
const serverId = 61_012;

/** How to start a program: directly, or as another user, possibly through `setpriv`. */
export interface Account {
  /** Owner of the files; undefined: the user that runs this process. */
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
  /** The `setpriv` command that changes to the account and keeps what it needs; empty: a plain change of ids. */
  readonly prefix: readonly string[];
}

export interface Invocation {
  readonly command: string;
  readonly args: string[];
  readonly ids: { readonly uid?: number; readonly gid?: number };
}

export function invocation({ ids, prefix }: Account, program: string, args: readonly string[]): Invocation {
  const [command = program, ...rest] = [...prefix, program, ...args];
  return { command, args: rest, ids: prefix.length > 0 || ids === undefined ? {} : ids };
}

export interface AccountQuestion {
  /** Owner of the data directory; undefined when there is none yet. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** Directories and programs that the account must reach. */
  readonly paths: readonly string[];
}

/** Chooses the account for the server, or explains why there is none and how to mend it. */
export function chooseAccount({ owner, paths }: AccountQuestion): Account {
  const self = process.getuid?.();
  if (self !== 0) {
    if (owner !== undefined && owner.uid !== self) {
      throw new EmbeddedPostgresError(
        `The embedded PostgreSQL belongs to the user with id ${owner.uid}, but this process runs as ${self}. Run Touchmark as that user (or as root), or chown the directory.`,
      );
    }
    return { ids: undefined, prefix: [] };
  }
  const ids = owner === undefined || owner.uid === 0 ? { uid: serverId, gid: serverId } : owner;
  return reachableAs(ids, paths);
}

/** `initdb` wants an account with a name; its files are handed over to the server's account afterwards. */
export function chooseInitAccount(paths: readonly string[]): Account {
  if (process.getuid?.() !== 0) return { ids: undefined, prefix: [] };
  return reachableAs(namedIds(), paths);
}

function namedIds(): { uid: number; gid: number } {
  for (const name of ['nobody', 'postgres', 'daemon']) {
    const uid = spawnSync('id', ['-u', name], { encoding: 'utf8' });
    const gid = spawnSync('id', ['-g', name], { encoding: 'utf8' });
    if (uid.status === 0 && gid.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new EmbeddedPostgresError(
    'Touchmark runs as root, where PostgreSQL refuses to run, and there is no account "nobody" to create its files with. Run Touchmark as an ordinary user, or set DATABASE_URL.',
  );
}

/** Tries what the kernel says, in the order of least privilege. */
function reachableAs(ids: { uid: number; gid: number }, paths: readonly string[]): Account {
  const direct: Account = { ids, prefix: [] };
  const obstacle = firstUnreachable(direct, paths);
  if (obstacle === undefined) return direct;
  for (const capability of heldCapabilities()) {
    const account: Account = {
      ids,
      prefix: [
        'setpriv',
        `--reuid=${ids.uid}`,
        `--regid=${ids.gid}`,
        '--clear-groups',
        `--inh-caps=-all,+${capability}`,
        `--ambient-caps=-all,+${capability}`,
        `--bounding-set=-all,+${capability}`,
        '--securebits=+no_setuid_fixup',
        '--no-new-privs',
      ],
    };
    if (firstUnreachable(account, paths) === undefined) return account;
  }
  throw new EmbeddedPostgresError(
    `Touchmark runs as root, where PostgreSQL refuses to run, and the account it would use instead (id ${ids.uid}) cannot reach ${obstacle}. ` +
      `Allow that with "chmod o+x ${closedDirectory(obstacle)}", put TOUCHMARK_HOME and the installation below a directory that everybody may enter, run Touchmark as an ordinary user, or set DATABASE_URL.`,
  );
}

function firstUnreachable(account: Account, paths: readonly string[]): string | undefined {
  return paths.find((path) => {
    const { command, args, ids } = invocation(account, 'sh', ['-c', 'test -x "$1"', 'sh', path]);
    return spawnSync(command, args, { cwd: '/', ...ids }).status !== 0;
  });
}

/** Capabilities that let an account enter closed directories, the weaker first (capabilities(7)). */
function heldCapabilities(): string[] {
  if (process.platform !== 'linux') return [];
  const line = /^CapPrm:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  const permitted = BigInt(`0x${line}`);
  return [
    { name: 'dac_read_search', bit: 2n },
    { name: 'dac_override', bit: 1n },
  ]
    .filter(({ bit }) => (permitted >> bit) % 2n === 1n)
    .map(({ name }) => name);
}

/** The outermost directory on the way that others may not enter. */
function closedDirectory(path: string): string {
  const ancestors: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    ancestors.unshift(at);
    if (at === dirname(at)) break;
  }
  return ancestors.find((at) => existsSync(at) && (statSync(at).mode & 0o001) === 0) ?? path;
}
