/** The files of a Touchmark home: where they are, how they are written, who may read them. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
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
  renameSync(temporary, path);
  const directory = openSync(dirname(path), 'r');
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

/**
 * The passphrase that seals the private keys: as configured, or kept in the home and made there once, for a registry without
 * keys. One that is lost is not made anew: it would open nothing, and hide that the right one is missing.
 *
 * @throws StartError when there is none for a registry that has keys
 */
export function loadPassphrase(home: Home, configured: string | undefined, registryIsNew: boolean): string {
  if (configured !== undefined) return configured;
  if (!existsSync(home.passphrase)) {
    if (!registryIsNew) {
      throw new StartError(
        `The passphrase of this registry's private keys is missing: ${home.passphrase} is not there. Restore it from a backup, or set TOUCHMARK_KEY_PASSPHRASE to the one that the registry was made with.`,
      );
    }
    writeFileDurably(home.passphrase, `${randomBytes(32).toString('base64url')}\n`, 0o600);
  }
  return readSecretFile(home.passphrase);
}
