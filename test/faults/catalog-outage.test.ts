/** A catalog that a node cannot read any more, while all the rest of the registry answers: first not ready, then no signature. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Catalog, SigningGate } from '@touchmark/ca';
import { openRegistry } from '@touchmark/store';
import type { Registry } from '@touchmark/store';
import { startTestPostgres } from '@touchmark/store/testing';
import type { TestPostgres } from '@touchmark/store/testing';
import { CatalogWatch } from '../../apps/server/src/catalog-watch.ts';
import { createLogger } from '../../apps/server/src/logger.ts';
import { Administrator } from '../support/administrator.ts';
import { enrollDevice } from '../support/est-request.ts';
import { PostgresProxy } from '../support/postgres-proxy.ts';
import { eventually } from '../support/run.ts';
import { newTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

describe('the gate of a node', () => {
  const limits = { readySeconds: 1, signingSeconds: 2 };
  let postgres: TestPostgres;
  let proxy: PostgresProxy;
  let registry: Registry;
  let gate: SigningGate;
  let watch: CatalogWatch;

  beforeAll(async () => {
    postgres = await startTestPostgres();
    proxy = await PostgresProxy.start(postgres.databaseUrl);
    registry = openRegistry({ databaseUrl: proxy.databaseUrl });
    const catalog = new Catalog(registry.catalog);
    await catalog.load();
    gate = new SigningGate({ now: () => new Date() }, new Date(0));
    gate.open();
    watch = new CatalogWatch(catalog, gate, createLogger('silent'), limits);
  });

  afterAll(async () => {
    await watch?.end();
    await registry?.close();
    await proxy?.stop();
    await postgres?.stop();
  });

  const state = (): string => `${succeeds(() => watch.check())} ${succeeds(() => gate.now())}`;
  const eventuallyIs = (wanted: string, seconds = 6): Promise<true> =>
    eventually(wanted, seconds, async () => (state() === wanted ? true : undefined));

  it('stays open while every look succeeds, and through a reset of the connections', async () => {
    for (let look = 0; look < 5; look++) {
      await sleep(600);
      if (look === 2) proxy.reset();
      expect(state()).toBe('true true');
    }
    expect(watch.ageSeconds).toBeLessThan(1);
  });

  it('closes a bounded time after the node is not ready, when a look fails; and opens with the first that succeeds', async () => {
    await postgres.pool.query('ALTER TABLE catalog RENAME TO catalog_elsewhere');
    try {
      await eventuallyIs('false true');
      expect(() => watch.check()).toThrow(/^the catalog could not be read for 1 seconds: .*The log says why/);
      await eventuallyIs('false false');
      expect(() => gate.now()).toThrow(/not ready to sign \(the catalog could not be read for \d seconds\)/);
    } finally {
      await postgres.pool.query('ALTER TABLE catalog_elsewhere RENAME TO catalog');
    }
    await eventuallyIs('true true');
  });

  it('closes also when a look does not come back', async () => {
    const locking = await postgres.pool.connect();
    try {
      await locking.query('BEGIN; LOCK TABLE catalog IN ACCESS EXCLUSIVE MODE');
      await eventuallyIs('false true');
      await eventuallyIs('false false');
    } finally {
      await locking.query('ROLLBACK');
      locking.release();
    }
    await eventuallyIs('true true');
  });
});

describe('a service', () => {
  let postgres: TestPostgres;
  let touchmark: Touchmark;
  let admin: Administrator;

  beforeAll(async () => {
    postgres = await startTestPostgres({ migrated: false });
    touchmark = await newTouchmark({
      DATABASE_URL: postgres.databaseUrl,
      TOUCHMARK_KEY_PASSPHRASE: 'the passphrase of the catalog',
    });
    await touchmark.start();
    admin = new Administrator(touchmark);
  }, 120_000);

  afterAll(async () => {
    admin?.close();
    await touchmark?.dispose();
    await postgres?.stop();
  });

  const failing = async (): Promise<readonly string[]> => {
    const { checks } = (await (await fetch(`${touchmark.metricsUrl}/readyz`)).json()) as {
      checks: { name: string; ok: boolean }[];
    };
    return checks.filter(({ ok }) => !ok).map(({ name }) => name);
  };
  const ageSeconds = async (): Promise<number> => {
    const text = await (await fetch(`${touchmark.metricsUrl}/metrics`)).text();
    return Number(/^touchmark_catalog_age_seconds (.+)$/m.exec(text)?.[1]);
  };

  it('that cannot read the catalog names the check "catalog" after 10 seconds, signs for a minute, and recovers by itself', async () => {
    expect(await failing()).toEqual([]);
    expect(await ageSeconds()).toBeLessThan(2);
    const { secret } = await admin.createSecret();
    const setAlgorithm = (name: string) =>
      postgres.pool.query(`UPDATE authority SET ocsp_key_algorithm = $1 WHERE name = 'issuing'`, [name]);
    const { rows } = await postgres.pool.query<{ name: string }>(
      `SELECT ocsp_key_algorithm AS name FROM authority WHERE name = 'issuing'`,
    );
    const brokenAt = performance.now();
    await setAlgorithm('of tomorrow');
    await eventually('the failing check', 20, async () => ((await failing()).length > 0 ? true : undefined));
    expect((performance.now() - brokenAt) / 1000).toBeGreaterThan(9);
    expect(await failing()).toEqual(['catalog']);
    expect(await ageSeconds()).toBeGreaterThan(10);
    expect((await enrollDevice(touchmark, secret)).name).toBeDefined();
    await setAlgorithm(rows[0]!.name);
    await eventually('readiness', 5, async () => ((await failing()).length === 0 ? true : undefined));
  });
});

function succeeds(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
