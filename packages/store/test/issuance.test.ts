import { afterEach, describe, expect, it } from '@jest/globals';
import { defaultSettings } from '@touchmark/ca';
import type { Authority, DeviceRegistration, IssuanceGuard, RecordIntentResult } from '@touchmark/ca';
import type { Registry } from '../src/index.ts';
import {
  authority,
  findCertificate,
  findDevice,
  findKey,
  findOutcome,
  findSecret,
  issue,
  later,
  newAttempt,
  newAudit,
  newIntent,
  newSecret,
  noGuard,
  now,
  random,
  recordOf,
  revoke,
} from './records.ts';
import { other, registry } from './two-nodes.ts';

const count = (results: readonly RecordIntentResult[], kind: RecordIntentResult['kind']): number =>
  results.filter((result) => result.kind === kind).length;

describe('step 6 records an intent', () => {
  it('and gives every field back', async () => {
    const intent = newIntent({ deviceId: 'device-fields' });
    expect(await registry.issuance.recordIntent(intent, noGuard)).toEqual({ kind: 'recorded' });
    expect(await findOutcome(other, intent.requestDigest)).toEqual({ intent, certificate: undefined });
  });

  it('once for 64 concurrent duplicates on two nodes; the others get its outcome', async () => {
    const requestDigest = random(32);
    const results = await Promise.all(
      Array.from({ length: 64 }, (_, index) =>
        (index % 2 === 0 ? registry : other).issuance.recordIntent(newIntent({ requestDigest }), noGuard),
      ),
    );
    expect(count(results, 'recorded')).toBe(1);
    expect(count(results, 'duplicate')).toBe(63);
    const { intent } = await findOutcome(registry, requestDigest);
    for (const result of results) {
      if (result.kind === 'duplicate') expect(result.outcome.intent?.id).toBe(intent?.id);
    }
  });

  it('never for a request whose certificate is recorded and whose intent is pruned', async () => {
    const certificate = await issue(registry);
    expect(await registry.admin.pruneIntents(later(3600))).toBeGreaterThan(0);
    const { requestDigest } = certificate;
    expect(await findOutcome(registry, requestDigest)).toEqual({ intent: undefined, certificate });
    expect(await registry.issuance.recordIntent(newIntent({ requestDigest }), noGuard)).toEqual({
      kind: 'duplicate',
      outcome: { intent: undefined, certificate },
    });
  });

  it('(issuer, serial) twice is refused', async () => {
    const first = newIntent();
    await registry.issuance.recordIntent(first, noGuard);
    const second = newIntent({ serialNumber: first.serialNumber });
    await expect(registry.issuance.recordIntent(second, noGuard)).rejects.toMatchObject({ code: 'internal' });
  });

  it('one input that the database refuses does not take the others of its batch down', async () => {
    const wrong = newIntent({ serialNumber: random(21) });
    const right = Array.from({ length: 9 }, () => newIntent());
    const results = await Promise.allSettled(
      [...right.slice(0, 4), wrong, ...right.slice(4)].map((intent) => registry.issuance.recordIntent(intent, noGuard)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(9);
    expect(results[4]?.status).toBe('rejected');
  });
});

describe('a secret', () => {
  it('with one use gives one intent to 1000 parallel requests on two nodes', async () => {
    const guard = { ...noGuard, spendSecretId: await newSecret(registry) };
    const results = await Promise.all(
      Array.from({ length: 1000 }, (_, index) =>
        (index % 2 === 0 ? registry : other).issuance.recordIntent(newIntent(), guard),
      ),
    );
    expect(count(results, 'recorded')).toBe(1);
    expect(results.filter((result) => result.kind === 'guardFailed' && result.failure === 'secretSpent')).toHaveLength(
      999,
    );
    expect(await findSecret(registry, guard.spendSecretId)).toMatchObject({ uses: 1, maxUses: 1 });
  });

  it('with 100 uses gives 100 intents, also from one batch', async () => {
    const guard = { ...noGuard, spendSecretId: await newSecret(registry, { maxUses: 100 }) };
    const results = await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        (index % 2 === 0 ? registry : other).issuance.recordIntent(newIntent(), guard),
      ),
    );
    expect(count(results, 'recorded')).toBe(100);
    expect(count(results, 'guardFailed')).toBe(200);
    expect(await findSecret(registry, guard.spendSecretId)).toMatchObject({ uses: 100 });
  });

  it('is not spent by a duplicate, however many arrive at once', async () => {
    const guard = { ...noGuard, spendSecretId: await newSecret(registry, { maxUses: 3 }) };
    const requestDigest = random(32);
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 === 0 ? registry : other).issuance.recordIntent(newIntent({ requestDigest }), guard),
      ),
    );
    expect([count(results, 'recorded'), count(results, 'duplicate')]).toEqual([1, 49]);
    expect(await findSecret(registry, guard.spendSecretId)).toMatchObject({ uses: 1 });
  });

  const unusable: readonly { name: string; spoil: (id: string) => Promise<unknown>; expiresAt?: Date }[] = [
    { name: 'revoked', spoil: (id) => registry.admin.revokeSecret('factory', id, now) },
    { name: 'expired', spoil: async () => undefined, expiresAt: now },
    { name: 'unknown', spoil: (id) => registry.prisma.enrollmentSecret.delete({ where: { id } }) },
  ];
  it.each(unusable)('that is $name gives nothing', async ({ spoil, expiresAt }) => {
    const id = await newSecret(registry, { maxUses: 5, ...(expiresAt === undefined ? {} : { expiresAt }) });
    await spoil(id);
    expect(await registry.issuance.recordIntent(newIntent(), { ...noGuard, spendSecretId: id })).toEqual({
      kind: 'guardFailed',
      failure: 'secretSpent',
    });
  });

  it('is locked for 30 minutes by 5 failures within 15, not by failures further apart', async () => {
    const [slow, fast] = [await newSecret(registry), await newSecret(registry)];
    const lockOf = async (id: string) => (await findSecret(registry, id, '10.0.0.1'))?.lockedUntil;
    for (let n = 0; n < 10; n++) await registry.issuance.recordSecretFailure(slow, '10.0.0.1', later(n * 226));
    for (let n = 0; n < 4; n++) await registry.issuance.recordSecretFailure(fast, '10.0.0.1', later(n * 225 - 1));
    expect(await lockOf(slow)).toBeUndefined();
    expect(await lockOf(fast)).toBeUndefined();
    await registry.issuance.recordSecretFailure(fast, '10.0.0.1', later(898));
    expect(await lockOf(fast)).toEqual(later(898 + 1800));
  });

  it('is locked for the remote address that failed, for no other, and the administrator sees it', async () => {
    const id = await newSecret(registry);
    for (let n = 0; n < 5; n++) await registry.issuance.recordSecretFailure(id, '10.0.0.1', now);
    await registry.issuance.recordSecretFailure(id, '10.0.0.2', now);
    expect((await findSecret(registry, id, '10.0.0.1'))?.lockedUntil).toEqual(later(1800));
    expect((await findSecret(registry, id, '10.0.0.2'))?.lockedUntil).toBeUndefined();
    expect((await findSecret(registry, id, '10.0.0.3'))?.lockedUntil).toBeUndefined();
    expect((await registry.admin.findSecret(id))?.lockedUntil).toEqual(later(1800));
    expect(await findSecret(registry, 'none', '10.0.0.1')).toBeUndefined();
  });

  it('counts failures that arrive at once, and forgets them after an hour', async () => {
    const id = await newSecret(registry);
    const failing = [registry, other, registry, other, registry];
    await Promise.all(failing.map((node) => node.issuance.recordSecretFailure(id, '10.0.0.1', now)));
    expect((await findSecret(registry, id, '10.0.0.1'))?.lockedUntil).toEqual(later(1800));
    await registry.issuance.recordSecretFailure(id, '10.0.0.2', later(3601));
    expect(await registry.prisma.secretFailure.count({ where: { secretId: id } })).toBe(1);
    await registry.issuance.recordSecretFailure('none', '10.0.0.1', now);
  });
});

describe('a device', () => {
  const forDevice = (deviceId: string, registration: DeviceRegistration): IssuanceGuard => ({
    ...noGuard,
    deviceId,
    registration,
  });

  it('is registered by the intent, once, under 40 parallel requests on two nodes', async () => {
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? registry : other).issuance.recordIntent(
          newIntent({ deviceId: 'device-new' }),
          forDevice('device-new', 'ifUnknown'),
        ),
      ),
    );
    expect(count(results, 'recorded')).toBe(40);
    expect(await findDevice(registry, 'device-new')).toEqual({
      id: 'device-new',
      state: 'registered',
      role: undefined,
      segment: undefined,
      fields: {},
      createdAt: now,
    });
  });

  it('is not registered when the secret fails', async () => {
    const guard = { ...forDevice('device-never', 'mustBeUnknown'), spendSecretId: 'nosecret' };
    expect(await registry.issuance.recordIntent(newIntent(), guard)).toMatchObject({ failure: 'secretSpent' });
    expect(await findDevice(registry, 'device-never')).toBeUndefined();
  });

  it('that is unknown and not to be registered is barred', async () => {
    expect(await registry.issuance.recordIntent(newIntent(), forDevice('device-unknown', 'none'))).toEqual({
      kind: 'guardFailed',
      failure: 'deviceBarred',
    });
  });

  it.each(['suspended', 'retired'] as const)('that is %s gets no intent and no certificate', async (state) => {
    const id = `device-${state}`;
    const intent = newIntent({ deviceId: id });
    expect(await registry.issuance.recordIntent(intent, forDevice(id, 'ifUnknown'))).toEqual({ kind: 'recorded' });
    await registry.admin.setDeviceState(id, state);
    const barred = { kind: 'guardFailed', failure: 'deviceBarred' };
    expect(await registry.issuance.recordCertificate(recordOf(intent), forDevice(id, 'none'))).toEqual(barred);
    expect(await registry.issuance.recordIntent(newIntent({ deviceId: id }), forDevice(id, 'ifUnknown'))).toEqual(
      barred,
    );
    expect((await findOutcome(registry, intent.requestDigest)).certificate).toBeUndefined();
  });

  it('becomes active with its first certificate', async () => {
    const id = 'device-active';
    await issue(registry, { deviceId: id }, { deviceId: id, registration: 'mustBeUnknown' });
    expect(await findDevice(registry, id)).toMatchObject({ state: 'active' });
  });

  it('is registered with a secret that is bound to it, unless it is known: then it stays as it is', async () => {
    await newSecret(registry, { deviceId: 'device-bound' });
    expect(await findDevice(registry, 'device-bound')).toMatchObject({ state: 'registered' });
    await registry.admin.setDeviceState('device-bound', 'suspended');
    await newSecret(registry, { deviceId: 'device-bound' });
    expect(await findDevice(registry, 'device-bound')).toMatchObject({ state: 'suspended' });
    const unlabelled = newSecret(registry, { deviceId: 'device-unlabelled', endpointLabel: 'none' });
    await expect(unlabelled).rejects.toMatchObject({ code: 'notFound' });
    expect(await findDevice(registry, 'device-unlabelled')).toBeUndefined();
  });

  it('that must be unknown is given to one of 60 parallel requests on two nodes, whatever their keys', async () => {
    for (const maxUses of [1, 100]) {
      const id = `device-contested-${maxUses}`;
      const guard = { ...forDevice(id, 'mustBeUnknown'), spendSecretId: await newSecret(registry, { maxUses }) };
      const results = await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          (index % 2 === 0 ? registry : other).issuance.recordIntent(newIntent({ deviceId: id }), guard),
        ),
      );
      expect(count(results, 'recorded')).toBe(1);
      expect(count(results, 'guardFailed')).toBe(59);
      if (maxUses > 1) {
        const known = results.filter((result) => result.kind === 'guardFailed' && result.failure === 'deviceKnown');
        expect(known).toHaveLength(59);
      }
      expect(await findSecret(registry, guard.spendSecretId)).toMatchObject({ uses: 1 });
    }
  });

  it('that must be unknown may be so once, and an ordinary request of the same batch finds it registered', async () => {
    const id = 'device-mixed';
    const ask = (registration: DeviceRegistration) =>
      registry.issuance.recordIntent(newIntent({ deviceId: id }), forDevice(id, registration));
    const kinds = (await Promise.all([ask('mustBeUnknown'), ask('ifUnknown'), ask('ifUnknown')])).map(
      ({ kind }) => kind,
    );
    expect(kinds.slice(1)).toEqual(['recorded', 'recorded']);
    expect(await ask('mustBeUnknown')).toEqual({ kind: 'guardFailed', failure: 'deviceKnown' });
    expect(await ask('none')).toEqual({ kind: 'recorded' });
  });
});

describe('step 8 records a certificate', () => {
  it('with attempt and audit event, and gives every field back', async () => {
    const intent = newIntent({ crlShard: 3, profileVersion: 7 });
    await registry.issuance.recordIntent(intent, noGuard);
    const record = recordOf(intent);
    const result = await registry.issuance.recordCertificate(record, noGuard);
    const stored = await findCertificate(other, record.fingerprintSha256);
    expect(result).toEqual({ kind: 'recorded', certificate: stored });
    expect(stored).toMatchObject({
      id: intent.id,
      certificateDer: record.certificateDer,
      issuedAt: record.issuedAt,
      crlShard: 3,
    });
    expect(stored?.revocation).toBeUndefined();
    expect(await registry.admin.getAttempt(intent.attemptId)).toEqual(record.attempt);
    const audit = await registry.admin.listAudit(
      { subject: `certificate:${intent.id}` },
      { limit: 10, cursor: undefined },
    );
    expect(audit.items).toMatchObject([record.audit]);
  });

  it('once for 64 concurrent signatures over one intent on two nodes: all get the one that is stored', async () => {
    const intent = newIntent();
    await registry.issuance.recordIntent(intent, noGuard);
    const results = await Promise.all(
      Array.from({ length: 64 }, (_, index) =>
        (index % 2 === 0 ? registry : other).issuance.recordCertificate(recordOf(intent), noGuard),
      ),
    );
    const { certificate } = await findOutcome(registry, intent.requestDigest);
    expect(certificate).toBeDefined();
    for (const result of results) expect(result).toEqual({ kind: 'recorded', certificate });
    const audit = await registry.admin.listAudit(
      { subject: `certificate:${intent.id}` },
      { limit: 10, cursor: undefined },
    );
    expect(audit.items).toHaveLength(1);
  });

  it('never without its intent, and the others of the batch do not suffer', async () => {
    const intents = Array.from({ length: 4 }, () => newIntent());
    await Promise.all(intents.map((intent) => registry.issuance.recordIntent(intent, noGuard)));
    const results = await Promise.allSettled([
      registry.issuance.recordCertificate(recordOf(newIntent()), noGuard),
      ...intents.map((intent) => registry.issuance.recordCertificate(recordOf(intent), noGuard)),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
  });

  it('and its bytes never change or go', async () => {
    const { id } = await issue(registry);
    const change = (sql: string) => registry.pool.query(sql, [id]);
    await expect(change(`UPDATE certificate SET certificate_der = '' WHERE id = $1`)).rejects.toThrow(/never change/);
    await expect(change('DELETE FROM certificate WHERE id = $1')).rejects.toThrow(/never change/);
    await expect(registry.pool.query('DELETE FROM audit_event')).rejects.toThrow(/never change/);
  });
});

describe('a renewal', () => {
  it('is refused at both steps once the certificate is revoked', async () => {
    const certificate = await issue(registry);
    const guard = { ...noGuard, unrevokedCertificateId: certificate.id };
    const begun = newIntent();
    expect(await registry.issuance.recordIntent(begun, guard)).toEqual({ kind: 'recorded' });
    await revoke(registry, certificate);
    const refused = { kind: 'guardFailed', failure: 'certificateRevoked' };
    expect(await registry.issuance.recordCertificate(recordOf(begun), guard)).toEqual(refused);
    expect(await registry.issuance.recordIntent(newIntent(), guard)).toEqual(refused);
  });

  it('is refused at both steps while the certificate is on hold, and goes on when it is released', async () => {
    const certificate = await issue(registry);
    const guard = { ...noGuard, unrevokedCertificateId: certificate.id };
    const begun = newIntent();
    expect(await registry.issuance.recordIntent(begun, guard)).toEqual({ kind: 'recorded' });
    const hold = { revokedAt: now, reason: 'certificateHold', invalidityDate: undefined } as const;
    await registry.revocation.revoke(certificate.id, hold, random(30), newAudit());
    const refused = { kind: 'guardFailed', failure: 'certificateHeld' };
    expect(await registry.issuance.recordCertificate(recordOf(begun), guard)).toEqual(refused);
    expect(await registry.issuance.recordIntent(newIntent(), guard)).toEqual(refused);
    await other.revocation.release(certificate.id, newAudit());
    expect(await registry.issuance.recordCertificate(recordOf(begun), guard)).toMatchObject({ kind: 'recorded' });
  });

  it('never succeeds after an acknowledged revocation, in 200 races on two nodes', async () => {
    let renewed = 0;
    for (let round = 0; round < 200; round++) {
      const certificate = await issue(registry);
      const guard = { ...noGuard, unrevokedCertificateId: certificate.id };
      const intent = newIntent();
      if (round % 2 === 0) await registry.issuance.recordIntent(intent, guard);
      let acknowledged = false;
      const revocation = revoke(other, certificate).then(() => {
        acknowledged = true;
      });
      const outcomes: { readonly afterRevocation: boolean; readonly kind: string }[] = [];
      const renew = async (): Promise<void> => {
        const afterRevocation = acknowledged;
        if (round % 2 === 1) {
          const begun = await registry.issuance.recordIntent(intent, guard);
          if (begun.kind === 'guardFailed') return void outcomes.push({ afterRevocation, kind: begun.kind });
        }
        const { kind } = await registry.issuance.recordCertificate(recordOf(intent), guard);
        outcomes.push({ afterRevocation, kind });
      };
      if (round % 3 === 0) await new Promise((resolve) => setTimeout(resolve, round % 5));
      await Promise.all([renew(), revocation]);
      await renew();
      renewed += outcomes[0]?.kind === 'recorded' ? 1 : 0;
      // What began after the acknowledgement may only find what was recorded before it.
      const [first, last] = outcomes;
      expect(last).toEqual({ afterRevocation: true, kind: first?.kind });
      const stored = (await findOutcome(registry, intent.requestDigest)).certificate;
      expect(stored !== undefined).toBe(first?.kind === 'recorded');
    }
    // The races are races: neither side always wins.
    expect(renewed).toBeGreaterThan(0);
    expect(renewed).toBeLessThan(200);
  }, 120_000);
});

describe('a key', () => {
  const forDevice = (deviceId: string | undefined): IssuanceGuard => ({
    ...noGuard,
    deviceId,
    registration: 'ifUnknown',
  });
  const compromise = (id: string) =>
    registry.revocation.revoke(
      id,
      { revokedAt: now, reason: 'keyCompromise', invalidityDate: undefined },
      random(30),
      recordOf(newIntent()).audit,
    );

  it('is free, held, or compromised', async () => {
    const publicKeySha256 = random(32);
    expect(await findKey(registry, publicKeySha256)).toMatchObject({ compromised: false, holders: [] });
    const certificate = await issue(registry, { publicKeySha256, deviceId: 'a' });
    expect(await findKey(registry, publicKeySha256)).toMatchObject({ compromised: false, holders: ['a'] });
    await compromise(certificate.id);
    expect(await findKey(registry, publicKeySha256)).toMatchObject({ compromised: true, holders: ['a'] });
    const nobodys = random(32);
    await issue(registry, { publicKeySha256: nobodys, deviceId: undefined });
    expect(await findKey(registry, nobodys)).toMatchObject({ compromised: false, holders: [undefined] });
  });

  it('is certified for one of 60 devices that ask at once on two nodes', async () => {
    const publicKeySha256 = random(32);
    const enroll = async (node: Registry, deviceId: string | undefined) => {
      const intent = newIntent({ publicKeySha256, deviceId });
      const begun = await node.issuance.recordIntent(intent, forDevice(deviceId));
      if (begun.kind !== 'recorded') return begun;
      return node.issuance.recordCertificate(recordOf(intent), { ...forDevice(deviceId), registration: 'none' });
    };
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        enroll(index % 2 === 0 ? registry : other, index === 7 ? undefined : `key-${index}`),
      ),
    );
    expect(results.filter(({ kind }) => kind === 'recorded')).toHaveLength(1);
    const refused = results.filter(
      (result) => result.kind === 'guardFailed' && result.failure === 'keyOfAnotherDevice',
    );
    expect(refused).toHaveLength(59);
    expect(await registry.prisma.certificate.count({ where: { publicKeySha256: Buffer.from(publicKeySha256) } })).toBe(
      1,
    );
    // The names of those that were refused are as free as before.
    expect(await registry.prisma.device.count({ where: { id: { startsWith: 'key-' } } })).toBeLessThanOrEqual(1);
  });

  it('may be certified again for its own device, also by many at once', async () => {
    const publicKeySha256 = random(32);
    const results = await Promise.all(
      Array.from({ length: 20 }, () =>
        registry.issuance.recordIntent(newIntent({ publicKeySha256, deviceId: 'key-own' }), forDevice('key-own')),
      ),
    );
    expect(count(results, 'recorded')).toBe(20);
  });

  const holders = (publicKeySha256: Uint8Array) =>
    registry.prisma.keyHolder.count({ where: { publicKeySha256: Buffer.from(publicKeySha256) } });
  const ofAnother = { kind: 'guardFailed', failure: 'keyOfAnotherDevice' };

  it('stays that of its device when its intent is cleared away: the certificate says so', async () => {
    const publicKeySha256 = random(32);
    await issue(registry, { publicKeySha256, deviceId: 'key-old' }, forDevice('key-old'));
    expect(await holders(publicKeySha256)).toBe(1);
    await registry.admin.pruneIntents(later(3600));
    expect(await holders(publicKeySha256)).toBe(0);
    expect(await findKey(registry, publicKeySha256)).toMatchObject({ compromised: false, holders: ['key-old'] });
    for (const deviceId of ['key-new', undefined]) {
      const intent = newIntent({ publicKeySha256, deviceId });
      expect(await registry.issuance.recordIntent(intent, forDevice(deviceId))).toEqual(ofAnother);
    }
    expect(await holders(publicKeySha256)).toBe(0);
    await issue(registry, { publicKeySha256, deviceId: 'key-old' }, forDevice('key-old'));
  });

  it('that another device got meanwhile is refused to an intent that was late', async () => {
    const publicKeySha256 = random(32);
    const late = newIntent({ publicKeySha256, deviceId: 'key-late' });
    await registry.issuance.recordIntent(late, forDevice('key-late'));
    const expired = newIntent({ publicKeySha256, deviceId: 'key-late', notAfter: later(10) });
    await registry.issuance.recordIntent(expired, forDevice('key-late'));
    await registry.admin.pruneIntents(later(20));
    await issue(registry, { publicKeySha256, deviceId: 'key-first' }, forDevice('key-first'));
    const guard = { ...forDevice('key-late'), registration: 'none' } as const;
    expect(await registry.issuance.recordCertificate(recordOf(late), guard)).toEqual(ofAnother);
  });

  it('is not kept from others by a request that its device refused', async () => {
    const publicKeySha256 = random(32);
    await registry.admin.insertDevice({ id: 'key-retired', state: 'retired', createdAt: now });
    const barred = await registry.issuance.recordIntent(
      newIntent({ publicKeySha256, deviceId: 'key-retired' }),
      forDevice('key-retired'),
    );
    expect(barred).toEqual({ kind: 'guardFailed', failure: 'deviceBarred' });
    expect(await holders(publicKeySha256)).toBe(0);
    await issue(registry, { publicKeySha256, deviceId: 'key-heir' }, forDevice('key-heir'));
  });

  it('that was revoked as compromised is blocked at both steps', async () => {
    const publicKeySha256 = random(32);
    const begun = newIntent({ publicKeySha256 });
    const certificate = await issue(registry, { publicKeySha256 });
    await registry.issuance.recordIntent(begun, noGuard);
    await compromise(certificate.id);
    const blocked = { kind: 'guardFailed', failure: 'keyBlocked' };
    expect(await registry.issuance.recordCertificate(recordOf(begun), noGuard)).toEqual(blocked);
    expect(await registry.issuance.recordIntent(newIntent({ publicKeySha256 }), noGuard)).toEqual(blocked);
    // For good: it does not go with the intents.
    await registry.admin.pruneIntents(later(400 * 86_400));
    expect(await registry.issuance.recordIntent(newIntent({ publicKeySha256 }), noGuard)).toEqual(blocked);
  });
});

describe('an attempt', () => {
  it('is kept whole', async () => {
    const attempt = newAttempt({ deviceId: 'd', secretId: 's', principal: 'p' });
    await registry.issuance.recordAttempt(attempt);
    expect(await registry.admin.getAttempt(attempt.id)).toEqual(attempt);
  });

  it('keeps what clients send, also what PostgreSQL cannot store', async () => {
    const attempt = newAttempt({
      endpointLabel: 'a\u0000b\ud800',
      steps: [{ step: 'parse', note: 'x\u0000\udc00"\\' }],
    });
    await registry.issuance.recordAttempt(attempt);
    expect(await registry.admin.getAttempt(attempt.id)).toMatchObject({
      endpointLabel: 'a\ufffdb\ufffd',
      steps: [{ step: 'parse', note: 'x\ufffd\ufffd"\\' }],
    });
  });

  it('recorded twice is one', async () => {
    const attempt = newAttempt();
    await Promise.all([registry.issuance.recordAttempt(attempt), other.issuance.recordAttempt(attempt)]);
    expect(await registry.admin.getAttempt(attempt.id)).toEqual(attempt);
  });
});

describe('an authority that was retired meanwhile issues nothing, whatever a node still believes of it', () => {
  const guard: IssuanceGuard = { ...noGuard, authorityInUse: true };
  const retired = { kind: 'guardFailed', failure: 'authorityRetired' };
  const settings = (state: Authority['state']) => ({
    ...defaultSettings('ec-p256'),
    crlShards: authority.crlShards,
    state,
  });
  const setState = async (state: Authority['state']): Promise<void> => {
    const [stored] = (await other.admin.listAuthorities()).filter(({ id }) => id === authority.id);
    await other.admin.updateAuthority(stored ?? authority, settings(state), newAudit());
  };

  afterEach(() => setState('active'));

  it('step 6 records no intent of it', async () => {
    await setState('retired');
    expect(await registry.issuance.recordIntent(newIntent(), guard)).toEqual(retired);
    expect(await registry.issuance.recordIntent(newIntent(), noGuard)).toEqual({ kind: 'recorded' });
  });

  it('step 8 records no certificate of an intent from before', async () => {
    const intent = newIntent();
    await registry.issuance.recordIntent(intent, guard);
    await setState('retired');
    expect(await registry.issuance.recordCertificate(recordOf(intent), guard)).toEqual(retired);
    expect(await findOutcome(registry, intent.requestDigest)).toMatchObject({ certificate: undefined });
    await setState('active');
    expect(await registry.issuance.recordCertificate(recordOf(intent), guard)).toMatchObject({ kind: 'recorded' });
  });
});
