/** What lies in a home, file by file, down to those of the embedded PostgreSQL. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

interface HomeFile {
  /** Relative to the home. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** Every file; sockets and the like are left out. */
function filesOf(home: string): HomeFile[] {
  return readdirSync(home, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ name: relative(home, path), bytes: readFileSync(path) }));
}

/** Names of the files that contain one of the texts. */
export function filesWith(home: string, ...texts: readonly (string | Buffer)[]): string[] {
  return filesOf(home)
    .filter(({ bytes }) => texts.some((text) => bytes.includes(text)))
    .map(({ name }) => name)
    .sort();
}

/** Content and mode of every file outside the database, by name. */
export function statesOf(home: string): Record<string, string> {
  const files = filesOf(home).filter(({ name }) => !name.startsWith('postgres/'));
  return Object.fromEntries(
    files.map(({ name, bytes }) => {
      const mode = modeOf(join(home, name));
      return [name, `${mode} ${createHash('sha256').update(bytes).digest('hex')}`];
    }),
  );
}

/** Permissions in octal digits, e.g. `600`. */
export function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}
