/** Files on disk: read with clear failures, written whole or not at all, never over another. */
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { CliFailure, messageOf, systemCodeOf } from './failure.ts';
import type { Io } from './io.ts';
import { userPath } from './io.ts';

export interface WriteOptions {
  /** 0o600 for keys. */
  readonly mode: number;
  readonly overwrite: boolean;
}

/** The bytes of a file, or of standard input for `-`. */
export async function readInput(io: Io, path: string): Promise<Uint8Array> {
  if (path === '-') return readAll(io.stdin);
  try {
    return readFileSync(userPath(io, path));
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') throw new CliFailure('notFound', `There is no file ${path}.`);
    throw new CliFailure('failed', `${path} cannot be read: ${messageOf(error)}`);
  }
}

/** A file that is whole and on the disk, but not in its place yet. */
export interface StagedFile {
  /** Where it is until then: a name that nobody else uses. */
  readonly temporary: string;
  /** Throws `conflict` when the place is taken and may not be. */
  place(): void;
  /** Removes what was not placed. */
  discard(): void;
}

/** Temporary file beside, fsync, then into place: a reader sees nothing or all of it. Throws `conflict` when it is there. */
export function writeWhole(path: string, data: string | Uint8Array, options: WriteOptions): void {
  const staged = stageFile(path, data, options);
  try {
    staged.place();
  } finally {
    staged.discard();
  }
}

/** For files that belong together: nothing is replaced before all of them are written. */
export function stageFile(path: string, data: string | Uint8Array, { mode, overwrite }: WriteOptions): StagedFile {
  const directory = dirname(path);
  const temporary = join(directory, `${basename(path)}.${randomBytes(6).toString('hex')}.new`);
  const discard = (): void => rmSync(temporary, { force: true });
  try {
    mkdirSync(directory, { recursive: true });
    writeSynced(temporary, data, mode);
    syncDirectory(directory);
  } catch (error) {
    discard();
    throw cannotWrite(path, error);
  }
  return {
    temporary,
    discard,
    place: () => {
      try {
        if (overwrite) renameSync(temporary, path);
        // Unlike rename, link fails when the name is taken, also when it was taken a moment ago.
        else linkSync(temporary, path);
        discard();
        syncDirectory(directory);
      } catch (error) {
        throw systemCodeOf(error) === 'EEXIST' ? alreadyThere(path) : cannotWrite(path, error);
      }
    },
  };
}

export function alreadyThere(path: string): CliFailure {
  return new CliFailure('conflict', `${path} is there already.`, { hint: 'Choose another name, or give --overwrite.' });
}

function cannotWrite(path: string, error: unknown): CliFailure {
  return new CliFailure('failed', `${path} cannot be written: ${messageOf(error)}`, { cause: error });
}

function writeSynced(path: string, data: string | Uint8Array, mode: number): void {
  const file = openSync(path, 'wx', mode);
  try {
    // Unlike one write, which a full disk may cut short without an error.
    writeFileSync(file, data);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

async function readAll(stream: NodeJS.ReadStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer));
  return Buffer.concat(chunks);
}
