/** The operator's blocklist: what is on it is not certified, from the moment that the block is acknowledged. */
import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IssuanceIntent } from '@touchmark/ca';
import type { Registry } from '../src/index.ts';
import {
  dossier,
  findKey,
  issue,
  later,
  newAudit,
  newIntent,
  noGuard,
  now,
  random,
  recordOf,
  revoke,
} from './records.ts';
import { other, postgres, registry } from './two-nodes.ts';

const keyName = (key: Uint8Array): string => `key:${Buffer.from(key).toString('hex')}`;
const blockAll = (keys: readonly Uint8Array[], changes: { at?: Date; by?: string; node?: Registry } = {}) => {
  const { at = now, by = 'ada', node = registry } = changes;
  return node.admin.blockKeys(keys, { at, by, reason: 'seen in an image' }, (key) =>
    newAudit({ action: 'key.blocked', subject: keyName(key) }),
  );
};
const block = async (key: Uint8Array, changes: Parameters<typeof blockAll>[1] = {}) =>
  (await blockAll([key], changes))[0]!;
const unblock = (key: Uint8Array, node = registry) =>
  node.admin.unblockKey(key, newAudit({ action: 'key.unblocked', subject: keyName(key) }));
const compromise = (certificateId: string) =>
  registry.revocation.revoke(
    certificateId,
    { revokedAt: now, reason: 'keyCompromise', invalidityDate: undefined },
    random(30),
    newAudit(),
  );
const begin = (intent: IssuanceIntent, node = registry) => node.issuance.recordIntent(intent, noGuard);
const end = (intent: IssuanceIntent, node = registry) => node.issuance.recordCertificate(recordOf(intent), noGuard);
const blocked = { kind: 'guardFailed', failure: 'keyBlockedByOperator' };
const eventsOf = async (key: Uint8Array): Promise<string[]> =>
  (await registry.admin.listAudit({ subject: keyName(key) }, { limit: 10, cursor: undefined })).items.map(
    ({ action }) => action,
  );
const count = async (from: string, key: Uint8Array): Promise<number> => {
  const { rows } = await postgres.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM ${from} WHERE public_key_sha256 = $1`,
    [Buffer.from(key)],
  );
  return rows[0]?.count ?? -1;
};

describe('a blocked key', () => {
  it('that nobody had is refused at step 6, and leaves a trace of the block alone', async () => {
    const key = random(32);
    expect(await block(key)).toEqual({
      publicKeySha256: Buffer.from(key),
      block: { at: now, by: 'ada', reason: 'seen in an image' },
      compromisedAt: undefined,
      activeCertificates: 0,
      changed: true,
    });
    expect(await begin(newIntent({ publicKeySha256: key }))).toEqual(blocked);
    expect(await begin(newIntent({ publicKeySha256: key }), other)).toEqual(blocked);
    expect(await count('issuance_intent', key)).toBe(0);
    expect(await findKey(registry, key)).toMatchObject({ compromised: false, blocked: true });
    expect(await eventsOf(key)).toEqual(['key.blocked']);
  });

  it('whose certificate is being signed is refused at step 8', async () => {
    const key = random(32);
    const intent = newIntent({ publicKeySha256: key });
    expect(await begin(intent)).toEqual({ kind: 'recorded' });
    await block(key);
    expect(await end(intent)).toEqual(blocked);
    expect(await count('certificate', key)).toBe(0);
  });

  it('is refused among others that pass, whether its row was there or not', async () => {
    const keys = Array.from({ length: 20 }, () => random(32));
    await Promise.all(keys.slice(0, 10).map((publicKeySha256) => begin(newIntent({ publicKeySha256 }))));
    await blockAll(keys.filter((_, index) => index % 2 === 0));
    const results = await Promise.all(keys.map((publicKeySha256) => begin(newIntent({ publicKeySha256 }))));
    expect(results).toEqual(keys.map((_, index) => (index % 2 === 0 ? blocked : { kind: 'recorded' })));
  });

  it('keeps its certificates, which are counted: active ones, not those that are revoked or over', async () => {
    const publicKeySha256 = random(32);
    const active = await issue(registry, { publicKeySha256 });
    await revoke(registry, await issue(registry, { publicKeySha256 }));
    await issue(registry, { publicKeySha256, notAfter: later(-1) });
    expect(await block(publicKeySha256)).toMatchObject({ activeCertificates: 1, changed: true });
    expect(await registry.revocation.findCertificate(active.id)).toMatchObject({ revocation: undefined });
    expect(await registry.admin.findBlockedKey(publicKeySha256, now)).toMatchObject({ activeCertificates: 1 });
    expect(await registry.admin.findBlockedKey(publicKeySha256, active.notAfter)).toMatchObject({
      activeCertificates: 1,
    });
    expect(await registry.admin.findBlockedKey(publicKeySha256, later(1, active.notAfter))).toMatchObject({
      activeCertificates: 0,
    });
  });

  it('is known of the certificate that authenticates', async () => {
    const { publicKeySha256, fingerprintSha256 } = await issue(registry);
    const ask = () => dossier(registry, { credential: { kind: 'certificate', fingerprintSha256 } });
    expect(await ask()).toMatchObject({ certificateKeyCompromised: false, certificateKeyBlocked: false });
    await block(publicKeySha256);
    expect(await ask()).toMatchObject({ certificateKeyCompromised: false, certificateKeyBlocked: true });
    await unblock(publicKeySha256);
    expect(await ask()).toMatchObject({ certificateKeyCompromised: false, certificateKeyBlocked: false });
  });

  it('that is blocked again changes nothing: the first block stands', async () => {
    const [key, fresh] = [random(32), random(32)];
    await block(key);
    expect(await blockAll([key, fresh], { at: later(9), by: 'eve' })).toMatchObject([
      { changed: false, block: { at: now, by: 'ada' } },
      { changed: true, block: { at: later(9), by: 'eve' } },
    ]);
    expect(await eventsOf(key)).toEqual(['key.blocked']);
  });

  it('stays blocked when what is done with is cleared away', async () => {
    const publicKeySha256 = random(32);
    await issue(registry, { publicKeySha256 });
    await block(publicKeySha256);
    await registry.admin.pruneIntents(later(3600));
    expect(await count('issuance_intent', publicKeySha256)).toBe(0);
    expect(await begin(newIntent({ publicKeySha256 }))).toEqual(blocked);
  });
});

describe('unblocking', () => {
  it('makes the key what it was: free, or that of its device', async () => {
    const [free, held, pruned] = [random(32), random(32), random(32)];
    await issue(registry, { publicKeySha256: held });
    await issue(registry, { publicKeySha256: pruned });
    await registry.admin.pruneIntents(later(3600));
    await issue(registry, { publicKeySha256: held });
    for (const key of [free, held, pruned]) {
      await block(key);
      expect(await unblock(key)).toBe(true);
      expect(await unblock(key)).toBe(false);
      expect(await eventsOf(key)).toEqual(['key.unblocked', 'key.blocked']);
      expect(await findKey(registry, key)).toMatchObject({ blocked: false });
    }
    const deviceId = 'unblocked';
    const guard = { ...noGuard, deviceId, registration: 'ifUnknown' } as const;
    const results = [];
    for (const publicKeySha256 of [free, held, pruned]) {
      results.push(await registry.issuance.recordIntent(newIntent({ publicKeySha256, deviceId }), guard));
    }
    const ofAnother = { kind: 'guardFailed', failure: 'keyOfAnotherDevice' };
    expect(results).toEqual([{ kind: 'recorded' }, ofAnother, ofAnother]);
    await issue(registry, { publicKeySha256: held });
    await issue(registry, { publicKeySha256: pruned });
  });

  it('lets an intent that is still open come to its certificate', async () => {
    const intent = newIntent();
    await begin(intent);
    await block(intent.publicKeySha256);
    expect(await end(intent)).toEqual(blocked);
    await unblock(intent.publicKeySha256);
    expect((await end(intent)).kind).toBe('recorded');
  });

  it.each(['before', 'after'])('lifts no compromise that was found %s the block', async (when) => {
    const { id, publicKeySha256 } = await issue(registry);
    if (when === 'before') await compromise(id);
    await block(publicKeySha256);
    if (when === 'after') await compromise(id);
    expect((await registry.admin.findBlockedKey(publicKeySha256, now))?.compromisedAt).toEqual(now);
    const compromised = { kind: 'guardFailed', failure: 'keyBlocked' };
    expect(await begin(newIntent({ publicKeySha256 }))).toEqual(compromised);
    expect(await unblock(publicKeySha256)).toBe(true);
    expect(await registry.admin.findBlockedKey(publicKeySha256, now)).toBeUndefined();
    expect(await begin(newIntent({ publicKeySha256 }))).toEqual(compromised);
    expect(await findKey(registry, publicKeySha256)).toMatchObject({ compromised: true, blocked: false });
  });

  it('of a key that is not blocked does nothing', async () => {
    const { id, publicKeySha256 } = await issue(registry);
    await compromise(id);
    expect(await unblock(publicKeySha256)).toBe(false);
    expect(await unblock(random(32))).toBe(false);
    expect(await eventsOf(publicKeySha256)).toEqual([]);
  });
});

describe('the list', () => {
  it('pages through all, last blocked first, also those of one instant', async () => {
    await postgres.pool.query('DELETE FROM key_holder');
    const early = Array.from({ length: 5 }, () => random(32));
    const late = Array.from({ length: 4 }, () => random(32));
    await blockAll(early);
    await blockAll(late, { at: later(60) });
    await issue(registry);
    const pages: string[][] = [];
    for (let cursor: string | undefined; ;) {
      const page = await registry.admin.listBlockedKeys({ limit: 2, cursor });
      pages.push(page.items.map(({ publicKeySha256 }) => Buffer.from(publicKeySha256).toString('hex')));
      if (page.nextCursor === undefined) break;
      cursor = page.nextCursor;
    }
    const sorted = (keys: readonly Uint8Array[]) =>
      keys.map((key) => Buffer.from(key).toString('hex')).toSorted((a, b) => (a < b ? 1 : -1));
    expect(pages.map(({ length }) => length)).toEqual([2, 2, 2, 2, 1]);
    expect(pages.flat()).toEqual([...sorted(late), ...sorted(early)]);
    await expect(registry.admin.listBlockedKeys({ limit: 2, cursor: 'nonsense' })).rejects.toMatchObject({
      code: 'invalidArgument',
    });
  });

  it('takes ten thousand keys in a moment, in an index of its own', async () => {
    const keys = Array.from({ length: 10_000 }, () => random(32));
    for (let start = 0; start < keys.length; start += 1000) await blockAll(keys.slice(start, start + 1000));
    await postgres.pool.query('ANALYZE key_holder');
    const { rows } = await postgres.pool.query<Record<'QUERY PLAN', string>>(
      `EXPLAIN SELECT public_key_sha256 FROM key_holder WHERE blocked_at IS NOT NULL
       ORDER BY blocked_at DESC, public_key_sha256 DESC LIMIT 51`,
    );
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('key_holder_blocked_idx');
    expect(await begin(newIntent({ publicKeySha256: keys[7_777]! }))).toEqual(blocked);
  });
});

describe('a block and an issuance at once', () => {
  const rounds = 150;

  it('no certificate is recorded after the block was acknowledged, and none before it goes uncounted', async () => {
    const outcomes = new Map<string, number>();
    for (let round = 0; round < rounds; round++) {
      const publicKeySha256 = random(32);
      // The row of the key may be there, be cleared away, or never have been.
      if (round % 3 === 0) await issue(registry, { publicKeySha256 });
      if (round % 6 === 3) await postgres.pool.query('DELETE FROM key_holder WHERE blocked_at IS NULL');
      const intent = newIntent({ publicKeySha256 });
      const begunBefore = round % 5 < 2;
      if (begunBefore) await begin(intent);
      const enroll = async (): Promise<string> => {
        await sleep(round % 4);
        const begun = begunBefore ? undefined : await begin(intent);
        if (begun?.kind === 'guardFailed') return `step 6: ${begun.failure}`;
        const ended = await end(intent);
        return ended.kind === 'guardFailed' ? `step 8: ${ended.failure}` : ended.kind;
      };
      const [outcome, acknowledged] = await Promise.all([
        enroll(),
        sleep(round % 3).then(() => block(publicKeySha256, { node: round % 2 === 0 ? registry : other })),
      ]);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      expect(await count('certificate', publicKeySha256)).toBe(acknowledged.activeCertificates);
      expect(await begin(newIntent({ publicKeySha256 }))).toEqual(blocked);
    }
    // The races are races: neither side always wins.
    expect(outcomes.get('recorded')).toBeGreaterThan(0);
    expect([...outcomes.keys()].filter((outcome) => outcome.endsWith('keyBlockedByOperator'))).not.toEqual([]);
  }, 60_000);

  it('waits for a step 8 that has its key, and counts what comes of it', async () => {
    const deviceId = 'block-waits';
    const guard = { ...noGuard, deviceId };
    const { publicKeySha256 } = await issue(registry, { deviceId }, { ...guard, registration: 'ifUnknown' });
    const intent = newIntent({ publicKeySha256, deviceId });
    await registry.issuance.recordIntent(intent, guard);
    const client = await postgres.pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT FROM device WHERE id = $1 FOR UPDATE', [deviceId]);
    // Step 8 has its key and waits for the device.
    const ended = registry.issuance.recordCertificate(recordOf(intent), guard);
    await sleep(150);
    let acknowledged = false;
    const pending = block(publicKeySha256, { node: other }).finally(() => (acknowledged = true));
    await sleep(150);
    expect(acknowledged).toBe(false);
    await client.query('COMMIT');
    client.release();
    expect((await ended).kind).toBe('recorded');
    expect(await pending).toMatchObject({ activeCertificates: 2 });
  });

  it.each([true, false])(
    'makes both steps wait for it, and refuse (the row of the key was there: %p)',
    async (there) => {
      const publicKeySha256 = random(32);
      const intent = newIntent({ publicKeySha256 });
      await begin(intent);
      if (!there) await postgres.pool.query('DELETE FROM key_holder WHERE blocked_at IS NULL');
      // A transaction as that of a block, not committed yet.
      const client = await postgres.pool.connect();
      await client.query('BEGIN');
      await client.query(
        `INSERT INTO key_holder (public_key_sha256, blocked_at, blocked_by, block_reason) VALUES ($1, $2, 'ada', 'why')
         ON CONFLICT (public_key_sha256) DO UPDATE SET blocked_at = $2, blocked_by = 'ada', block_reason = 'why'`,
        [Buffer.from(publicKeySha256), now],
      );
      let through = 0;
      const steps = [begin(newIntent({ publicKeySha256 })), end(intent, other)].map((step) =>
        step.finally(() => through++),
      );
      await sleep(150);
      expect(through).toBe(0);
      await client.query('COMMIT');
      client.release();
      expect(await Promise.all(steps)).toEqual([blocked, blocked]);
      expect(await count('certificate', publicKeySha256)).toBe(0);
    },
  );

  it('and an unblocking: the step that waited for it goes on', async () => {
    const publicKeySha256 = random(32);
    await block(publicKeySha256);
    const client = await postgres.pool.connect();
    await client.query('BEGIN');
    await client.query('DELETE FROM key_holder WHERE public_key_sha256 = $1', [Buffer.from(publicKeySha256)]);
    const begun = begin(newIntent({ publicKeySha256 }));
    await sleep(100);
    await client.query('COMMIT');
    client.release();
    expect((await begun).kind).toMatch(/^(?:recorded|guardFailed)$/);
    expect(await begin(newIntent({ publicKeySha256 }))).toEqual({ kind: 'recorded' });
  });

  it('never wait for one another in a circle, nor for what is cleared away', async () => {
    const keys = Array.from({ length: 12 }, () => random(32));
    const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)]!;
    const act = async (node: Registry): Promise<void> => {
      const some = keys.filter(() => Math.random() < 0.4);
      if (Math.random() < 0.15) await blockAll(some, { node });
      if (Math.random() < 0.3) await unblock(pick(keys), node);
      const intent = newIntent({ publicKeySha256: pick(keys) });
      if ((await begin(intent, node)).kind === 'recorded') await end(intent, pick([registry, other]));
    };
    for (let round = 0; round < 10; round++) {
      const acts = Array.from({ length: 40 }, (_, index) => act(index % 2 === 0 ? registry : other));
      await Promise.all([...acts, ...[registry, other].map((node) => node.admin.pruneIntents(later(3600)))]);
    }
    for (const key of keys) {
      await block(key);
      await unblock(key);
      await issue(registry, { publicKeySha256: key });
    }
    // The server writes its counts down with a delay.
    await sleep(1500);
    const { rows } = await postgres.pool.query(
      'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
    );
    expect(rows).toEqual([{ deadlocks: 0 }]);
  }, 60_000);
});
