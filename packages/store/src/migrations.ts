/** Brings a registry's schema up to this program, and refuses one that is newer. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { clonePool, createPool } from './pool.ts';
import { openSchemaEngine } from './schema-engine.ts';
import { errorMessage } from './sql-errors.ts';

const defaultDirectory = join(import.meta.dirname, '..', '..', '..', 'prisma', 'migrations');

/** Nodes that start together wait for one another ("touchmark migrations"). */
const migrationLock = 7_684_120_964;

export class RegistrySchemaError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'RegistrySchemaError';
  }
}

export interface Migration {
  readonly name: string;
  readonly sql: string;
}

export interface MigrationStatus {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
}

/** The migrations of this program, in order. */
export async function readMigrations(directory = defaultDirectory): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => ({ name, sql: await readFile(join(directory, name, 'migration.sql'), 'utf8') })),
  );
}

/**
 * Applies what is missing, each migration in a transaction of its own, under a lock across all nodes.
 *
 * @returns names of the migrations applied now
 * @throws RegistrySchemaError when the registry is newer than this program, or was migrated by other files
 */
export async function migrate(database: string | pg.Pool, options: { directory?: string } = {}): Promise<string[]> {
  const directory = options.directory ?? defaultDirectory;
  const migrations = await readMigrations(directory);
  return withPool(database, async (pool) => {
    const lock = await pool.connect();
    try {
      await lock.query('SELECT pg_advisory_lock($1)', [migrationLock]);
      const { pending } = await compare(pool, migrations);
      return pending.length === 0 ? [] : await apply(pool, directory, migrations);
    } finally {
      // Closing the session gives the lock back, whatever happened before.
      lock.release(true);
    }
  });
}

export async function migrationStatus(
  database: string | pg.Pool,
  options: { directory?: string } = {},
): Promise<MigrationStatus> {
  const migrations = await readMigrations(options.directory);
  return withPool(database, (pool) => compare(pool, migrations));
}

async function apply(pool: pg.Pool, directory: string, migrations: readonly Migration[]): Promise<string[]> {
  // The engine keeps a lock in a session of its own: it goes with the pool.
  const sessions = clonePool(pool, 2);
  let scriptError: unknown;
  const engine = await openSchemaEngine(sessions, { onScriptError: (error) => (scriptError = error) });
  try {
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: {
        baseDir: directory,
        lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"' },
        shadowDbInitScript: '',
        migrationDirectories: migrations.map(({ name, sql }) => ({
          path: name,
          migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
        })),
      },
      filters: { externalTables: [], externalEnums: [] },
    });
    return appliedMigrationNames;
  } catch (error) {
    // The script ran as one transaction, so nothing of it is left; only the note of the failure is.
    await forgetFailures(pool);
    const cause = scriptError ?? error;
    throw new RegistrySchemaError(
      `The schema of the registry could not be migrated; it is as it was before. ${errorMessage(cause)}`,
      { cause },
    );
  } finally {
    engine.free();
    await sessions.end();
  }
}

async function compare(pool: pg.Pool, migrations: readonly Migration[]): Promise<MigrationStatus> {
  const applied = await readApplied(pool);
  const known = new Map(migrations.map((migration) => [migration.name, checksumOf(migration)]));
  const unknown = applied.filter(({ name }) => !known.has(name)).map(({ name }) => name);
  if (unknown.length > 0) {
    throw new RegistrySchemaError(
      `The registry is newer than this program: it has the migrations ${unknown.join(', ')}, which this release does not know. Start the release that made them, or a later one.`,
    );
  }
  const changed = applied.filter(({ name, checksum }) => known.get(name) !== checksum).map(({ name }) => name);
  if (changed.length > 0) {
    throw new RegistrySchemaError(
      `The registry was made by other migrations than those of this program: ${changed.join(', ')} differ. Start the release that made it.`,
    );
  }
  const names = new Set(applied.map(({ name }) => name));
  return {
    applied: [...names],
    pending: migrations.filter(({ name }) => !names.has(name)).map(({ name }) => name),
  };
}

async function readApplied(pool: pg.Pool): Promise<{ name: string; checksum: string }[]> {
  const { rows: found } = await pool.query<{ there: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there`,
  );
  if (found[0]?.there !== true) return [];
  const { rows } = await pool.query<{ name: string; checksum: string }>(
    `SELECT migration_name AS name, checksum FROM _prisma_migrations
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY started_at, migration_name`,
  );
  return rows;
}

async function forgetFailures(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ there: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there`,
  );
  if (rows[0]?.there !== true) return;
  await pool.query(
    `UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL`,
  );
}

function checksumOf({ sql }: Migration): string {
  return createHash('sha256').update(sql).digest('hex');
}

async function withPool<T>(database: string | pg.Pool, work: (pool: pg.Pool) => Promise<T>): Promise<T> {
  if (typeof database !== 'string') return work(database);
  const pool = createPool(database, { max: 4 });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}
