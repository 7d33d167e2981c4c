import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { openRegistry } from '../src/index.ts';
import type { Registry } from '../src/index.ts';
import { startTestPostgres } from '../src/testing.ts';
import type { TestPostgres } from '../src/testing.ts';
import { findSecret, issue, newAudit, newIntent, newSecret, noGuard, now, random, recordOf, setUp } from './records.ts';

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

/** Ends every other session on the database, in the middle of whatever it does. */
const terminateBackends = async (): Promise<number> => {
  const { rowCount } = await postgres.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
  return rowCount ?? 0;
};

describe('backends that are killed during batches', () => {
  it('lose no intent, spend no secret twice and make no second certificate', async () => {
    const spendSecretId = await newSecret(registry, { maxUses: 10_000 });
    let killed = 0;
    let ended = false;
    const killer = (async () => {
      while (!ended) {
        killed += await terminateBackends();
        await sleep(60);
      }
    })();
    const issueOne = async (): Promise<string> => {
      const intent = newIntent();
      const begun = await registry.issuance.recordIntent(intent, { ...noGuard, spendSecretId });
      if (begun.kind !== 'recorded') return begun.kind;
      return (await registry.issuance.recordCertificate(recordOf(intent), noGuard)).kind;
    };
    const results: PromiseSettledResult<string>[] = [];
    for (let round = 0; round < 200 && (round < 10 || killed <= 10); round++) {
      results.push(...(await Promise.allSettled(Array.from({ length: 40 }, issueOne))));
    }
    ended = true;
    await killer;
    expect(killed).toBeGreaterThan(10);

    for (const result of results) {
      if (result.status === 'fulfilled') expect(result.value).toBe('recorded');
      else expect(result.reason).toMatchObject({ code: 'registryUnavailable', retryAfterSeconds: 5 });
    }
    const recorded = results.filter(({ status }) => status === 'fulfilled').length;
    expect(recorded).toBeGreaterThan(0);
    const { rows } = await postgres.pool.query<{
      intents: number;
      certificates: number;
      attempts: number;
      audits: number;
      uses: number;
    }>(
      `SELECT (SELECT count(*)::int FROM issuance_intent) AS intents, (SELECT count(*)::int FROM certificate) AS certificates,
         (SELECT count(*)::int FROM enrollment_attempt) AS attempts, (SELECT count(*)::int FROM audit_event) AS audits,
         (SELECT uses FROM enrollment_secret WHERE id = $1) AS uses`,
      [spendSecretId],
    );
    const [counts] = rows;
    expect(counts?.uses).toBe(counts?.intents);
    expect(counts?.certificates).toBeGreaterThanOrEqual(recorded);
    expect(counts?.attempts).toBe(counts?.certificates);
    expect(counts?.audits).toBe(counts?.certificates);
  }, 120_000);

  it('after the COMMIT, before its answer: the revocation is found to be ours', async () => {
    const certificate = await issue(registry);
    // The answer of this one COMMIT is lost: the session ends right after it.
    const { Client } = (await import('pg')).default;
    const query = Client.prototype.query as (...args: unknown[]) => unknown;
    let lost = 0;
    Client.prototype.query = function (this: unknown, ...args: unknown[]) {
      const answer = query.apply(this, args);
      if (args[0] !== 'COMMIT' || lost > 0) return answer;
      lost++;
      return (answer as Promise<unknown>).then(() => {
        throw Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' });
      });
    } as typeof Client.prototype.query;
    try {
      const result = await registry.revocation.revoke(
        certificate.id,
        { revokedAt: now, reason: 'superseded', invalidityDate: undefined },
        random(30),
        newAudit({ action: 'certificate.revoked', subject: `certificate:${certificate.id}` }),
      );
      expect(lost).toBe(1);
      expect(result.kind).toBe('revoked');
    } finally {
      Client.prototype.query = query as typeof Client.prototype.query;
    }
    const { items } = await registry.admin.listAudit(
      { subject: `certificate:${certificate.id}` },
      { limit: 9, cursor: undefined },
    );
    expect(items.map(({ action }) => action)).toEqual(['certificate.revoked', 'certificate.issued']);
  });

  it('while the server is away, callers are told to come back', async () => {
    const away = openRegistry({ databaseUrl: 'postgresql://nobody@127.0.0.1:1/none' });
    const started = Date.now();
    await expect(findSecret(away, 'abcdefgh')).rejects.toMatchObject({ code: 'registryUnavailable' });
    await expect(away.admin.listDevices({}, { limit: 1, cursor: undefined })).rejects.toMatchObject({
      code: 'registryUnavailable',
    });
    await expect(away.crl.beginPublication('019ca945-0a00-7151-8ef7-4f17907e118d', 0)).rejects.toMatchObject({
      code: 'registryUnavailable',
    });
    expect(Date.now() - started).toBeLessThan(15_000);
    await away.close();
  }, 30_000);
});
