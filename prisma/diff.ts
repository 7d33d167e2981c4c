/**
 * Writes a new migration from the difference between schema.prisma and the migrations so far:
 * `node prisma/diff.ts add_batches`. Read and complete it before it is committed; it never changes afterwards.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { diffSchema, migrate, readMigrations } from '../packages/store/src/index.ts';
import { startTestPostgres } from '../packages/store/src/testing.ts';

const name = process.argv[2];
if (name === undefined || !/^[a-z][a-z0-9_]*$/.test(name)) {
  console.error('usage: node prisma/diff.ts name_of_the_migration');
  process.exit(2);
}

const postgres = await startTestPostgres({ migrated: false });
try {
  await migrate(postgres.pool);
  const sql = await diffSchema(postgres.pool, readFileSync(join(import.meta.dirname, 'schema.prisma'), 'utf8'));
  if (sql === undefined) {
    console.log('schema.prisma and the migrations agree; nothing was written.');
  } else {
    const number = String((await readMigrations()).length + 1).padStart(4, '0');
    const directory = join(import.meta.dirname, 'migrations', `${number}_${name}`);
    mkdirSync(directory);
    writeFileSync(join(directory, 'migration.sql'), sql, { flag: 'wx' });
    console.log(
      `Wrote ${directory}/migration.sql. Indexes, constraints and triggers that Prisma cannot say are yours to add.`,
    );
  }
} finally {
  await postgres.stop();
}
