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
  writeSync,
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

/** Temporary file beside, fsync, then into place: a reader sees nothing or all of it. Throws `conflict` when it is there. */
export function writeWhole(path: string, data: string | Uint8Array, { mode, overwrite }: WriteOptions): void {
  const directory = dirname(path);
  const temporary = join(directory, `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    mkdirSync(directory, { recursive: true });
    writeSynced(temporary, data, mode);
    if (overwrite) renameSync(temporary, path);
    // Unlike rename, link fails when the name is taken, also when it was taken a moment ago.
    else linkSync(temporary, path);
    syncDirectory(directory);
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') throw alreadyThere(path);
    throw new CliFailure('failed', `${path} cannot be written: ${messageOf(error)}`, { cause: error });
  } finally {
    rmSync(temporary, { force: true });
  }
}

export function alreadyThere(path: string): CliFailure {
  return new CliFailure('conflict', `${path} is there already.`, { hint: 'Choose another name, or give --overwrite.' });
}

function writeSynced(path: string, data: string | Uint8Array, mode: number): void {
  const file = openSync(path, 'wx', mode);
  try {
    if (typeof data === 'string') writeSync(file, data);
    else writeSync(file, data);
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
