import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GuardFailure, IssuanceGuard, IssuanceIntent, IssuedCertificate, RecordIntentResult } from '@touchmark/ca';
import type pg from 'pg';
import type { Registry } from '../src/index.ts';
import {
  findDevice,
  findKey,
  issue,
  newAudit,
  newIntent,
  newSecret,
  noGuard,
  now,
  random,
  recordOf,
  revoke,
} from './records.ts';
import { other, postgres, registry } from './two-nodes.ts';

const rounds = 200;
/** Half of the races are between two nodes, half within one batch of one node. */
const opponentIn = (round: number): Registry => (round % 2 === 0 ? registry : other);

const failed = (failure: GuardFailure) => ({ kind: 'guardFailed', failure });
const guardOf = (deviceId: string | undefined, changes: Partial<IssuanceGuard> = {}): IssuanceGuard => ({
  ...noGuard,
  deviceId,
  ...changes,
});

const compromise = (node: Registry, certificateId: string) =>
  node.revocation.revoke(
    certificateId,
    { revokedAt: now, reason: 'keyCompromise', invalidityDate: undefined },
    random(30),
    newAudit(),
  );

const count = async (sql: string, values: unknown[] = []): Promise<number> => {
  const { rows } = await postgres.pool.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${sql}`, values);
  return rows[0]!.count;
};
const certificatesOf = (publicKeySha256: Uint8Array) =>
  count('certificate WHERE public_key_sha256 = $1', [Buffer.from(publicKeySha256)]);
const holdersOf = (publicKeys: readonly Uint8Array[]) =>
  count('key_holder WHERE public_key_sha256 = ANY($1::bytea[])', [publicKeys.map((key) => Buffer.from(key))]);

/** Who won and who lost, with how. */
const sorted = (contestants: readonly { intent: IssuanceIntent; result: RecordIntentResult }[]) => ({
  winners: contestants.filter(({ result }) => result.kind === 'recorded').map(({ intent }) => intent),
  losers: contestants.filter(({ result }) => result.kind !== 'recorded'),
});

const contest = async (
  round: number,
  entries: readonly { readonly intent: IssuanceIntent; readonly guard: IssuanceGuard }[],
) =>
  sorted(
    await Promise.all(
      entries.map(async ({ intent, guard }, index) => ({
        intent,
        result: await (index === 0 ? registry : opponentIn(round)).issuance.recordIntent(intent, guard),
      })),
    ),
  );

describe(`in ${rounds} races`, () => {
  it('of two keys for one new device name one wins, the other finds it known and takes nothing', async () => {
    const spendSecretId = await newSecret(registry, { maxUses: 2 * rounds });
    const lost: Uint8Array[] = [];
    for (let round = 0; round < rounds; round++) {
      const deviceId = `name-${round}`;
      const guard = guardOf(deviceId, { registration: 'mustBeUnknown', spendSecretId });
      const entries = [0, 1].map(() => ({ intent: newIntent({ deviceId }), guard }));
      const { winners, losers } = await contest(round, entries);
      expect(winners).toHaveLength(1);
      expect(losers.map(({ result }) => result)).toEqual([failed('deviceKnown')]);
      lost.push(losers[0]!.intent.publicKeySha256);
    }
    expect(await holdersOf(lost)).toBe(0);
    expect(await registry.admin.findSecret(spendSecretId)).toMatchObject({ uses: rounds });
  }, 60_000);

  it('of two devices for one key one wins, the other takes neither name nor secret', async () => {
    const spendSecretId = await newSecret(registry, { maxUses: 2 * rounds });
    for (let round = 0; round < rounds; round++) {
      const publicKeySha256 = random(32);
      const registration = round % 3 === 0 ? 'mustBeUnknown' : 'ifUnknown';
      // Every fifth key is also asked for by nobody in particular.
      const entries = [`one-${round}`, round % 5 === 0 ? undefined : `two-${round}`].map((deviceId) => ({
        intent: newIntent({ publicKeySha256, deviceId }),
        guard: guardOf(deviceId, { registration, spendSecretId }),
      }));
      const { winners, losers } = await contest(round, entries);
      expect(winners).toHaveLength(1);
      expect(losers.map(({ result }) => result)).toEqual([failed('keyOfAnotherDevice')]);
      const [winner] = winners;
      const guard = guardOf(winner!.deviceId);
      expect((await registry.issuance.recordCertificate(recordOf(winner!), guard)).kind).toBe('recorded');
      const name = losers[0]!.intent.deviceId;
      if (name !== undefined) expect(await findDevice(registry, name)).toBeUndefined();
    }
    expect(await registry.admin.findSecret(spendSecretId)).toMatchObject({ uses: rounds });
  }, 60_000);

  it('no certificate is recorded after the compromise of its key was acknowledged', async () => {
    const outcomes = new Map<string, number>();
    for (let round = 0; round < rounds; round++) {
      const publicKeySha256 = random(32);
      const deviceId = `compromised-${round}`;
      const certificate = await issue(
        registry,
        { publicKeySha256, deviceId },
        guardOf(deviceId, { registration: 'ifUnknown' }),
      );
      // The note of who holds the key may be there, or be cleared away by now.
      if (round % 4 === 3) await postgres.pool.query('DELETE FROM key_holder');
      const intent = newIntent({ publicKeySha256, deviceId });
      const begunBefore = round % 3 === 0;
      if (begunBefore) await registry.issuance.recordIntent(intent, guardOf(deviceId));
      const enroll = async (): Promise<string> => {
        await sleep(round % 7);
        if (!begunBefore) {
          const begun = await registry.issuance.recordIntent(intent, guardOf(deviceId));
          if (begun.kind === 'guardFailed') return begun.failure;
        }
        const ended = await registry.issuance.recordCertificate(recordOf(intent), guardOf(deviceId));
        return ended.kind === 'guardFailed' ? ended.failure : ended.kind;
      };
      const [outcome, atAcknowledgement] = await Promise.all([
        enroll(),
        sleep(round % 5)
          .then(() => compromise(opponentIn(round), certificate.id))
          .then(() => certificatesOf(publicKeySha256)),
      ]);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      expect(await certificatesOf(publicKeySha256)).toBe(atAcknowledgement);
      expect(await registry.issuance.recordIntent(newIntent({ publicKeySha256, deviceId }), guardOf(deviceId))).toEqual(
        failed('keyBlocked'),
      );
    }
    // The races are races: neither side always wins.
    expect([...outcomes.keys()].toSorted()).toEqual(['keyBlocked', 'recorded']);
  }, 60_000);
});

describe('a transaction that is under way', () => {
  /** Does `first` in a transaction and `meanwhile` while it is open; `between` says what to do before the commit. */
  const during = async <T>(
    first: (client: pg.PoolClient) => Promise<unknown>,
    meanwhile: () => Promise<T>,
    between: (pending: Promise<T>) => Promise<void> = async () => undefined,
  ): Promise<T> => {
    const client = await postgres.pool.connect();
    try {
      await client.query('BEGIN');
      await first(client);
      const pending = meanwhile();
      let ended = false;
      void pending.finally(() => (ended = true)).catch(() => undefined);
      await sleep(150);
      expect(ended).toBe(false);
      await between(pending);
      await client.query('COMMIT');
      return await pending;
    } finally {
      client.release();
    }
  };

  it('and registers the device: who needs it unknown waits, is refused, and leaves no key behind', async () => {
    const intent = newIntent({ deviceId: 'wait-registered' });
    const result = await during(
      (client) => client.query(`INSERT INTO device VALUES ('wait-registered', now(), 'registered')`),
      () => registry.issuance.recordIntent(intent, guardOf(intent.deviceId, { registration: 'mustBeUnknown' })),
    );
    expect(result).toEqual(failed('deviceKnown'));
    expect(await holdersOf([intent.publicKeySha256])).toBe(0);
  });

  it('and suspends the device: an intent for it waits, is refused, and leaves no key behind', async () => {
    await registry.admin.insertDevice({ id: 'wait-suspended', state: 'active', createdAt: now });
    const intent = newIntent({ deviceId: 'wait-suspended' });
    const result = await during(
      (client) => client.query(`UPDATE device SET state = 'suspended' WHERE id = 'wait-suspended'`),
      () => registry.issuance.recordIntent(intent, guardOf(intent.deviceId)),
    );
    expect(result).toEqual(failed('deviceBarred'));
    expect(await holdersOf([intent.publicKeySha256])).toBe(0);
  });

  it('and records a certificate: the compromise of its key is acknowledged only afterwards', async () => {
    const deviceId = 'wait-compromise';
    const publicKeySha256 = random(32);
    const certificate = await issue(
      registry,
      { publicKeySha256, deviceId },
      guardOf(deviceId, { registration: 'ifUnknown' }),
    );
    const intent = newIntent({ publicKeySha256, deviceId });
    await registry.issuance.recordIntent(intent, guardOf(deviceId));
    let revocation: Promise<unknown> = Promise.resolve();
    // Step 8 has its key and waits for the device.
    const result = await during(
      (client) => client.query('SELECT FROM device WHERE id = $1 FOR UPDATE', [deviceId]),
      () => registry.issuance.recordCertificate(recordOf(intent), guardOf(deviceId)),
      async () => {
        let acknowledged = false;
        revocation = compromise(other, certificate.id).then(() => (acknowledged = true));
        await sleep(150);
        expect(acknowledged).toBe(false);
      },
    );
    expect(result.kind).toBe('recorded');
    await revocation;
    expect(await findKey(registry, publicKeySha256)).toMatchObject({ compromised: true });
  });

  it.each([true, false])(
    'and compromises the key (noted in key_holder before: %p): both steps wait for it, and refuse',
    async (noted) => {
      const publicKeySha256 = random(32);
      const certificate = await issue(registry, { publicKeySha256, crlShard: 3 });
      const intent = newIntent({ publicKeySha256 });
      await registry.issuance.recordIntent(intent, noGuard);
      if (!noted) await postgres.pool.query('DELETE FROM key_holder');
      // The revocation has its key and waits for its shard.
      const client = await postgres.pool.connect();
      await client.query('BEGIN');
      await client.query('INSERT INTO crl_shard (authority_id, shard) VALUES ($1, 3) ON CONFLICT DO NOTHING', [
        certificate.authorityId,
      ]);
      await client.query('SELECT FROM crl_shard WHERE shard = 3 FOR UPDATE');
      const revocation = compromise(other, certificate.id);
      await sleep(150);
      const begun = registry.issuance.recordIntent(newIntent({ publicKeySha256 }), noGuard);
      const ended = registry.issuance.recordCertificate(recordOf(intent), noGuard);
      await sleep(150);
      await client.query('COMMIT');
      client.release();
      expect(await Promise.all([begun, ended, revocation])).toMatchObject([
        failed('keyBlocked'),
        failed('keyBlocked'),
        { kind: 'revoked' },
      ]);
      expect(await certificatesOf(publicKeySha256)).toBe(1);
    },
  );
});

describe('an intent that its guard refuses', () => {
  it('takes neither key nor name nor secret, also among others that pass', async () => {
    const [spendSecretId, spentSecretId] = [await newSecret(registry, { maxUses: 99 }), await newSecret(registry)];
    await registry.issuance.recordIntent(newIntent(), { ...noGuard, spendSecretId: spentSecretId });
    await registry.admin.insertDevice({ id: 'refused-known', state: 'active', createdAt: now });
    await registry.admin.insertDevice({ id: 'refused-retired', state: 'retired', createdAt: now });
    const taken = random(32);
    const blocked = random(32);
    await issue(registry, { publicKeySha256: taken, deviceId: 'refused-taken' });
    await compromise(registry, (await issue(registry, { publicKeySha256: blocked })).id);
    const revoked = await issue(registry);
    await revoke(registry, revoked);

    const registration = 'mustBeUnknown';
    const cases: readonly [GuardFailure, Partial<IssuanceIntent>, Partial<IssuanceGuard>][] = [
      ['secretSpent', { deviceId: 'refused-1' }, { registration, spendSecretId: spentSecretId }],
      ['secretSpent', { deviceId: 'refused-2' }, { registration, spendSecretId: 'unknown1' }],
      ['certificateRevoked', { deviceId: 'refused-3' }, { registration, unrevokedCertificateId: revoked.id }],
      ['keyOfAnotherDevice', { deviceId: 'refused-4', publicKeySha256: taken }, { registration, spendSecretId }],
      ['keyOfAnotherDevice', { publicKeySha256: taken }, { spendSecretId }],
      ['keyBlocked', { deviceId: 'refused-5', publicKeySha256: blocked }, { registration, spendSecretId }],
      ['deviceKnown', { deviceId: 'refused-known' }, { registration, spendSecretId }],
      ['deviceBarred', { deviceId: 'refused-retired' }, { registration, spendSecretId }],
      ['deviceBarred', { deviceId: 'refused-retired' }, { spendSecretId }],
      ['deviceBarred', { deviceId: 'refused-unknown' }, { spendSecretId }],
    ];
    const refused = cases.map(([failure, changes, guard]) => {
      const intent = newIntent(changes);
      return { failure, intent, guard: guardOf(intent.deviceId, guard) };
    });
    const passing = Array.from({ length: 20 }, (_, index) => {
      const intent = newIntent({ deviceId: `passing-${index}` });
      return { failure: undefined, intent, guard: guardOf(intent.deviceId, { registration, spendSecretId }) };
    });
    const mixed = [...refused, ...passing].toSorted((a, b) => (a.intent.id < b.intent.id ? -1 : 1));
    const results = await Promise.all(mixed.map(({ intent, guard }) => registry.issuance.recordIntent(intent, guard)));
    expect(results).toEqual(
      mixed.map(({ failure }) => (failure === undefined ? { kind: 'recorded' } : failed(failure))),
    );

    const keys = refused.map(({ intent }) => intent.publicKeySha256).filter((key) => key !== taken && key !== blocked);
    expect(keys).toHaveLength(7);
    expect(await holdersOf(keys)).toBe(0);
    expect(await count(`device WHERE id LIKE 'refused-%'`)).toBe(2);
    expect(await registry.admin.findSecret(spendSecretId)).toMatchObject({ uses: 20 });
  });
});

describe('whatever comes together', () => {
  it('no transactions wait for one another in a circle, and every key has one device', async () => {
    const keys = Array.from({ length: 12 }, () => random(32));
    const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)]!;
    const spendSecretId = await newSecret(registry, { maxUses: 100_000 });
    const issued: IssuedCertificate[] = [];
    const act = async (node: Registry): Promise<void> => {
      const deviceId = pick(['circle-a', 'circle-b', 'circle-c', undefined]);
      const publicKeySha256 = Math.random() < 0.5 ? random(32) : pick(keys);
      const unrevokedCertificateId = Math.random() < 0.5 ? undefined : issued.at(-1)?.id;
      const registration = pick(['none', 'ifUnknown', 'mustBeUnknown'] as const);
      const guard = guardOf(deviceId, { spendSecretId, registration, unrevokedCertificateId });
      const intent = newIntent({ deviceId, publicKeySha256 });
      const begun = await node.issuance.recordIntent(intent, guard);
      if (begun.kind !== 'recorded') return;
      const ended = await pick([registry, other]).issuance.recordCertificate(recordOf(intent), guard);
      if (ended.kind === 'recorded') issued.push(ended.certificate);
      const victim = pick(issued);
      if (Math.random() < 0.1 && victim !== undefined) await revoke(node, victim);
      if (Math.random() < 0.02 && victim !== undefined) await compromise(node, victim.id);
    };
    for (let round = 0; round < 40; round++) {
      const acts = Array.from({ length: 40 }, (_, index) => act(index % 2 === 0 ? registry : other));
      // Not an hour later, but while they are at it.
      const prunes = [registry, other].map((node) => node.admin.pruneIntents(new Date(now.getTime() + 3_600_000)));
      await Promise.all([...acts, ...prunes]);
    }
    expect(issued.length).toBeGreaterThan(100);
    const shared = `(SELECT public_key_sha256 FROM certificate GROUP BY public_key_sha256
      HAVING count(DISTINCT coalesce(device_id, '')) > 1) AS shared`;
    expect(await count(shared)).toBe(0);
    // The server writes its counts down with a delay.
    await sleep(1500);
    const { rows } = await postgres.pool.query(
      'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
    );
    expect(rows).toEqual([{ deadlocks: 0 }]);
  }, 60_000);
});
