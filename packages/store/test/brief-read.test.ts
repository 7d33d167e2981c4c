import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { briefRead } from '../src/brief-read.ts';
import { startTestPostgres } from '../src/testing.ts';
import type { TestPostgres } from '../src/testing.ts';

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startTestPostgres();
});

afterAll(() => postgres.stop());

describe('a read that may be long', () => {
  it('is ended at its limit, at once and for good: readTooLong', async () => {
    const startedAt = performance.now();
    const reading = briefRead(postgres.pool, (client) => client.query('SELECT pg_sleep(30)'), 200);
    await expect(reading).rejects.toMatchObject({
      code: 'readTooLong',
      message: expect.stringMatching(/longer than 0.2 seconds/),
      retryAfterSeconds: 30,
    });
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });

  it('leaves no limit behind, and changes nothing', async () => {
    await briefRead(postgres.pool, (client) => client.query('SELECT 1'), 200);
    const { rows } = await postgres.pool.query<{ limit: string }>(
      `SELECT current_setting('statement_timeout') AS limit`,
    );
    expect(rows).toEqual([{ limit: '0' }]);
    const writing = briefRead(postgres.pool, (client) => client.query('DELETE FROM device'));
    await expect(writing).rejects.toMatchObject({ code: 'registryUnavailable' });
  });
});
