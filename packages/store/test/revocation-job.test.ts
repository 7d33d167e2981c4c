import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BulkRevocation } from '@touchmark/ca';
import type { CertificateSelection, JobStep, RevocationJob } from '@touchmark/ca';
import { openRegistry } from '../src/index.ts';
import type { Registry } from '../src/index.ts';
import { startTestPostgres } from '../src/testing.ts';
import type { TestPostgres } from '../src/testing.ts';
import { authority, issue, later, newAudit, newId, now, random, revoke, setUp } from './records.ts';

let postgres: TestPostgres;
let registry: Registry;
let other: Registry;
let bulk: BulkRevocation;

const clock = { now: () => later(120) };
const never = new AbortController().signal;

beforeAll(async () => {
  postgres = await startTestPostgres();
  registry = openRegistry({ databaseUrl: postgres.databaseUrl });
  other = openRegistry({ databaseUrl: postgres.databaseUrl });
  bulk = new BulkRevocation({ registry: registry.revocationJobs, clock, randomBytes: random });
  await setUp(registry);
});

afterAll(async () => {
  await Promise.all([registry.close(), other.close()]);
  await postgres.stop();
});

const start = (selection: CertificateSelection, more: { expectedTotal?: number; idempotencyKey?: string } = {}) =>
  bulk.start({
    ...{ selection, reason: 'keyCompromise', invalidityDate: undefined },
    ...{ expectedTotal: undefined, idempotencyKey: undefined, ...more },
    ...{ principal: 'ada', remoteAddress: '192.0.2.1', correlationId: 'request-1' },
  });

const work = async (job: RevocationJob, onStep: (step: JobStep) => void = () => undefined): Promise<RevocationJob> => {
  await bulk.work(job.id, never, onStep);
  return bulk.get(job.id);
};

const statusesOf = async (condition: string): Promise<Record<string, number>> => {
  const { rows } = await postgres.pool.query<{ reason: string | null; count: number }>(
    `SELECT revocation_reason::text AS reason, count(*)::int AS count FROM certificate WHERE ${condition} GROUP BY 1`,
  );
  return Object.fromEntries(rows.map(({ reason, count }) => [reason ?? 'none', count]));
};

const eventsOf = async (job: RevocationJob): Promise<{ events: number; certificates: number }> => {
  const { rows } = await postgres.pool.query<{ events: number; certificates: number }>(
    `SELECT count(*)::int AS events, count(DISTINCT subject)::int AS certificates FROM audit_event
     WHERE correlation_id = $1 AND action = 'certificate.revoked'`,
    [job.id],
  );
  return rows[0]!;
};

/** Certificates by the thousand, written as the issuance cycle would leave them. */
async function populate(profileName: string, count: number): Promise<void> {
  await postgres.pool.query(
    `INSERT INTO certificate (id, authority_id, not_before, not_after, issued_at, profile_version, crl_shard, serial_number,
       public_key_sha256, request_digest, device_id, profile_name, certificate_der)
     SELECT gen_random_uuid(), $1, $2, $3, $2, 1, n % 16, '\\x01' || substring(sha256(seed) FROM 1 FOR 18), sha256(seed || '1'),
       sha256(seed || '2'), $4 || '-' || n, $4, seed
     FROM (SELECT n, convert_to($4 || n, 'UTF8') AS seed FROM generate_series(1, $5::int) AS n) AS numbered`,
    [authority.id, now, later(365 * 86_400), profileName, count],
  );
}

describe('a preview', () => {
  it('counts what would be revoked, and the devices that would be left without a certificate', async () => {
    const profileName = 'previewed';
    const [both, one] = ['p-both', 'p-one'];
    await issue(registry, { profileName, deviceId: both });
    await issue(registry, { profileName: 'kept', deviceId: both });
    const held = await issue(registry, { profileName, deviceId: one });
    await issue(registry, { profileName, deviceId: one });
    await issue(registry, { profileName, notAfter: later(-10) });
    await revoke(registry, await issue(registry, { profileName }));
    const hold = { revokedAt: now, reason: 'certificateHold', invalidityDate: undefined } as const;
    await registry.revocation.revoke(held.id, hold, random(9), newAudit());
    expect(await bulk.preview({ profileName })).toEqual({
      total: 3,
      byStatus: { active: 2, held: 1 },
      byProfile: [{ profileName, count: 3 }],
      byAuthority: [{ authorityId: authority.id, count: 3 }],
      devices: 2,
      strandedDevices: 1,
      strandedExamples: [one],
      protected: 0,
    });
    const all = await bulk.preview({ profileName, statuses: ['active', 'held', 'expired'] });
    expect(all).toMatchObject({ total: 4, byStatus: { expired: 1 } });
  });

  it('counts expired certificates of a device, which may renew for a while', async () => {
    await issue(registry, { deviceId: 'p-expired', notAfter: later(-10) });
    expect(await bulk.preview({ deviceId: 'p-expired' })).toMatchObject({ total: 1, byStatus: { expired: 1 } });
  });

  it.each<[string, CertificateSelection]>([
    ['nothing', {}],
    ['a status alone', { statuses: ['active'] }],
    ['what is revoked', { profileName: 'device', statuses: ['revoked'] }],
  ])('of %s is refused, and so is the act', async (_, selection) => {
    await expect(bulk.preview(selection)).rejects.toMatchObject({ code: 'invalidArgument' });
    await expect(start(selection)).rejects.toMatchObject({ code: 'invalidArgument' });
  });

  it('and the act leave authorities, the service itself and credentials of principals alone', async () => {
    const authorityId = newId();
    await registry.admin.insertAuthority({ ...authority, id: authorityId, name: 'second', keyId: 'second' });
    const credential = await issue(registry, { authorityId, profileName: 'person' });
    await issue(registry, { authorityId, profileName: 'authority-issuing' });
    await issue(registry, { authorityId, profileName: 'listener' });
    const mine = await issue(registry, { authorityId, profileName: 'person' });
    await registry.prisma.profile.create({ data: { name: 'listener', currentVersion: 1 } });
    await registry.prisma.profileVersion.create({ data: { name: 'listener', version: 1, rules: { service: true } } });
    await registry.prisma.principal.create({
      data: {
        ...{ id: newId(), name: 'ada', role: 'administrator', createdAt: now },
        certificateFingerprintSha256: Buffer.from(credential.fingerprintSha256),
      },
    });
    expect(await bulk.preview({ authorityId })).toMatchObject({ total: 1, protected: 3 });
    const job = await work(await start({ authorityId }));
    expect(job).toMatchObject({ state: 'succeeded', total: 1, changed: 1 });
    expect(await statusesOf(`authority_id = '${authorityId}'`)).toEqual({ none: 3, 1: 1 });
    expect((await registry.revocation.findCertificate(mine.id))?.revocation?.reason).toBe('keyCompromise');
  });
});

describe('a selection', () => {
  const authorityId = newId();
  const publicKeySha256 = random(32);
  beforeAll(async () => {
    await issue(registry, { authorityId, deviceId: 's-1', publicKeySha256, profileVersion: 1 });
    await issue(registry, { authorityId, deviceId: 's-1', publicKeySha256, profileVersion: 2, createdAt: later(-90) });
    await issue(registry, { authorityId, deviceId: 's-2', notAfter: later(900) });
  });

  it.each<[string, CertificateSelection, number]>([
    ['a device', { deviceId: 's-1' }, 2],
    ['a key', { publicKeySha256 }, 2],
    ['a profile version', { profileName: 'device', profileVersion: 2 }, 1],
    ['the time of issuance', { issuedFrom: later(-89), issuedBefore: later(-88) }, 1],
    ['the time of issuance, before the first', { issuedBefore: later(-89) }, 0],
    ['the end of validity', { notAfterFrom: later(900), notAfterBefore: later(901) }, 1],
    ['all of it', { deviceId: 's-1', publicKeySha256, issuedFrom: later(0) }, 1],
  ])('by %s is the same in the listing, the preview and the act', async (_, criteria, count) => {
    const selection = { ...criteria, authorityId };
    const { items } = await registry.admin.listCertificates(selection, { limit: 10, cursor: undefined }, now);
    expect(items).toHaveLength(count);
    expect(await bulk.preview(selection)).toMatchObject({ total: count });
    const job = await start(selection);
    expect(job).toMatchObject({ total: count, state: count === 0 ? 'succeeded' : 'queued' });
    if (count > 0) await bulk.cancel(job.id, { principal: 'ada', remoteAddress: undefined, correlationId: undefined });
  });
});

describe('a job', () => {
  const origin = { principal: 'ada', remoteAddress: undefined, correlationId: undefined };

  it('over 20 000 certificates survives the kill of its worker; each is revoked once, and nothing issued later', async () => {
    const count = 20_000;
    const profileName = 'batch';
    await populate(profileName, count);
    const preview = await bulk.preview({ profileName });
    expect(preview).toMatchObject({ total: count, devices: count, strandedDevices: count, protected: 0 });
    const job = await start({ profileName }, { expectedTotal: preview.total });
    expect(job).toMatchObject({ state: 'queued', total: count, done: 0, selection: { profile: profileName } });
    await populate('unrelated', 10);
    const after = await issue(registry, { profileName });

    const worker = spawn(process.execPath, [join(import.meta.dirname, 'job-worker.ts'), postgres.databaseUrl, job.id], {
      stdio: 'ignore',
    });
    const exited = new Promise((done) => worker.once('exit', done));
    while ((await bulk.get(job.id)).done < 2000) {
      if (worker.exitCode !== null) throw new Error(`the worker ended by itself with ${worker.exitCode}`);
      await sleep(5);
    }
    worker.kill('SIGKILL');
    await exited;
    const left = await bulk.get(job.id);
    expect(left).toMatchObject({ state: 'running', finishedAt: undefined });
    expect(left.done).toBeLessThan(count);
    expect(await registry.revocationJobs.listUnfinishedJobs()).toContain(job.id);

    const startedAt = performance.now();
    // Two workers at once share the work and do nothing twice.
    const second = new BulkRevocation({ registry: other.revocationJobs, clock, randomBytes: random });
    await Promise.all([bulk.work(job.id, never, () => undefined), second.work(job.id, never, () => undefined)]);
    while ((await bulk.get(job.id)).finishedAt === undefined) await work(job);
    const seconds = (performance.now() - startedAt) / 1000;
    process.stdout.write(`${Math.round((count - left.done) / seconds)} revocations per second\n`);

    expect(await bulk.get(job.id)).toMatchObject({ state: 'succeeded', done: count, changed: count });
    expect(await statusesOf(`profile_name = '${profileName}' AND id <> '${after.id}'`)).toEqual({ 1: count });
    expect((await registry.revocation.findCertificate(after.id))?.revocation).toBeUndefined();
    expect(await statusesOf(`profile_name = 'unrelated'`)).toEqual({ none: 10 });
    expect(await eventsOf(job)).toEqual({ events: count, certificates: count });
    const { rows } = await postgres.pool.query(
      `SELECT count(*)::int AS keys FROM key_holder WHERE compromised_at IS NOT NULL AND device_id LIKE 'batch-%'`,
    );
    expect(rows).toEqual([{ keys: count }]);
    // The CRLs: every change is counted in its shard, and publication is asked for once for each.
    const shards = await postgres.pool.query<{ changes: number; jobs: number }>(
      `SELECT sum(changes)::int AS changes, (SELECT count(*)::int FROM graphile_worker._private_jobs WHERE key LIKE 'crl:%') AS jobs
       FROM crl_shard WHERE shard BETWEEN 4 AND 15`,
    );
    expect(shards.rows[0]).toEqual({ changes: (count / 16) * 12, jobs: 16 + 1 });
  }, 120_000);

  it('goes on when the database drops its connections in the middle of a step', async () => {
    const profileName = 'dropped';
    await populate(profileName, 4000);
    const job = await start({ profileName });
    let dropped = 0;
    const drops: Promise<void>[] = [];
    const done = work(job, () => drops.push(drop()));
    const drop = async (): Promise<void> => {
      await sleep(10);
      const { rowCount } = await postgres.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%revocation_job%'`,
      );
      dropped += rowCount ?? 0;
    };
    expect(await done).toMatchObject({ state: 'succeeded', total: 4000, done: 4000, changed: 4000 });
    await Promise.allSettled(drops);
    expect(dropped).toBeGreaterThan(0);
    expect(await eventsOf(job)).toEqual({ events: 4000, certificates: 4000 });
  });

  it('cancelled, does nothing more once that is acknowledged', async () => {
    const profileName = 'cancelled';
    await populate(profileName, 4000);
    const job = await start({ profileName });
    const working = work(job);
    while ((await bulk.get(job.id)).done === 0) await sleep(2);
    const cancelled = await bulk.cancel(job.id, origin);
    expect(cancelled).toMatchObject({ state: 'cancelled', total: 4000, done: cancelled.changed });
    expect(cancelled.done).toBeLessThan(4000);
    const { 1: revoked } = await statusesOf(`profile_name = '${profileName}'`);
    expect(revoked).toBe(cancelled.changed);
    await working;
    expect(await bulk.get(job.id)).toEqual(cancelled);
    expect(await statusesOf(`profile_name = '${profileName}'`)).toEqual({ none: 4000 - (revoked ?? 0), 1: revoked });
    // Again is no error, and leaves no second event.
    expect(await bulk.cancel(job.id, origin)).toEqual(cancelled);
    const { items } = await registry.admin.listAudit({ subject: `job:${job.id}` }, { limit: 9, cursor: undefined });
    expect(items.map(({ action }) => action)).toEqual(['job.cancelled', 'job.created']);
  });

  it('that has ended is not cancelled', async () => {
    const job = await work(await start({ profileName: 'of-nothing' }));
    expect(job).toMatchObject({ state: 'succeeded', total: 0 });
    await expect(bulk.cancel(job.id, origin)).rejects.toMatchObject({ code: 'conflict' });
    await expect(bulk.cancel(newId(), origin)).rejects.toMatchObject({ code: 'notFound' });
    await expect(bulk.get('no-id')).rejects.toMatchObject({ code: 'notFound' });
  });

  it('is not begun when the selection is not what was expected', async () => {
    const profileName = 'expected';
    await populate(profileName, 3);
    await expect(start({ profileName }, { expectedTotal: 2 })).rejects.toMatchObject({ code: 'conflict' });
    const { items } = await registry.revocationJobs.listJobs([], { limit: 1, cursor: undefined });
    expect(items.map(({ selection }) => selection.profile)).not.toContain(profileName);
    expect(await start({ profileName }, { expectedTotal: 3 })).toMatchObject({ total: 3 });
  });

  it('of the same act with the same key is the same job; of another act it is a conflict', async () => {
    const profileName = 'twice';
    await populate(profileName, 2);
    const key = { idempotencyKey: 'k1' };
    const [one, two] = await Promise.all([start({ profileName }, key), start({ profileName }, key)]);
    expect(one).toEqual(two);
    expect(await work(one)).toMatchObject({ changed: 2 });
    expect(await start({ profileName }, key)).toMatchObject({ id: one.id, state: 'succeeded' });
    await expect(start({ profileName: 'another' }, key)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('leaves a revocation that is there as it is, and raises it for a compromise', async () => {
    const profileName = 'mixed';
    const certificates = [];
    for (let index = 0; index < 3; index++) certificates.push(await issue(registry, { profileName }));
    const job = await start({ profileName });
    const [superseded, compromised] = certificates as [(typeof certificates)[0], (typeof certificates)[0]];
    await revoke(registry, superseded);
    await registry.revocation.revoke(
      compromised.id,
      { revokedAt: later(1), reason: 'keyCompromise', invalidityDate: undefined },
      random(9),
      newAudit(),
    );
    expect(await work(job)).toMatchObject({ done: 3, changed: 2 });
    const { revocation } = (await registry.revocation.findCertificate(superseded.id))!;
    expect(revocation).toMatchObject({ reason: 'keyCompromise', revokedAt: later(60) });
  });
});

describe('bulk revocation and renewal at once', () => {
  it('never renew a certificate after it was revoked', async () => {
    const profileName = 'raced';
    const olds = await Promise.all(Array.from({ length: 60 }, () => issue(registry, { profileName })));
    const job = await start({ profileName });
    const renew = (certificate: { readonly id: string }) =>
      issue(other, { profileName: 'renewed' }, { unrevokedCertificateId: certificate.id }).then(
        () => 'renewed',
        (error: unknown) => (error instanceof Error ? error.message : ''),
      );
    const before = olds.slice(0, 30).map(renew);
    const done = work(job);
    const outcomes = await Promise.all([...before, ...olds.slice(30).map(renew)]);
    await done;
    expect(
      outcomes.every((outcome) => ['renewed', 'intent: guardFailed', 'certificate: guardFailed'].includes(outcome)),
    ).toBe(true);
    const late = await Promise.all(olds.map(renew));
    expect(new Set(late)).toEqual(new Set(['intent: guardFailed']));
  });
});
