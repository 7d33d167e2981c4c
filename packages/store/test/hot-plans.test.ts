/** The plans of the hot statements are made once, maybe over empty tables: they must look up by index whatever comes later. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type pg from 'pg';
import { openRegistry } from '../src/index.ts';
import type { Registry } from '../src/index.ts';
import { PostgresIssuanceRegistry } from '../src/issuance-registry.ts';
import { createHotPool } from '../src/pool.ts';
import { startTestPostgres } from '../src/testing.ts';
import type { TestPostgres } from '../src/testing.ts';
import { dossier, issue, noGuard, setUp } from './records.ts';

/** They grow with the fleet. */
const large = ['certificate', 'issuance_intent', 'key_holder', 'device', 'enrollment_attempt', 'pending_request'];

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

let postgres: TestPostgres;
let registry: Registry;
let hot: pg.Pool;

beforeAll(async () => {
  postgres = await startTestPostgres();
  registry = openRegistry({ databaseUrl: postgres.databaseUrl });
  await setUp(registry);
  // One connection, in which all statements are then prepared.
  hot = createHotPool(postgres.databaseUrl, { max: 1 });
  const onOne = { ...registry, issuance: new PostgresIssuanceRegistry(hot) };
  for (let count = 0; count < 20; count++) {
    const deviceId = `device-${count}`;
    await dossier(onOne, { deviceId });
    await issue(onOne, { deviceId }, { ...noGuard, deviceId, registration: 'ifUnknown' });
  }
  await postgres.pool.query('ANALYZE');
});

afterAll(async () => {
  await hot.end();
  await registry.close();
  await postgres.stop();
});

it.each(['find-dossiers', 'record-intents', 'record-certificates'])('%s reads no table as a whole', async (name) => {
  const scans = nodesOf(await planOf(name)).filter((node) => large.includes(node['Relation Name'] ?? ''));
  expect(scans.length).toBeGreaterThan(3);
  expect(scans.filter((node) => !looksUp(node)).map(describeNode)).toEqual([]);
});

async function planOf(name: string): Promise<PlanNode> {
  const { rows: statements } = await hot.query<{ parameters: number }>(
    'SELECT cardinality(parameter_types) AS parameters FROM pg_prepared_statements WHERE name = $1',
    [name],
  );
  const nulls = Array.from({ length: statements[0]?.parameters ?? 0 }, () => 'NULL').join(', ');
  const { rows } = await hot.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `EXPLAIN (FORMAT JSON) EXECUTE "${name}"(${nulls})`,
  );
  const plan = rows[0]?.['QUERY PLAN'][0].Plan;
  if (plan === undefined) throw new Error(`There is no plan of ${name}.`);
  return plan;
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

/** What is written is no scan; a bitmap has its condition where it is made. */
function looksUp(node: PlanNode): boolean {
  switch (node['Node Type']) {
    case 'ModifyTable':
      return true;
    case 'Bitmap Heap Scan':
      return (node.Plans ?? []).flatMap(nodesOf).some((inner) => inner['Index Cond'] !== undefined);
    default:
      return node['Index Cond'] !== undefined;
  }
}

function describeNode(node: PlanNode): string {
  return `${node['Node Type']} on ${node['Relation Name'] ?? ''}`;
}
