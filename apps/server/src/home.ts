/** The files of a Touchmark home: where they are, how they are written, who may read them. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { StartError } from './start-error.ts';

export interface Home {
  readonly directory: string;
  readonly postgres: string;
  readonly passphrase: string;
  /** The passphrase that is to follow, while it is being changed. */
  readonly nextPassphrase: string;
  readonly pkiId: string;
  readonly firstRun: string;
  readonly rootCertificate: string;
  readonly adminDirectory: string;
  readonly adminCertificate: string;
  readonly adminKey: string;
}

export function homeAt(directory: string): Home {
  const adminDirectory = join(directory, 'admin');
  return {
    directory,
    postgres: join(directory, 'postgres'),
    passphrase: join(directory, 'key-passphrase'),
    nextPassphrase: join(directory, 'key-passphrase.next'),
    pkiId: join(directory, 'pki-id'),
    firstRun: join(directory, 'first-run.json'),
    rootCertificate: join(directory, 'root.pem'),
    adminDirectory,
    adminCertificate: join(adminDirectory, 'admin.pem'),
    adminKey: join(adminDirectory, 'admin.key'),
  };
}

/** Makes the home if it is not there. The embedded PostgreSQL may run as another user, so the directory can be passed through. */
export function createHome(home: Home): void {
  mkdirSync(home.directory, { recursive: true, mode: 0o711 });
  if ((statSync(home.directory).mode & 0o002) !== 0) {
    throw new StartError(
      `Everybody on this host may write into ${home.directory}, and could put keys of their own there. Mend it with: chmod o-w ${home.directory}`,
    );
  }
  mkdirSync(home.adminDirectory, { recursive: true, mode: 0o700 });
}

/** Written beside, synced and renamed: a reader sees the old file or the new one, never half of it. */
export function writeFileDurably(path: string, text: string, mode: number): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  const file = openSync(temporary, 'wx', mode);
  try {
    // Writes all of it or throws: a short write on a full disk must not be renamed into place.
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  chmodSync(temporary, mode);
  renameDurably(temporary, path);
}

/** The file is there under the old name or under the new one, also after a power cut. */
export function renameDurably(from: string, to: string): void {
  renameSync(from, to);
  const directory = openSync(dirname(to), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/** @throws Error when others than the owner may read it */
export function readSecretFile(path: string): string {
  const mode = statSync(path).mode & 0o077;
  if (mode !== 0) throw new Error(`${path} can be read by others than its owner. Mend it with: chmod 600 ${path}`);
  return readFileSync(path, 'utf8').trim();
}
