import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { createPool, diffSchema, migrate, migrationStatus, readMigrations, RegistrySchemaError } from '../src/index.ts';
import { startTestPostgres } from '../src/testing.ts';
import type { TestPostgres } from '../src/testing.ts';

const prisma = join(import.meta.dirname, '..', '..', '..', 'prisma');
let postgres: TestPostgres;
let directory: string;

beforeAll(async () => {
  postgres = await startTestPostgres({ migrated: false });
  directory = await mkdtemp(join(tmpdir(), 'touchmark-migrations-'));
});

afterAll(async () => {
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
});

const withFreshDatabase = async (work: (pool: pg.Pool, url: string) => Promise<void>): Promise<void> => {
  const url = await postgres.createDatabase();
  const pool = createPool(url, { max: 4 });
  try {
    await work(pool, url);
  } finally {
    await pool.end();
  }
};

/** The program's migrations and one more. */
const withMigration = async (name: string, sql: string): Promise<string> => {
  const copy = await mkdtemp(join(directory, 'set-'));
  await cp(join(prisma, 'migrations'), copy, { recursive: true });
  await mkdir(join(copy, name));
  await writeFile(join(copy, name, 'migration.sql'), sql);
  return copy;
};

describe('migrations', () => {
  it('make the schema that schema.prisma describes', async () => {
    await withFreshDatabase(async (pool) => {
      await migrate(pool);
      expect(await diffSchema(pool, await readFile(join(prisma, 'schema.prisma'), 'utf8'))).toBeUndefined();
    });
  });

  it('a difference from schema.prisma would be seen', async () => {
    await withFreshDatabase(async (pool) => {
      await migrate(pool);
      await pool.query('ALTER TABLE device DROP COLUMN created_at');
      expect(await diffSchema(pool, await readFile(join(prisma, 'schema.prisma'), 'utf8'))).toMatch(
        /ADD COLUMN +"created_at"/,
      );
    });
  });

  it('are applied once, in order, also by nodes that start together', async () => {
    await withFreshDatabase(async (pool, url) => {
      const names = (await readMigrations()).map(({ name }) => name);
      expect(await migrationStatus(url)).toEqual({ applied: [], pending: names });
      const results = await Promise.all([migrate(url), migrate(pool), migrate(url), migrate(url)]);
      expect(results.filter((applied) => applied.length > 0)).toEqual([names]);
      expect(await migrationStatus(pool)).toEqual({ applied: names, pending: [] });
    });
  });

  it('are applied from where the registry is', async () => {
    await withFreshDatabase(async (pool) => {
      await migrate(pool);
      const more = await withMigration(
        '9000_more',
        'CREATE TABLE more (id int);\n-- a comment; with a semicolon\nINSERT INTO more VALUES (1);',
      );
      expect(await migrate(pool, { directory: more })).toEqual(['9000_more']);
      expect((await pool.query('SELECT id FROM more')).rows).toEqual([{ id: 1 }]);
    });
  });

  it('of a newer program are refused by an older one', async () => {
    await withFreshDatabase(async (pool, url) => {
      await migrate(pool, { directory: await withMigration('9001_future', 'CREATE TABLE future (id int)') });
      await expect(migrate(url)).rejects.toThrow(RegistrySchemaError);
      for (const attempt of [migrate, migrationStatus]) {
        await expect(attempt(url)).rejects.toThrow(/newer than this program.*9001_future/);
      }
    });
  });

  it('that were changed after they were applied are refused', async () => {
    await withFreshDatabase(async (pool) => {
      await migrate(pool, { directory: await withMigration('9002_changed', 'CREATE TABLE changed (id int)') });
      const directory = await withMigration('9002_changed', 'CREATE TABLE changed (id bigint)');
      await expect(migrate(pool, { directory })).rejects.toThrow(/9002_changed differ/);
    });
  });

  it('that fail leave nothing behind and can be tried again once they are mended', async () => {
    await withFreshDatabase(async (pool) => {
      const broken = await withMigration(
        '9003_broken',
        'CREATE TABLE half (id int); SELECT 1 / 0; CREATE TABLE whole (id int);',
      );
      await expect(migrate(pool, { directory: broken })).rejects.toThrow(/it is as it was before.*division by zero/s);
      expect((await pool.query(`SELECT to_regclass('half') AS half`)).rows).toEqual([{ half: null }]);
      const mended = await withMigration('9003_broken', 'CREATE TABLE half (id int)');
      expect(await migrate(pool, { directory: mended })).toEqual(['9003_broken']);
    });
  });
});
