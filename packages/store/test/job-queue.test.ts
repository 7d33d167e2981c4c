import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { installJobQueue, openRegistry, publishCrlTask, startWorker } from '../src/index.ts';
import type { Registry } from '../src/index.ts';
import { startTestPostgres } from '../src/testing.ts';
import type { TestPostgres } from '../src/testing.ts';
import { authority, issue, revoke, setUp } from './records.ts';

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

const until = async (holds: () => boolean): Promise<void> => {
  for (let tries = 0; !holds() && tries < 200; tries++) await sleep(50);
};

describe('the job queue', () => {
  it('can be installed again', async () => {
    await installJobQueue(registry.pool);
    await installJobQueue(registry.pool);
  });

  it('publishes one CRL for revocations that come together, and another for what comes while it runs', async () => {
    const seen: { payload: unknown; at: number }[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const worker = await startWorker({
      pool: registry.pool,
      tasks: {
        [publishCrlTask]: async (payload) => {
          seen.push({ payload, at: Date.now() });
          if (seen.length === 1) await held;
        },
      },
    });
    try {
      const certificates = await Promise.all(Array.from({ length: 6 }, () => issue(registry, { crlShard: 2 })));
      const started = Date.now();
      await Promise.all(certificates.slice(0, 5).map((certificate) => revoke(registry, certificate)));
      await until(() => seen.length === 1);
      expect(seen).toMatchObject([{ payload: { authorityId: authority.id, shard: 2 } }]);
      expect(seen[0]!.at - started).toBeLessThan(10_000);
      await revoke(registry, certificates[5]!);
      release();
      await until(() => seen.length === 2);
      await sleep(700);
      expect(seen).toHaveLength(2);
    } finally {
      release();
      await worker.stop();
    }
  });

  it('tries a failed task again and tells the log', async () => {
    const messages: string[] = [];
    let runs = 0;
    const worker = await startWorker({
      pool: registry.pool,
      tasks: {
        flaky: async () => {
          if (++runs === 1) throw new Error('not this time');
        },
      },
      log: (level, message) => {
        if (level === 'error') messages.push(message);
      },
    });
    try {
      await registry.pool.query(`SELECT graphile_worker.add_job('flaky')`);
      await until(() => runs === 2);
      expect(runs).toBe(2);
      expect(messages.join('\n')).toContain('not this time');
    } finally {
      await worker.stop();
    }
  });
});
