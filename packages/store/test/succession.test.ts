import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ProfileRules, Succession } from '@touchmark/ca';
import type { IssuedCertificate } from '@touchmark/ca';
import { reasonCode } from '../src/convert.ts';
import { openRegistry } from '../src/index.ts';
import type { Registry } from '../src/index.ts';
import { startTestPostgres } from '../src/testing.ts';
import type { TestPostgres } from '../src/testing.ts';
import { issue, later, newAudit, now, random, revoke, setUp } from './records.ts';

let postgres: TestPostgres;
let registry: Registry;
let other: Registry;

const seenAt = later(500);
const delay = 600;
const rulesOf = (oldCertificate: ProfileRules['renewal']['oldCertificate']): ProfileRules =>
  ProfileRules.parse({
    ...{ subject: [], keyAlgorithms: ['ec-p256'], extendedKeyUsage: ['clientAuth'], validity: { seconds: 3600 } },
    renewal: { oldCertificate, oldCertificateDelaySeconds: delay },
  });
const successionOf = (rules: ProfileRules, node = registry): Succession =>
  new Succession({
    registry: node.succession,
    profiles: { findProfile: async (name) => ({ name, version: 1, rules }) },
    clock: { now: () => seenAt },
  });
const origin = { principal: 'broker', remoteAddress: '192.0.2.9', correlationId: 'request-1' };
const waiting = rulesOf('revokeWhenNewSeen');

/** Works off what is due then; how many certificates were revoked. */
const workAt = async (seconds: number, node = registry): Promise<number> => {
  for (let revoked = 0; ;) {
    const step = await node.succession.revokeSuperseded(later(seconds));
    if (step.kind === 'idle') return revoked;
    revoked += step.count;
  }
};
const reasonOf = async ({ id }: IssuedCertificate): Promise<string | undefined> =>
  (await registry.revocation.findCertificate(id))?.revocation?.reason;
const eventsOf = async ({ id }: IssuedCertificate): Promise<readonly string[]> => {
  const { items } = await registry.admin.listAudit({ subject: `certificate:${id}` }, { limit: 20, cursor: undefined });
  return items.map(({ action, actor }) => `${actor} ${action}`);
};

/** Until a statement waits for somebody else's lock. */
const eventuallyWaiting = async (): Promise<void> => {
  for (let look = 0; look < 200; look++) {
    const { rowCount } = await postgres.pool.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if ((rowCount ?? 0) > 0) return;
    await sleep(20);
  }
  throw new Error('nothing waits for a lock');
};

let devices = 0;
/** Two certificates of one device, the second newer, and some that have nothing to do with them. */
async function renewed(guard: { readonly supersedeAfterSeconds?: number } = {}) {
  const deviceId = `renewed-${++devices}`;
  const old = await issue(registry, { deviceId });
  const otherProfile = await issue(registry, { deviceId, profileName: 'other' });
  const fresh = await issue(registry, { deviceId, createdAt: later(100) }, guard);
  const later_ = await issue(registry, { deviceId, createdAt: later(200) });
  return { old, otherProfile, fresh, later: later_ };
}

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

describe('a certificate that is seen in use', () => {
  it('has the older ones of its device and profile revoked after the delay, and no others', async () => {
    const { old, otherProfile, fresh, later: newest } = await renewed();
    expect(await successionOf(waiting).report(fresh, origin)).toEqual({
      sighting: { certificateId: fresh.id, at: seenAt, reportedBy: 'broker' },
      changed: true,
    });
    expect(await workAt(500 + delay - 1)).toBe(0);
    expect(await reasonOf(old)).toBeUndefined();
    expect(await workAt(500 + delay)).toBe(1);
    expect(await Promise.all([old, otherProfile, fresh, newest].map(reasonOf))).toEqual([
      'superseded',
      undefined,
      undefined,
      undefined,
    ]);
    expect(await eventsOf(old)).toEqual(['system certificate.revoked', 'system certificate.issued']);
    expect(await eventsOf(fresh)).toEqual(['principal:broker certificate.seen', 'system certificate.issued']);
    expect(await workAt(9999)).toBe(0);
  });

  it('is recorded once, whoever reports it and however many at once', async () => {
    const { fresh } = await renewed();
    const reports = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        successionOf(waiting, index % 2 === 0 ? registry : other).report(fresh, { ...origin, principal: `p${index}` }),
      ),
    );
    expect(reports.filter(({ changed }) => changed)).toHaveLength(1);
    expect(new Set(reports.map(({ sighting }) => sighting.reportedBy)).size).toBe(1);
    expect((await eventsOf(fresh)).filter((event) => event.endsWith('certificate.seen'))).toHaveLength(1);
    await workAt(9999);
  });

  it.each(['keep', 'revokeAtIssuance'] as const)(
    'changes nothing where the profile says %s',
    async (oldCertificate) => {
      const { old, fresh } = await renewed();
      expect(await successionOf(rulesOf(oldCertificate)).report(fresh, origin)).toMatchObject({ changed: true });
      expect(await workAt(99_999)).toBe(0);
      expect(await reasonOf(old)).toBeUndefined();
    },
  );

  it('by authenticating here counts where the profile waits for it, and is not recorded elsewhere', async () => {
    const { old, fresh } = await renewed();
    await successionOf(waiting).noteUse(fresh, rulesOf('keep'), '192.0.2.1');
    expect(await eventsOf(fresh)).toEqual(['system certificate.issued']);
    await successionOf(waiting).noteUse(fresh, waiting, '192.0.2.1');
    expect((await eventsOf(fresh))[0]).toMatch(/^certificate:[0-9a-f]{64} certificate\.seen$/);
    expect(await successionOf(waiting).report(fresh, origin)).toMatchObject({
      sighting: { reportedBy: 'est' },
      changed: false,
    });
    expect(await workAt(9999)).toBe(1);
    expect(await reasonOf(old)).toBe('superseded');
  });

  it.each([
    ['superseded', 'certificateRevoked'],
    ['certificateHold', 'certificateHeld'],
  ] as const)('although it is revoked for %s, is an error: %s', async (reason, code) => {
    const { fresh } = await renewed();
    const revocation = { revokedAt: now, reason, invalidityDate: undefined };
    await registry.revocation.revoke(fresh.id, revocation, random(9), newAudit());
    const found = (await registry.revocation.findCertificate(fresh.id))!;
    await expect(successionOf(waiting).report(found, origin)).rejects.toMatchObject({ code });
  });
});

describe('the older certificates', () => {
  it('stay when the newer one is revoked before their time has come', async () => {
    const { old, fresh } = await renewed();
    await successionOf(waiting).report(fresh, origin);
    await revoke(registry, fresh);
    expect(await workAt(9999)).toBe(0);
    expect(await reasonOf(old)).toBeUndefined();
  });

  it('wait while the newer one is on hold', async () => {
    const { old, fresh } = await renewed();
    await successionOf(waiting).report(fresh, origin);
    const hold = { revokedAt: now, reason: 'certificateHold', invalidityDate: undefined } as const;
    await registry.revocation.revoke(fresh.id, hold, random(9), newAudit());
    expect(await workAt(9999)).toBe(0);
    await registry.revocation.release(fresh.id, newAudit());
    expect(await workAt(9999 + 3599)).toBe(0);
    expect(await workAt(9999 + 3600)).toBe(1);
    expect(await reasonOf(old)).toBe('superseded');
  });

  it.each([
    ['is put on hold at that very moment stays on hold', 'old', 'certificateHold', 'certificateHold'],
    ['is revoked at that very moment keeps its reason', 'old', 'keyCompromise', 'keyCompromise'],
    ['has its successor revoked at that very moment stays', 'fresh', 'keyCompromise', undefined],
    ['has its successor put on hold at that very moment waits', 'fresh', 'certificateHold', undefined],
  ] as const)('one that %s', async (_, changed, reason, expected) => {
    const pair = await renewed();
    await successionOf(waiting).report(pair.fresh, origin);
    const client = await postgres.pool.connect();
    try {
      // Whoever revokes has the row, and has not committed yet.
      await client.query('BEGIN');
      await client.query(
        'UPDATE certificate SET revoked_at = $2, revocation_reason = $3, crl_entry = $4 WHERE id = $1',
        [pair[changed].id, now, reasonCode(reason), Buffer.from(random(9))],
      );
      const working = workAt(9999);
      await eventuallyWaiting();
      await client.query('COMMIT');
      expect(await working).toBe(0);
    } finally {
      client.release();
    }
    expect(await reasonOf(pair.old)).toBe(expected);
    expect(await reasonOf(pair[changed])).toBe(reason);
    if (changed === 'fresh' && reason === 'certificateHold') {
      await registry.revocation.release(pair.fresh.id, newAudit());
      expect(await workAt(9999 + 3600)).toBe(1);
      expect(await reasonOf(pair.old)).toBe('superseded');
    }
  });

  it('are revoked once, by however many workers', async () => {
    const pairs = await Promise.all(Array.from({ length: 30 }, () => renewed()));
    await Promise.all(pairs.map(({ fresh }) => successionOf(waiting).report(fresh, origin)));
    const counts = await Promise.all([registry, other, registry, other].map((node) => workAt(9999, node)));
    // A worker that finds nothing free leaves it to those that have it.
    const rest = await workAt(9999);
    expect(counts.reduce((sum, count) => sum + count, rest)).toBe(30);
    for (const { old } of pairs) {
      const revoked = (await eventsOf(old)).filter((event) => event === 'system certificate.revoked');
      expect(revoked).toHaveLength(1);
    }
  });
});

describe('a certificate whose profile revokes at issuance', () => {
  it('has the older ones revoked after the delay, counted from the commit that recorded it', async () => {
    const { old, fresh } = await renewed({ supersedeAfterSeconds: delay });
    const due = (fresh.issuedAt.getTime() - now.getTime()) / 1000 + delay;
    expect(await workAt(due - 1)).toBe(0);
    expect(await workAt(due)).toBe(1);
    expect(await reasonOf(old)).toBe('superseded');
    expect(await reasonOf(fresh)).toBeUndefined();
  });

  it('of no device has none', async () => {
    await issue(registry, {}, { supersedeAfterSeconds: 0 });
    expect(await workAt(99_999)).toBe(0);
  });
});
