/** The files of the embedded PostgreSQL in a home: made once, atomically. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { chooseAccount, chooseInitAccount, invocation } from './embedded-postgres-account.ts';
import type { Account } from './embedded-postgres-account.ts';
import { findPostgresBinaries } from './embedded-postgres-binaries.ts';
import type { PostgresBinaries } from './embedded-postgres-binaries.ts';
import { EmbeddedPostgresError } from './embedded-postgres-errors.ts';

export const clusterUser = 'touchmark';

export interface Cluster {
  readonly home: string;
  readonly binaries: PostgresBinaries;
  readonly account: Account;
  readonly dataDirectory: string;
  readonly socketDirectory: string;
  /** What the server says before its own log is open. */
  readonly startLog: string;
  readonly password: string;
}

/** Opens the cluster of a home, making it when there is none. A cluster that looks damaged is refused, never remade. */
export function openCluster(home: string): Cluster {
  const binaries = findPostgresBinaries();
  const directory = join(home, 'postgres');
  // Entered, but not listed, by the server's own account when that is another one.
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
  mkdirSync(home, { recursive: true, mode: 0o700 });
  mkdirSync(directory, { recursive: true, mode });
  chmodSync(directory, mode);
  const clusterDirectory = join(directory, 'cluster');
  if (!existsSync(clusterDirectory)) initialise(directory, clusterDirectory, binaries, mode);

  const dataDirectory = join(clusterDirectory, 'data');
  if (!existsSync(join(dataDirectory, 'PG_VERSION')) || !existsSync(join(clusterDirectory, 'password'))) {
    throw new EmbeddedPostgresError(
      `${clusterDirectory} is not a complete PostgreSQL cluster. It is left as it is: restore it from a backup, or move it away to begin with an empty registry.`,
    );
  }
  checkMajorVersion(dataDirectory, binaries);
  const { uid, gid } = statSync(dataDirectory);
  const account = chooseAccount({ owner: { uid, gid }, paths: [directory, binaries.postgres] });
  const socketDirectory = join(directory, 'run');
  mkdirSync(socketDirectory, { recursive: true, mode: 0o700 });
  if (account.ids !== undefined) {
    chownSync(socketDirectory, account.ids.uid, account.ids.gid);
    if (uid === 0) chownTree(dataDirectory, account.ids);
  }
  return {
    home,
    binaries,
    account,
    dataDirectory,
    socketDirectory,
    startLog: join(directory, 'start.log'),
    password: readFileSync(join(clusterDirectory, 'password'), 'utf8').trim(),
  };
}

/**
 * Makes the cluster under another name and renames it, so that a crash leaves none half made; when two processes do so at
 * once, one rename fails and its cluster is thrown away.
 */
function initialise(directory: string, clusterDirectory: string, binaries: PostgresBinaries, mode: number): void {
  const account = chooseInitAccount([directory, binaries.initdb]);
  const made = mkdtempSync(join(directory, 'new-'));
  try {
    chmodSync(made, mode);
    const dataDirectory = join(made, 'data');
    mkdirSync(dataDirectory, { mode: 0o700 });
    const password = randomBytes(24).toString('base64url');
    const passwordFile = join(made, 'password');
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600, flush: true });
    if (account.ids !== undefined) {
      chownSync(dataDirectory, account.ids.uid, account.ids.gid);
      chownSync(passwordFile, account.ids.uid, account.ids.gid);
    }
    runInitdb(binaries, account, dataDirectory, passwordFile);
    if (account.ids !== undefined) {
      chownSync(passwordFile, 0, 0);
      const server = chooseAccount({ owner: undefined, paths: [directory, binaries.postgres] });
      if (server.ids !== undefined) chownTree(dataDirectory, server.ids);
    }
    renameSync(made, clusterDirectory);
  } catch (error) {
    if (!existsSync(clusterDirectory)) throw error;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

function runInitdb(binaries: PostgresBinaries, account: Account, dataDirectory: string, passwordFile: string): void {
  const { command, args, ids } = invocation(account, binaries.initdb, [
    `--pgdata=${dataDirectory}`,
    `--username=${clusterUser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Sorts the same on every machine, whatever its C library: an index never outlives its collation.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--data-checksums',
    '--no-instructions',
  ]);
  const result = spawnSync(command, args, { cwd: '/', encoding: 'utf8', env: serverEnvironment(), ...ids });
  if (result.status !== 0) {
    const reason = [result.error?.message, result.stderr].filter(Boolean).join('\n').trim();
    throw new EmbeddedPostgresError(`PostgreSQL could not make its cluster in ${dataDirectory}: ${reason}`);
  }
}

/** Nothing of this process's environment reaches the server: no PG* variable, no secret. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

function checkMajorVersion(dataDirectory: string, binaries: PostgresBinaries): void {
  const made = readFileSync(join(dataDirectory, 'PG_VERSION'), 'utf8').trim();
  const { stdout } = spawnSync(binaries.postgres, ['--version'], { encoding: 'utf8', env: serverEnvironment() });
  const brought = /(\d+)\./.exec(stdout)?.[1];
  if (brought !== undefined && made !== brought) {
    throw new EmbeddedPostgresError(
      `The cluster in ${dataDirectory} was made by PostgreSQL ${made}, this release brings ${brought}. Upgrade it with pg_upgrade or dump and restore; nothing was changed.`,
    );
  }
}

function chownTree(path: string, { uid, gid }: { uid: number; gid: number }): void {
  lchownSync(path, uid, gid);
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true })) {
    lchownSync(join(entry.parentPath, entry.name), uid, gid);
  }
}
