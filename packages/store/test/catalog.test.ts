import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readyProfiles } from '@touchmark/ca';
import { openRegistry } from '../src/index.ts';
import type { Registry } from '../src/index.ts';
import { startTestPostgres } from '../src/testing.ts';
import type { TestPostgres } from '../src/testing.ts';
import { authority, newAttempt, newId, random, setUp } from './records.ts';

let postgres: TestPostgres;
let registry: Registry;

beforeAll(async () => {
  postgres = await startTestPostgres();
  registry = openRegistry({ databaseUrl: postgres.databaseUrl });
  await setUp(registry);
});

afterAll(async () => {
  await registry.close();
  await postgres.stop();
});

const [rules] = Object.values(readyProfiles);
const endpoint = { protocol: 'est', authorityId: authority.id, acceptsSecret: true, acceptsCertificate: true } as const;

describe('the generation of the catalog', () => {
  it.each<[string, () => Promise<unknown>]>([
    [
      'an authority',
      () => registry.admin.insertAuthority({ ...authority, id: newId(), name: 'another', certificateDer: random(100) }),
    ],
    ['a profile', () => registry.admin.insertProfile('device', rules!)],
    ['another version of it', () => registry.admin.insertProfile('device', rules!)],
    ['an endpoint', () => registry.admin.insertEndpoint({ ...endpoint, label: 'line-2', profileName: 'device' })],
    [
      'what was written beside this program',
      () => registry.pool.query('UPDATE enrollment_endpoint SET enabled = true'),
    ],
  ])('rises with %s', async (_, change) => {
    const before = await registry.catalog.readGeneration();
    await change();
    expect(await registry.catalog.readGeneration()).toBeGreaterThan(before);
    expect((await registry.catalog.readCatalog()).generation).toBe(await registry.catalog.readGeneration());
  });

  it('does not rise before the change is committed, nor with one that is rolled back', async () => {
    const before = await registry.catalog.readGeneration();
    const client = await registry.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('UPDATE authority SET revision = revision + 1');
      expect(await registry.catalog.readGeneration()).toBe(before);
      await client.query('ROLLBACK');
    } finally {
      client.release();
    }
    expect(await registry.catalog.readGeneration()).toBe(before);
  });

  it('does not rise with enrollments', async () => {
    const before = await registry.catalog.readGeneration();
    await registry.issuance.recordAttempt(newAttempt());
    expect(await registry.catalog.readGeneration()).toBe(before);
  });
});

describe('an authority whose issuer was retired meanwhile', () => {
  it('is not added, or it would outlast the revocation of what is above it', async () => {
    const below = { ...authority, id: newId(), name: 'below', issuerId: authority.id, certificateDer: random(100) };
    await registry.pool.query(`UPDATE authority SET state = 'retired' WHERE id = $1`, [authority.id]);
    await expect(registry.admin.insertAuthority(below)).rejects.toMatchObject({ code: 'authorityRetired' });
    await registry.pool.query(`UPDATE authority SET state = 'active' WHERE id = $1`, [authority.id]);
    await registry.admin.insertAuthority(below);
    expect((await registry.admin.listAuthorities()).map(({ name }) => name)).toContain('below');
  });
});

describe('what a newer program wrote', () => {
  it.each(['signature_algorithm', 'ocsp_key_algorithm'])('in %s is refused, not guessed', async (column) => {
    const { rows } = await registry.pool.query<Record<string, string>>(`SELECT ${column} FROM authority LIMIT 1`);
    await registry.pool.query(`UPDATE authority SET ${column} = 'of-tomorrow'`);
    await expect(registry.catalog.readCatalog()).rejects.toEqual(expect.objectContaining({ code: 'internal' }));
    await registry.pool.query(`UPDATE authority SET ${column} = $1`, [rows[0]?.[column]]);
  });
});
