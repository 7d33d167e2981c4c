import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { toHex } from '@touchmark/asn1';
import type { RevocationReason } from '@touchmark/ca';
import { encodeCrlEntry } from '@touchmark/x509';
import { openRegistry } from '../src/index.ts';
import type { Registry } from '../src/index.ts';
import { startTestPostgres } from '../src/testing.ts';
import type { TestPostgres } from '../src/testing.ts';
import { authority, findKey, issue, later, newAudit, newId, now, random, revoke, setUp } from './records.ts';

let postgres: TestPostgres;
let registry: Registry;
let other: Registry;

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

const shardRow = async (shard: number) =>
  registry.prisma.crlShard.findFirst({ where: { authorityId: authority.id, shard } });

const publishEmptyCrl = async (shard: number, thisUpdate: Date): Promise<void> => {
  const publication = await other.crl.beginPublication(authority.id, shard);
  const nextUpdate = later(60, thisUpdate);
  await publication.recordIntent({ tbsSha256: random(32), thisUpdate, nextUpdate });
  const { number } = publication;
  await publication.publish({
    ...{ authorityId: authority.id, shard, number, thisUpdate, nextUpdate },
    ...{ entryCount: 0, crlDer: random(9) },
  });
};

const jobs = async (key: string) =>
  (
    await postgres.pool.query<{ identifier: string; key: string; inSeconds: number; payload: unknown }>(
      `SELECT t.identifier, j.key, j.payload, extract(epoch FROM j.run_at - now())::float AS "inSeconds"
       FROM graphile_worker._private_jobs j JOIN graphile_worker._private_tasks t ON t.id = j.task_id WHERE j.key = $1`,
      [key],
    )
  ).rows;

const as = (certificate: { readonly id: string }, reason: RevocationReason, seconds: number) =>
  registry.revocation.revoke(
    certificate.id,
    { revokedAt: later(seconds), reason, invalidityDate: undefined },
    random(30),
    newAudit({ action: `revoked.${reason}`, subject: `certificate:${certificate.id}` }),
  );

describe('a revocation', () => {
  it('is stored with its CRL entry and audit event, and makes the CRL of its shard due', async () => {
    const certificate = await issue(registry, { crlShard: 1 });
    const revocation = { revokedAt: later(5), reason: 'keyCompromise', invalidityDate: later(-50) } as const;
    const entry = random(40);
    const audit = newAudit({
      action: 'certificate.revoked',
      subject: `certificate:${certificate.id}`,
      actor: 'principal:a',
    });
    const result = await registry.revocation.revoke(certificate.id, revocation, entry, audit);
    const revoked = { ...certificate, revocation };
    expect(result).toEqual({ kind: 'revoked', certificate: revoked });
    expect(await other.revocation.findCertificate(certificate.id)).toEqual(revoked);
    expect(await shardRow(1)).toMatchObject({ changes: 1n, publishedChanges: 0n, dirtySince: expect.any(Date) });
    const key = `crl:${authority.id}:1`;
    const [job, ...more] = await jobs(key);
    expect(more).toEqual([]);
    expect(job).toMatchObject({ identifier: 'publishCrl', key, payload: { authorityId: authority.id, shard: 1 } });
    expect(job?.inSeconds).toBeGreaterThan(0);
    expect(job?.inSeconds).toBeLessThanOrEqual(2);
    const { items } = await registry.admin.listAudit({ subject: audit.subject }, { limit: 5, cursor: undefined });
    expect(items[0]).toMatchObject(audit);
  });

  it('stands: a second one changes nothing and leaves no second event', async () => {
    const certificate = await issue(registry, { crlShard: 2 });
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => revoke(index % 2 ? registry : other, certificate)),
    );
    expect(results.filter(({ kind }) => kind === 'revoked')).toHaveLength(1);
    expect(results.filter(({ kind }) => kind === 'alreadyRevoked')).toHaveLength(19);
    expect(await shardRow(2)).toMatchObject({ changes: 1n });
    const { items } = await registry.admin.listAudit(
      { subject: `certificate:${certificate.id}` },
      { limit: 50, cursor: undefined },
    );
    expect(items.map(({ action }) => action)).toEqual(['certificate.revoked', 'certificate.issued']);
  });

  it('of many certificates in a shard asks for one CRL', async () => {
    const certificates = await Promise.all(Array.from({ length: 10 }, () => issue(registry, { crlShard: 3 })));
    await Promise.all(certificates.map((certificate) => revoke(registry, certificate)));
    expect(await jobs(`crl:${authority.id}:3`)).toHaveLength(1);
    expect(await shardRow(3)).toMatchObject({ changes: 10n });
  });

  it('may follow a hold, which is not the last word', async () => {
    const certificate = await issue(registry);
    expect((await as(certificate, 'certificateHold', 1)).kind).toBe('revoked');
    expect((await as(certificate, 'certificateHold', 2)).kind).toBe('alreadyRevoked');
    expect(await as(certificate, 'superseded', 3)).toMatchObject({
      kind: 'revoked',
      certificate: { revocation: { reason: 'superseded' } },
    });
    expect((await as(certificate, 'cessationOfOperation', 4)).kind).toBe('alreadyRevoked');
    // What is known of the key outweighs: it is blocked from then on.
    expect((await as(certificate, 'keyCompromise', 5)).kind).toBe('revoked');
    expect((await as(certificate, 'superseded', 6)).kind).toBe('alreadyRevoked');
    expect((await as(certificate, 'keyCompromise', 7)).kind).toBe('alreadyRevoked');
  });

  it('is raised to keyCompromise, since when it was; nothing else replaces a reason', async () => {
    const certificate = await issue(registry, { crlShard: 6 });
    const as = (reason: RevocationReason, seconds: number, invalidityDate?: Date) =>
      registry.revocation.revoke(
        certificate.id,
        { revokedAt: later(seconds), reason, invalidityDate },
        random(30),
        newAudit({ action: `revoked.${reason}`, subject: `certificate:${certificate.id}` }),
      );
    expect((await as('superseded', 1, later(-9))).kind).toBe('revoked');
    const compromised = { revokedAt: later(1), reason: 'keyCompromise', invalidityDate: later(-9) } as const;
    expect(await as('keyCompromise', 2)).toEqual({
      kind: 'revoked',
      certificate: { ...certificate, revocation: compromised },
    });
    expect(await other.revocation.findCertificate(certificate.id)).toMatchObject({ revocation: compromised });
    for (const reason of ['keyCompromise', 'superseded', 'unspecified', 'certificateHold'] as const) {
      expect(await as(reason, 3)).toMatchObject({ kind: 'alreadyRevoked', certificate: { revocation: compromised } });
    }
    const { items } = await registry.admin.listAudit(
      { subject: `certificate:${certificate.id}` },
      { limit: 9, cursor: undefined },
    );
    expect(items.map(({ action }) => action)).toEqual([
      'revoked.keyCompromise',
      'revoked.superseded',
      'certificate.issued',
    ]);
    expect(await shardRow(6)).toMatchObject({ changes: 2n });
    // The entry on the CRL says the same as the record.
    const row = await registry.prisma.certificate.findUnique({ where: { id: certificate.id } });
    const { revokedAt: revocationDate, ...rest } = compromised;
    const entry = encodeCrlEntry({ serialNumber: certificate.serialNumber, revocationDate, ...rest });
    expect(toHex(row!.crlEntry!)).toBe(toHex(entry));
    expect(await findKey(registry, certificate.publicKeySha256)).toMatchObject({ compromised: true });
  });

  it('that ends a hold is as old as the hold, and blocks a compromised key', async () => {
    const certificate = await issue(registry);
    const since = later(1);
    expect(await as(certificate, 'certificateHold', 1)).toMatchObject({ kind: 'revoked' });
    expect(await as(certificate, 'keyCompromise', 2)).toEqual({
      kind: 'revoked',
      certificate: {
        ...certificate,
        revocation: { revokedAt: since, reason: 'keyCompromise', invalidityDate: undefined },
      },
    });
    // The entry on the CRL has the date of the hold too.
    const row = await registry.prisma.certificate.findUnique({ where: { id: certificate.id } });
    const { serialNumber } = certificate;
    const entry = encodeCrlEntry({ serialNumber, revocationDate: since, reason: 'keyCompromise' });
    expect(toHex(row!.crlEntry!)).toBe(toHex(entry));
    expect(await findKey(registry, certificate.publicKeySha256)).toMatchObject({ compromised: true });
  });

  it('of the certificate of an authority retires it and those below it', async () => {
    const certificate = await issue(registry, { profileName: 'authority-issuing' });
    const policy = { ...authority, ...{ id: newId(), name: 'policy', keyId: 'policy' } };
    await registry.admin.insertAuthority({ ...policy, certificateDer: certificate.certificateDer });
    const below = { ...authority, ...{ id: newId(), name: 'below', keyId: 'below', issuerId: policy.id } };
    await registry.admin.insertAuthority({ ...below, certificateDer: random(300) });
    const generation = await registry.catalog.readGeneration();
    expect(await as(certificate, 'cACompromise', 1)).toMatchObject({ kind: 'revoked' });
    const stored = await registry.prisma.authority.findMany();
    expect(Object.fromEntries(stored.map(({ name, state }) => [name, state]))).toEqual({
      policy: 'retired',
      below: 'retired',
      issuing: 'active',
    });
    expect(await registry.catalog.readGeneration()).not.toBe(generation);
    expect(await findKey(registry, certificate.publicKeySha256)).toMatchObject({ compromised: true });
  });

  it('whose job was lost with its node is seen to wait, until any node publishes the CRL', async () => {
    const shard = 5;
    await publishEmptyCrl(shard, later(0));
    const dirtySince = async () =>
      (await other.admin.listCrls(authority.id)).find((crl) => crl.shard === shard)?.dirtySince;
    expect(await dirtySince()).toBeUndefined();
    await revoke(registry, await issue(registry, { crlShard: shard }));
    // A node took the job and was killed: the queue keeps it locked for hours.
    const { rowCount } = await postgres.pool.query(
      `UPDATE graphile_worker._private_jobs SET locked_at = now(), locked_by = 'killed' WHERE key = $1`,
      [`crl:${authority.id}:${shard}`],
    );
    expect(rowCount).toBe(1);
    const since = await dirtySince();
    expect(Math.abs(Date.now() - since!.getTime())).toBeLessThan(10_000);
    await revoke(registry, await issue(registry, { crlShard: shard }));
    expect(await dirtySince()).toEqual(since);
    await publishEmptyCrl(shard, later(1));
    expect(await dirtySince()).toBeUndefined();
  });

  it.each([newId(), 'not-an-id', ''])('of the unknown certificate %p is notFound', async (id) => {
    const revocation = { revokedAt: now, reason: 'unspecified', invalidityDate: undefined } as const;
    expect(await registry.revocation.revoke(id, revocation, random(30), newAudit())).toEqual({ kind: 'notFound' });
  });
});

describe('a release', () => {
  const release = (certificate: { readonly id: string }, node = registry) =>
    node.revocation.release(
      certificate.id,
      newAudit({ action: 'certificate.released', subject: `certificate:${certificate.id}` }),
    );

  it('leaves nothing of the hold but the audit events, and makes the CRL due', async () => {
    const certificate = await issue(registry, { crlShard: 7 });
    await as(certificate, 'certificateHold', 1);
    expect(await release(certificate)).toEqual({ kind: 'released', certificate });
    expect(await other.revocation.findCertificate(certificate.id)).toEqual(certificate);
    expect((await registry.prisma.certificate.findUnique({ where: { id: certificate.id } }))?.crlEntry).toBeNull();
    expect(await shardRow(7)).toMatchObject({ changes: 2n, publishedChanges: 0n });
    const subject = `certificate:${certificate.id}`;
    const { items } = await registry.admin.listAudit({ subject }, { limit: 9, cursor: undefined });
    expect(items.map(({ action }) => action)).toEqual([
      'certificate.released',
      'revoked.certificateHold',
      'certificate.issued',
    ]);
  });

  it('may be followed by another hold, and that by a revocation, each with its date', async () => {
    const certificate = await issue(registry);
    await as(certificate, 'certificateHold', 1);
    await release(certificate);
    expect(await as(certificate, 'certificateHold', 9)).toMatchObject({
      kind: 'revoked',
      certificate: { revocation: { revokedAt: later(9) } },
    });
    expect(await as(certificate, 'superseded', 11)).toMatchObject({
      kind: 'revoked',
      certificate: { revocation: { revokedAt: later(9), reason: 'superseded' } },
    });
  });

  it('is of holds only', async () => {
    const certificate = await issue(registry);
    expect(await release(certificate)).toEqual({ kind: 'notHeld', certificate });
    await as(certificate, 'superseded', 1);
    expect(await release(certificate)).toMatchObject({
      kind: 'notHeld',
      certificate: { revocation: { reason: 'superseded' } },
    });
    expect(await release({ id: newId() })).toEqual({ kind: 'notFound' });
    expect(await release({ id: 'no-id' })).toEqual({ kind: 'notFound' });
  });

  it('is refused while the key is known to be compromised by another certificate', async () => {
    const publicKeySha256 = random(32);
    const [one, two] = [await issue(registry, { publicKeySha256 }), await issue(registry, { publicKeySha256 })];
    await as(one, 'certificateHold', 1);
    await as(two, 'keyCompromise', 2);
    expect((await release(one)).kind).toBe('keyCompromised');
    expect((await other.revocation.findCertificate(one.id))?.revocation?.reason).toBe('certificateHold');
  });

  it('and a revocation at once: whatever comes first, the certificate ends revoked or was released before', async () => {
    for (let round = 0; round < 40; round++) {
      const certificate = await issue(registry);
      await as(certificate, 'certificateHold', 1);
      const [released, revoked] = await Promise.all([release(certificate, other), as(certificate, 'keyCompromise', 2)]);
      expect(revoked.kind).toBe('revoked');
      expect(released.kind).toMatch(/^(released|notHeld)$/);
      // Revoked after the release it begins anew; revoked before, the release finds nothing to do.
      const now = await registry.revocation.findCertificate(certificate.id);
      expect(now?.revocation).toEqual({
        revokedAt: later(released.kind === 'released' ? 2 : 1),
        reason: 'keyCompromise',
        invalidityDate: undefined,
      });
    }
  });
});

describe('a certificate is found', () => {
  it('by id, and by its serial number in hex of either case', async () => {
    const certificate = await issue(registry);
    const serial = toHex(certificate.serialNumber);
    for (const reference of [certificate.id, certificate.id.toUpperCase(), serial, serial.toUpperCase()]) {
      expect(await registry.revocation.findCertificate(reference)).toEqual(certificate);
    }
  });

  it('by a serial number that tools print without its leading zero octet', async () => {
    const serialNumber = Uint8Array.of(0, 0x9a, ...random(10));
    const certificate = await issue(registry, { serialNumber });
    expect(await registry.revocation.findCertificate(toHex(serialNumber.slice(1)))).toEqual(certificate);
    expect(await registry.revocation.findCertificate(toHex(serialNumber))).toEqual(certificate);
  });

  it.each(['', 'zz', 'abc', 'a'.repeat(60), "' OR 1=1", newId()])('not by %p', async (reference) => {
    expect(await registry.revocation.findCertificate(reference)).toBeUndefined();
  });
});

describe('a status', () => {
  it('is there for what was issued by that authority, and for nothing else', async () => {
    const [active, revoked] = [await issue(registry), await issue(registry)];
    await revoke(registry, revoked);
    const elsewhere = await issue(registry, { authorityId: newId() });
    const [a, r, e, never] = [active, revoked, elsewhere, { serialNumber: random(20) }].map(({ serialNumber }) =>
      toHex(serialNumber),
    ) as [string, string, string, string];
    const statuses = await registry.status.findStatuses(authority.id, [a, r, e, never]);
    expect(new Map(statuses)).toEqual(
      new Map([
        [a, { certificateId: active.id, notAfter: active.notAfter, revocation: undefined }],
        [
          r,
          {
            certificateId: revoked.id,
            notAfter: revoked.notAfter,
            revocation: { revokedAt: later(60), reason: 'superseded', invalidityDate: undefined },
          },
        ],
      ]),
    );
  });

  it('is the new one as soon as the revocation is acknowledged, also on another node', async () => {
    for (let round = 0; round < 30; round++) {
      const certificate = await issue(registry);
      const serial = toHex(certificate.serialNumber);
      const asking = Array.from({ length: 20 }, () => other.status.findStatuses(authority.id, [serial]));
      await revoke(registry, certificate);
      expect((await other.status.findStatuses(authority.id, [serial])).get(serial)?.revocation?.reason).toBe(
        'superseded',
      );
      await Promise.all(asking);
    }
  });
});
