import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sha256 } from '@touchmark/crypto';
import type { CrlPublication, IssuedCertificate, PublishedCrl } from '@touchmark/ca';
import { openRegistry } from '../src/index.ts';
import type { Registry } from '../src/index.ts';
import { startTestPostgres } from '../src/testing.ts';
import type { TestPostgres } from '../src/testing.ts';
import { authority, issue, later, newAudit, newId, now, random, revoke, setUp } from './records.ts';

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

/** A shard of its own for each test. */
let lastShard = 99;
const newShard = (): number => ++lastShard;

const collect = async (publication: CrlPublication): Promise<{ entries: Buffer; count: number }> => {
  const chunks: Uint8Array[] = [];
  let count = 0;
  for await (const chunk of publication.entries()) {
    chunks.push(chunk.entriesDer);
    count += chunk.count;
  }
  return { entries: Buffer.concat(chunks), count };
};

const publish = async (publication: CrlPublication, shard: number, thisUpdate: Date): Promise<PublishedCrl> => {
  const { entries, count } = await collect(publication);
  const nextUpdate = later(7 * 86_400, thisUpdate);
  await publication.recordIntent({ tbsSha256: sha256(entries), thisUpdate, nextUpdate });
  const crl = {
    authorityId: authority.id,
    shard,
    number: publication.number,
    thisUpdate,
    nextUpdate,
    entryCount: count,
    crlDer: new Uint8Array([...entries, ...random(64)]),
  };
  await publication.publish(crl);
  return crl;
};

const publishNow = async (shard: number, thisUpdate: Date, node = registry): Promise<PublishedCrl> =>
  publish(await node.crl.beginPublication(authority.id, shard), shard, thisUpdate);

const inShard = (crlShard: number, notAfter = later(86_400)): Promise<IssuedCertificate> =>
  issue(registry, { crlShard, notAfter });

describe('a publication', () => {
  it('is found by every node, byte for byte, once it is published and not before', async () => {
    const shard = newShard();
    expect(await registry.crl.findLatest(authority.id, shard)).toBeUndefined();
    expect(await registry.crl.findLatestNumber(authority.id, shard)).toBeUndefined();
    const publication = await registry.crl.beginPublication(authority.id, shard);
    expect(publication.previousThisUpdate).toBeUndefined();
    const crl = await publish(publication, shard, now);
    expect(await other.crl.findLatest(authority.id, shard)).toEqual(crl);
    expect(await other.crl.findLatestNumber(authority.id, shard)).toBe(crl.number);
    const next = await registry.crl.beginPublication(authority.id, shard);
    expect(next.previousThisUpdate).toEqual(now);
    await next.recordIntent({ tbsSha256: random(32), thisUpdate: later(1), nextUpdate: later(2) });
    expect((await other.crl.findLatest(authority.id, shard))?.number).toBe(crl.number);
    await next.abandon();
  });

  it('has exactly the revocations of its authority and shard, in the order of the serial numbers', async () => {
    const shard = newShard();
    const certificates = await Promise.all(Array.from({ length: 30 }, () => inShard(shard)));
    const elsewhere = await inShard(newShard());
    const unrevoked = await inShard(shard);
    const revoked = certificates.slice(0, 20).map((certificate) => ({ certificate, entry: random(30) }));
    for (const { certificate, entry } of revoked) await revoke(registry, certificate, entry);
    await revoke(registry, elsewhere);
    const expected = revoked
      .toSorted((a, b) => Buffer.compare(a.certificate.serialNumber, b.certificate.serialNumber))
      .map(({ entry }) => entry);
    const publication = await registry.crl.beginPublication(authority.id, shard);
    const { entries, count } = await collect(publication);
    expect(count).toBe(20);
    expect(entries).toEqual(Buffer.concat(expected));
    expect(entries.includes(Buffer.from(unrevoked.serialNumber))).toBe(false);
    expect(await collect(publication)).toEqual({ entries, count });
    await publication.abandon();
  });

  it('comes in chunks, none of them lost at a border', async () => {
    const shard = newShard();
    const total = 25_003;
    await postgres.pool.query(
      `INSERT INTO certificate (id, authority_id, not_before, not_after, issued_at, revoked_at, revocation_reason, profile_version,
         crl_shard, serial_number, public_key_sha256, request_digest, profile_name, certificate_der, crl_entry)
       SELECT gen_random_uuid(), $1, now(), now() + interval '1 year', now(), now(), 0, 1, $2,
         substring(sha256(n::text::bytea) FROM 1 FOR 20), sha256(n::text::bytea), sha256(('d' || n)::bytea), 'device', ''::bytea,
         decode(lpad(to_hex(n), 8, '0'), 'hex')
       FROM generate_series(1, ${total}) AS n`,
      [authority.id, shard],
    );
    const publication = await registry.crl.beginPublication(authority.id, shard);
    const { entries, count } = await collect(publication);
    await publication.abandon();
    expect(count).toBe(total);
    const numbers = Array.from({ length: total }, (_, index) => entries.readUInt32BE(index * 4)).toSorted(
      (a, b) => a - b,
    );
    expect(numbers).toEqual(Array.from({ length: total }, (_, index) => index + 1));
  });

  it('sees every revocation acknowledged before it began, and none by halves after', async () => {
    const shard = newShard();
    const before = await inShard(shard);
    const during = await inShard(shard);
    await revoke(other, before);
    const publication = await registry.crl.beginPublication(authority.id, shard);
    await revoke(other, during);
    expect((await collect(publication)).count).toBe(1);
    await publish(publication, shard, now);
    const row = await registry.prisma.crlShard.findFirst({ where: { shard } });
    expect(row).toMatchObject({ changes: 2n, publishedChanges: 1n, dirtySince: expect.any(Date) });
    const summary = async () => (await registry.admin.listCrls(undefined)).find((crl) => crl.shard === shard);
    expect(await summary()).toMatchObject({ entryCount: 1, dirtySince: row?.dirtySince });
    expect((await publishNow(shard, later(60))).entryCount).toBe(2);
    expect(await summary()).toMatchObject({ entryCount: 2, dirtySince: undefined });
    expect(await registry.prisma.crlShard.findFirst({ where: { shard } })).toMatchObject({
      changes: 2n,
      publishedChanges: 2n,
      dirtySince: null,
    });
  });

  it('RFC 5280 §3.3: keeps an expired certificate for one more CRL', async () => {
    const shard = newShard();
    const certificate = await inShard(shard, later(1000));
    await revoke(registry, certificate);
    expect((await publishNow(shard, later(999))).entryCount).toBe(1);
    expect((await publishNow(shard, later(2000))).entryCount).toBe(1);
    expect((await publishNow(shard, later(3000))).entryCount).toBe(0);
  });

  it('RFC 5280 §3.3: a failed publication is none, the entry stays', async () => {
    const shard = newShard();
    await revoke(registry, await inShard(shard, later(1000)));
    await publishNow(shard, later(999));
    const failed = await registry.crl.beginPublication(authority.id, shard);
    await failed.recordIntent({ tbsSha256: random(32), thisUpdate: later(2000), nextUpdate: later(9000) });
    await failed.abandon();
    expect((await publishNow(shard, later(3000))).entryCount).toBe(1);
  });

  it('refuses to be published otherwise than recorded, twice, or after its end', async () => {
    const shard = newShard();
    const publication = await registry.crl.beginPublication(authority.id, shard);
    const nextUpdate = later(100);
    const crl = {
      authorityId: authority.id,
      shard,
      number: publication.number,
      thisUpdate: now,
      nextUpdate,
      entryCount: 0,
      crlDer: random(9),
    };
    await expect(publication.publish(crl)).rejects.toMatchObject({ code: 'internal' });
    await publication.recordIntent({ tbsSha256: random(32), thisUpdate: now, nextUpdate });
    await expect(publication.publish({ ...crl, thisUpdate: later(1) })).rejects.toMatchObject({ code: 'internal' });
    await publication.publish(crl);
    await expect(publication.publish(crl)).rejects.toMatchObject({ code: 'internal' });
    await publication.abandon();
    expect(await registry.crl.findLatest(authority.id, shard)).toEqual(crl);
  });

  it('V8: refuses a thisUpdate before the previous one', async () => {
    const shard = newShard();
    await publishNow(shard, now);
    const publication = await registry.crl.beginPublication(authority.id, shard);
    await expect(
      publication.recordIntent({ tbsSha256: random(32), thisUpdate: later(-1), nextUpdate: later(1) }),
    ).rejects.toMatchObject({ code: 'clockWentBack' });
    await publication.abandon();
  });
});

describe('CRL numbers', () => {
  it('rise strictly over two nodes, failures included, and publications of a shard never overlap', async () => {
    const shard = newShard();
    const numbers: bigint[] = [];
    let open = 0;
    const once = async (node: Registry, round: number): Promise<void> => {
      const publication = await node.crl.beginPublication(authority.id, shard);
      expect(++open).toBe(1);
      numbers.push(publication.number);
      const previous = publication.previousThisUpdate ?? now;
      if (round % 3 === 0) await publication.abandon().finally(() => open--);
      else {
        await publication.recordIntent({ tbsSha256: random(32), thisUpdate: previous, nextUpdate: later(9) });
        open--;
        if (round % 3 === 1) await publication.abandon();
        else {
          const { number } = publication;
          await publication.publish({
            authorityId: authority.id,
            shard,
            number,
            thisUpdate: previous,
            nextUpdate: later(9),
            entryCount: 0,
            crlDer: random(9),
          });
        }
      }
    };
    await Promise.all(Array.from({ length: 24 }, (_, round) => once(round % 2 ? registry : other, round)));
    expect(numbers).toHaveLength(24);
    for (const [index, number] of numbers.entries()) {
      if (index > 0) expect(number).toBeGreaterThan(numbers[index - 1]!);
    }
    expect(await registry.crl.findLatestNumber(authority.id, shard)).toBeLessThanOrEqual(numbers.at(-1)!);
  });

  it('do not go back when an old backup is restored: they follow the seconds of the clock', async () => {
    const shard = newShard();
    const { number } = await publishNow(shard, now);
    await registry.prisma.crl.deleteMany({ where: { shard } });
    await registry.prisma.crlShard.updateMany({ where: { shard }, data: { lastNumber: 1n } });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await publishNow(shard, now)).number).toBeGreaterThan(number);
  });

  it('rise by one when the clock stands still or is behind', async () => {
    const shard = newShard();
    const first = await publishNow(shard, now);
    await registry.prisma.crlShard.updateMany({ where: { shard }, data: { lastNumber: first.number + 1_000_000n } });
    expect((await publishNow(shard, now)).number).toBe(first.number + 1_000_001n);
  });
});

describe('the lock of a shard', () => {
  it('goes with a killed session: the next one begins, the first can write nothing any more', async () => {
    const shard = newShard();
    const first = await registry.crl.beginPublication(authority.id, shard);
    const waiting = other.crl.beginPublication(authority.id, shard);
    await postgres.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (
         SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    const second = await waiting;
    expect(second.number).toBeGreaterThan(first.number);
    await expect(
      first.recordIntent({ tbsSha256: random(32), thisUpdate: now, nextUpdate: later(1) }),
    ).rejects.toMatchObject({ code: 'registryUnavailable' });
    await first.abandon();
    await publish(second, shard, now);
  });

  it('more publications than there are connections wait for one another and all finish', async () => {
    const shards = Array.from({ length: 30 }, newShard);
    const crls = await Promise.all(shards.map((shard, index) => publishNow(shard, now, index % 2 ? registry : other)));
    expect(crls).toHaveLength(30);
  });
});

describe('administration', () => {
  it('lists the newest CRL of each shard and makes all of them due', async () => {
    const id = newId();
    await registry.admin.insertAuthority({ ...authority, id, name: 'second', crlShards: 3 });
    await registry.admin.requestCrls(id, newAudit({ action: 'crl.requested' }));
    const rows = await registry.prisma.crlShard.findMany({ where: { authorityId: id }, orderBy: { shard: 'asc' } });
    expect(rows).toMatchObject([0, 1, 2].map((shard) => ({ shard, changes: 1n, dirtySince: expect.any(Date) })));
    const due = await postgres.pool.query(
      `SELECT count(*)::int AS jobs FROM graphile_worker._private_jobs WHERE key LIKE $1 AND run_at <= now()`,
      [`crl:${id}:%`],
    );
    expect(due.rows).toEqual([{ jobs: 3 }]);
    for (const thisUpdate of [now, later(5)]) {
      const publication = await registry.crl.beginPublication(id, 1);
      await publication.recordIntent({ tbsSha256: random(32), thisUpdate, nextUpdate: later(9) });
      await publication.publish({
        authorityId: id,
        shard: 1,
        number: publication.number,
        thisUpdate,
        nextUpdate: later(9),
        entryCount: 0,
        crlDer: random(5),
      });
    }
    expect(await registry.admin.listCrls(id)).toMatchObject([
      { authorityId: id, shard: 1, thisUpdate: later(5), entryCount: 0 },
    ]);
    expect((await registry.admin.listCrls(undefined)).length).toBeGreaterThan(1);
    expect(await registry.admin.pruneCrls(later(10))).toBeGreaterThanOrEqual(1);
    expect(await registry.admin.listCrls(id)).toHaveLength(1);
    await expect(registry.admin.requestCrls(newId())).rejects.toMatchObject({ code: 'notFound' });
  });
});
