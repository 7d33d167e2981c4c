/** A PostgreSQL with two nodes on it, set up before the tests of the file that imports this and stopped after them. */
import { afterAll, beforeAll } from '@jest/globals';
import { openRegistry } from '../src/index.ts';
import type { Registry } from '../src/index.ts';
import { startTestPostgres } from '../src/testing.ts';
import type { TestPostgres } from '../src/testing.ts';
import { setUp } from './records.ts';

export let postgres: TestPostgres;
export let registry: Registry;
/** A second node on the same database. */
export let other: Registry;

beforeAll(async () => {
  postgres = await startTestPostgres();
  registry = openRegistry({ databaseUrl: postgres.databaseUrl });
  other = openRegistry({ databaseUrl: postgres.databaseUrl });
  await setUp(registry);
});

afterAll(async () => {
  await Promise.all([registry.close(), other.close()]);
  await postgres.stop();
});
