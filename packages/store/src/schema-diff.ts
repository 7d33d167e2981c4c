/** What the schema of a database lacks to be the one of schema.prisma, as SQL. */
import type pg from 'pg';
import { openSchemaEngine } from './schema-engine.ts';

/** @returns undefined when there is no difference that Prisma can see */
export async function diffSchema(pool: pg.Pool, datamodel: string): Promise<string | undefined> {
  const engine = await openSchemaEngine(pool, { datamodel });
  try {
    const files = [{ path: 'schema.prisma', content: datamodel }];
    const { stdout, exitCode } = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: '/' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      // The table of the migrations themselves is the engine's own and left out by it.
      filters: { externalTables: [], externalEnums: [] },
    });
    return exitCode === 0 ? undefined : (stdout ?? '');
  } finally {
    engine.free();
  }
}
