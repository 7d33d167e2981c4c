import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IssuanceGuard } from '@touchmark/ca';
import { findDevice, findKey, issue, later, newAudit, newIntent, noGuard, now, random, recordOf } from './records.ts';
import { other, postgres, registry } from './two-nodes.ts';

const limitReached = { kind: 'guardFailed', failure: 'certificateLimit' };

const limited = (deviceId: string, maxActiveCertificates: number, changes: Partial<IssuanceGuard> = {}) => ({
  ...noGuard,
  deviceId,
  registration: 'ifUnknown' as const,
  maxActiveCertificates,
  ...changes,
});

describe('a device has no more certificates of a profile than it may have', () => {
  it.each([
    ['in one batch of one node', () => registry],
    ['on two nodes at once', (turn: number) => (turn % 2 === 0 ? registry : other)],
  ])('%s: of 24 that ask for different keys, 3 get one', async (name, nodeOf) => {
    for (let round = 0; round < 5; round++) {
      const deviceId = `limit-${name.length}-${round}`;
      const guard = limited(deviceId, 3);
      const outcomes = await Promise.all(
        Array.from({ length: 24 }, async (_, turn) => {
          const node = nodeOf(turn);
          const intent = newIntent({ deviceId });
          const recorded = await node.issuance.recordIntent(intent, guard);
          if (recorded.kind !== 'recorded') return recorded;
          return node.issuance.recordCertificate(recordOf(intent), { ...guard, registration: 'none' });
        }),
      );
      const issued = outcomes.filter(({ kind }) => kind === 'recorded');
      expect(issued).toHaveLength(3);
      for (const outcome of outcomes) if (outcome.kind !== 'recorded') expect(outcome).toEqual(limitReached);
    }
  });

  it('waits for whoever holds the lock of the device, and sees what was committed under it', async () => {
    const deviceId = 'limit-locked';
    const guard = limited(deviceId, 1);
    const { id } = await issue(registry, { deviceId, profileName: 'other' }, guard);
    const holder = await postgres.pool.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [0x6c696d69, deviceId]);
      let isAnswered = false;
      const asked = registry.issuance.recordIntent(newIntent({ deviceId }), guard).finally(() => (isAnswered = true));
      await sleep(300);
      expect(isAnswered).toBe(false);
      await holder.query(`UPDATE certificate SET profile_name = 'device' WHERE id = $1`, [id]);
      await holder.query('COMMIT');
      expect(await asked).toEqual(limitReached);
    } finally {
      holder.release(true);
    }
  });

  it('what is revoked or expired does not count, what is held does, nor does another profile or device', async () => {
    const deviceId = 'limit-states';
    const guard = limited(deviceId, 2);
    const first = await issue(registry, { deviceId }, guard);
    await issue(registry, { deviceId, profileName: 'other' }, limited(deviceId, 2));
    await issue(registry, { deviceId: 'limit-neighbour' }, limited('limit-neighbour', 2));
    await issue(registry, { deviceId, notAfter: later(-2) }, guard);
    const second = await issue(registry, { deviceId }, guard);
    const ask = () => registry.issuance.recordIntent(newIntent({ deviceId }), guard);
    expect(await ask()).toEqual(limitReached);

    const revoke = (id: string, reason: 'certificateHold' | 'superseded') =>
      registry.revocation.revoke(id, { revokedAt: now, reason, invalidityDate: undefined }, random(30), newAudit());
    await revoke(first.id, 'certificateHold');
    expect(await ask()).toEqual(limitReached);
    await revoke(second.id, 'superseded');
    expect(await ask()).toEqual({ kind: 'recorded' });
  });

  it('the certificate that is renewed does not count; what renewed it before does', async () => {
    const deviceId = 'limit-renewed';
    const old = await issue(registry, { deviceId }, limited(deviceId, 1));
    const renewing = limited(deviceId, 1, { registration: 'none', unrevokedCertificateId: old.id });
    await issue(registry, { deviceId }, renewing);
    expect(await registry.issuance.recordIntent(newIntent({ deviceId }), renewing)).toEqual(limitReached);
  });

  it('an intent that was given up for an hour holds no place, but does not exceed the limit when it comes back', async () => {
    const deviceId = 'limit-late';
    const guard = limited(deviceId, 1);
    const late = newIntent({ deviceId, createdAt: later(-3601) });
    expect(await registry.issuance.recordIntent(late, guard)).toEqual({ kind: 'recorded' });
    await issue(registry, { deviceId }, guard);
    expect(await registry.issuance.recordCertificate(recordOf(late), { ...guard, registration: 'none' })).toEqual(
      limitReached,
    );
  });

  it('without a limit, and without a device, nothing is counted', async () => {
    for (let count = 0; count < 3; count++) {
      await issue(
        registry,
        { deviceId: 'limit-none' },
        { ...limited('limit-none', 1), maxActiveCertificates: undefined },
      );
      await issue(registry, {}, { ...noGuard, maxActiveCertificates: 1 });
    }
  });
});

describe('the age of a key', () => {
  it('is counted from its first certificate', async () => {
    const publicKeySha256 = random(32);
    expect((await findKey(registry, publicKeySha256)).firstCertifiedAt).toBeUndefined();
    await issue(registry, { publicKeySha256, createdAt: later(1000) });
    await issue(registry, { publicKeySha256, createdAt: later(500) });
    expect((await findKey(other, publicKeySha256)).firstCertifiedAt).toEqual(later(501));
  });
});

describe('what is registered of a device', () => {
  it('is given back by both doors; what is not there is not there', async () => {
    const device = {
      id: 'identity-1',
      state: 'registered' as const,
      role: 'pump',
      segment: 'hall-7',
      fields: { hostnames: 'a.example.com b.example.com', note: 'Überdruck "7"' },
      createdAt: now,
    };
    await registry.admin.insertDevice(device);
    await registry.admin.insertDevice({ id: 'identity-2', state: 'registered', createdAt: now });
    expect(await findDevice(registry, 'identity-1')).toEqual(device);
    expect(await registry.admin.findDevice('identity-1')).toEqual(device);
    const bare = { role: undefined, segment: undefined, fields: {} };
    expect(await findDevice(registry, 'identity-2')).toMatchObject(bare);
  });
});
