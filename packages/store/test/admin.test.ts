import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { plainEndpoint, readyProfiles } from '@touchmark/ca';
import type { CertificateStatus, IssuedCertificate } from '@touchmark/ca';
import { openRegistry } from '../src/index.ts';
import type { Page, PageRequest, Registry } from '../src/index.ts';
import { startTestPostgres } from '../src/testing.ts';
import type { TestPostgres } from '../src/testing.ts';
import {
  authority,
  findSecret,
  issue,
  later,
  newAttempt,
  newAudit,
  newId,
  newSecret,
  now,
  random,
  revoke,
  setUp,
} from './records.ts';

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

const first = { limit: 100, cursor: undefined };
const code = (expected: string) => expect.objectContaining({ code: expected });

const everything = async <T>(list: (page: PageRequest) => Promise<Page<T>>, limit: number): Promise<T[]> => {
  const items: T[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await list({ limit, cursor });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === undefined) return items;
  }
};

describe('certificates', () => {
  it('are listed by status, device, profile and authority, page by page', async () => {
    const deviceId = 'list-device';
    const make = (notAfter: Date) => issue(registry, { id: newId(), deviceId, profileName: 'list', notAfter });
    const active = await make(later(100));
    const expired = await make(later(-2));
    const revoked = await make(later(100));
    const held = await make(later(100));
    await revoke(registry, revoked);
    const holding = { revokedAt: now, reason: 'certificateHold', invalidityDate: undefined } as const;
    await registry.revocation.revoke(held.id, holding, random(20), newAudit());

    const ids = (items: readonly IssuedCertificate[]) => items.map(({ id }) => id).toSorted();
    const list = async (statuses: CertificateStatus[], limit = 100) =>
      ids(await everything((page) => registry.admin.listCertificates({ deviceId, statuses }, page, now), limit));
    expect(await list([])).toEqual(ids([active, expired, revoked, held]));
    expect(await list([], 1)).toEqual(ids([active, expired, revoked, held]));
    expect(await list(['active'])).toEqual([active.id]);
    expect(await list(['expired'])).toEqual([expired.id]);
    expect(await list(['revoked'])).toEqual([revoked.id]);
    expect(await list(['held'])).toEqual([held.id]);
    expect(await list(['active', 'held'], 1)).toEqual(ids([active, held]));

    const by = async (filter: { profileName?: string; authorityId?: string }) =>
      (await registry.admin.listCertificates(filter, first, now)).items.length;
    expect(await by({ profileName: 'list' })).toBe(4);
    expect(await by({ profileName: 'list', authorityId: authority.id })).toBe(4);
    expect(await by({ authorityId: newId() })).toBe(0);
    expect(await by({ authorityId: 'no uuid' })).toBe(0);
  });

  it('are newest first', async () => {
    const certificates = [];
    for (const second of [1, 2, 3]) {
      certificates.push(
        await issue(registry, { id: newId(later(second)), createdAt: later(second), deviceId: 'order' }),
      );
    }
    const { items } = await registry.admin.listCertificates({ deviceId: 'order' }, first, now);
    expect(items).toEqual(certificates.toReversed());
  });

  it('are got by id, serial number or fingerprint, or not at all', async () => {
    const certificate = await issue(registry);
    expect(await registry.admin.getCertificate(certificate.id)).toEqual(certificate);
    expect(await registry.admin.findCertificateByFingerprint(certificate.fingerprintSha256)).toEqual(certificate);
    expect(await registry.admin.findCertificateByFingerprint(random(32))).toBeUndefined();
    await expect(registry.admin.getCertificate('ff')).rejects.toEqual(code('notFound'));
  });
});

describe('devices', () => {
  it('are listed by state, found, and changed with their audit event', async () => {
    const ids = ['dev-a', 'dev-b', 'dev-ä', 'dev-c'];
    for (const id of ids) await registry.admin.insertDevice({ id, state: 'registered', createdAt: now });
    const audit = newAudit({ action: 'device.suspended', subject: 'device:dev-b' });
    expect(await registry.admin.setDeviceState('dev-b', 'suspended', audit)).toEqual({
      id: 'dev-b',
      state: 'suspended',
      role: undefined,
      segment: undefined,
      fields: {},
      createdAt: now,
    });
    expect((await registry.admin.listAudit({ subject: 'device:dev-b' }, first)).items).toMatchObject([audit]);
    const listed = await everything((page) => registry.admin.listDevices({}, page), 2);
    expect(listed.map(({ id }) => id)).toEqual(ids.toSorted());
    expect((await registry.admin.listDevices({ states: ['suspended', 'retired'] }, first)).items).toMatchObject([
      { id: 'dev-b' },
    ]);
  });

  it('that are unknown or there already are refused, and leave no audit event', async () => {
    await registry.admin.insertDevice({ id: 'dev-once', state: 'registered', createdAt: now });
    const audit = newAudit({ subject: 'device:refused' });
    await expect(
      registry.admin.insertDevice({ id: 'dev-once', state: 'active', createdAt: now }, audit),
    ).rejects.toEqual(code('conflict'));
    await expect(registry.admin.setDeviceState('dev-none', 'active', audit)).rejects.toEqual(code('notFound'));
    await expect(registry.admin.getDevice('dev-none')).rejects.toEqual(code('notFound'));
    expect((await registry.admin.listAudit({ subject: 'device:refused' }, first)).items).toEqual([]);
  });
});

describe('secrets', () => {
  it('are listed by label, newest first, also those of one millisecond', async () => {
    await registry.admin.insertEndpoint({
      ...{ label: 'paged', protocol: 'est', authorityId: authority.id, profileName: 'device' },
      ...{ acceptsSecret: true, acceptsCertificate: false },
    });
    const make = (id: string, createdAt: Date) =>
      registry.admin.createSecret({
        id,
        endpointLabel: 'paged',
        secretSha256: random(32),
        deviceId: 'd',
        maxUses: 2,
        createdAt,
        expiresAt: later(9),
      });
    const made = [await make('p1', now), await make('p2', now), await make('p3', later(1)), await make('p4', now)];
    const listed = await everything((page) => registry.admin.listSecrets('paged', page), 1);
    expect(listed.map(({ id }) => id)).toEqual(['p3', 'p4', 'p2', 'p1']);
    expect(listed.find(({ id }) => id === 'p1')).toEqual(made[0]);
    expect(await findSecret(registry, 'p1')).toEqual(made[0]);
  });

  it('of the same request are made once; the refusal names the first', async () => {
    const make = (id: string) =>
      registry.admin.createSecret({
        ...{ id, endpointLabel: 'factory', secretSha256: random(32), deviceId: undefined, maxUses: 1 },
        ...{ createdAt: now, expiresAt: later(9), idempotencyKey: 'admin/factory/1' },
      });
    await make('idem1');
    await expect(make('idem2')).rejects.toThrow(/idem1/);
    await expect(make('idem2')).rejects.toEqual(code('conflict'));
    expect(await registry.admin.findSecret('idem2')).toBeUndefined();
  });

  it('for an unknown label are refused', async () => {
    const secret = {
      id: 'nolabel',
      endpointLabel: 'none',
      secretSha256: random(32),
      deviceId: undefined,
      maxUses: 1,
      createdAt: now,
      expiresAt: now,
    };
    await expect(registry.admin.createSecret(secret)).rejects.toEqual(code('notFound'));
  });

  it('forget wrong presentations that are long past', async () => {
    const id = await newSecret(registry);
    await registry.issuance.recordSecretFailure(id, '10.0.0.1', now);
    await registry.issuance.recordSecretFailure(id, '10.0.0.2', later(1000));
    expect(await registry.admin.pruneSecretFailures(later(1))).toBe(1);
    expect(await registry.prisma.secretFailure.findMany({ where: { secretId: id } })).toMatchObject([
      { remoteAddress: '10.0.0.2' },
    ]);
  });

  it('are revoked once, under their own label', async () => {
    const id = await newSecret(registry);
    const audit = newAudit({ action: 'secret.revoked', subject: `secret:${id}` });
    await expect(registry.admin.revokeSecret('paged', id, now, audit)).rejects.toEqual(code('notFound'));
    expect((await registry.admin.revokeSecret('factory', id, now, audit)).revokedAt).toEqual(now);
    expect((await registry.admin.revokeSecret('factory', id, later(5), audit)).revokedAt).toEqual(now);
    expect((await registry.admin.listAudit({ subject: audit.subject }, first)).items).toHaveLength(1);
  });
});

describe('attempts', () => {
  it('are listed by outcome, code, label and device', async () => {
    const refused = newAttempt({ deviceId: 'att', endpointLabel: 'att' });
    const failed = newAttempt({ deviceId: 'att', endpointLabel: 'att', outcome: 'failed', code: 'internal' });
    const issued = newAttempt({
      deviceId: 'att',
      endpointLabel: 'att',
      outcome: 'issued',
      code: undefined,
      message: undefined,
    });
    for (const attempt of [refused, failed, issued]) await registry.issuance.recordAttempt(attempt);
    const ids = async (filter: Parameters<Registry['admin']['listAttempts']>[0]) =>
      (await everything((page) => registry.admin.listAttempts({ ...filter, deviceId: 'att' }, page), 1))
        .map(({ id }) => id)
        .toSorted();
    expect(await ids({})).toEqual([refused.id, failed.id, issued.id].toSorted());
    expect(await ids({ outcomes: ['issued'] })).toEqual([issued.id]);
    expect(await ids({ outcomes: ['refused', 'failed'] })).toEqual([refused.id, failed.id].toSorted());
    expect(await ids({ code: 'secretWrong' })).toEqual([refused.id]);
    expect(await ids({ endpointLabel: 'other' })).toEqual([]);
  });

  it('have the names that were asked for, where the request is not kept', async () => {
    const asked = { subject: 'CN=\u00e4\\00', subjectAltNames: ['dns:pump.example.com'], subjectAltNameCount: 7 };
    const attempt = newAttempt({ requestDer: undefined, asked });
    await registry.issuance.recordAttempt(attempt);
    expect(await registry.admin.getAttempt(attempt.id)).toEqual(attempt);
  });

  it('are found by the transaction of the client, of the longest that is taken as well', async () => {
    const transactionId = `${'f'.repeat(255)}~`;
    const [first, second] = [newAttempt({ transactionId }), newAttempt({ transactionId, outcome: 'pending' })];
    for (const attempt of [first, second, newAttempt(), newAttempt({ transactionId: 'another' })]) {
      await registry.issuance.recordAttempt(attempt);
    }
    const found = await everything((page) => registry.admin.listAttempts({ transactionId }, page), 1);
    expect(found.toSorted((a, b) => a.id.localeCompare(b.id))).toEqual(
      [first, second].toSorted((a, b) => a.id.localeCompare(b.id)),
    );
  });

  it('are pruned by age and outcome', async () => {
    const at = new Date('2020-01-01T00:00:00Z');
    const [old, failed] = [
      newAttempt({ id: newId(at), at }),
      newAttempt({ id: newId(at), at, outcome: 'failed', code: 'internal' }),
    ];
    const recent = newAttempt();
    for (const attempt of [old, failed, recent]) await registry.issuance.recordAttempt(attempt);
    expect(await registry.admin.pruneAttempts(later(1, at), 'refused')).toBe(1);
    expect(await registry.admin.pruneAttempts(later(1, at), 'refused')).toBe(0);
    await expect(registry.admin.getAttempt(old.id)).rejects.toEqual(code('notFound'));
    for (const kept of [failed, recent]) expect(await registry.admin.getAttempt(kept.id)).toEqual(kept);
  });

  it.each(['nothing', newId()])('%p is notFound', async (id) => {
    await expect(registry.admin.getAttempt(id)).rejects.toEqual(code('notFound'));
  });
});

describe('the hierarchy', () => {
  it('authorities come back as they were inserted, once', async () => {
    const child = {
      ...authority,
      id: newId(),
      name: 'child',
      issuerId: authority.id,
      certificateDer: random(100),
      crlShards: 16,
    };
    await registry.admin.insertAuthority(child);
    expect((await registry.catalog.readCatalog()).authorities).toEqual([authority, child]);
    expect(await registry.prisma.crlShard.count({ where: { authorityId: child.id } })).toBe(16);
    await expect(registry.admin.insertAuthority({ ...child, id: newId() })).rejects.toEqual(code('conflict'));
    await expect(
      registry.admin.insertAuthority({ ...child, id: newId(), name: 'x', issuerId: newId() }),
    ).rejects.toEqual(code('notFound'));
  });

  it('a profile has versions that never change; the newest is in force at its endpoints', async () => {
    const [rules] = Object.values(readyProfiles);
    const one = await registry.admin.insertProfile('versioned', rules!);
    const endpoint = {
      label: 'v',
      protocol: 'est',
      authorityId: authority.id,
      acceptsSecret: true,
      acceptsCertificate: false,
    } as const;
    await registry.admin.insertEndpoint({ ...endpoint, profileName: 'versioned' });
    const two = await registry.admin.insertProfile('versioned', { ...rules!, description: 'second' });
    expect([one.version, two.version]).toEqual([1, 2]);
    expect(await registry.catalog.findProfile('versioned')).toEqual({
      name: 'versioned',
      version: 2,
      rules: { ...rules!, description: 'second' },
    });
    expect(await registry.catalog.findProfile('none')).toBeUndefined();
    await expect(registry.prisma.profileVersion.updateMany({ data: { rules: {} } })).rejects.toThrow(/never change/);
    expect((await registry.catalog.readCatalog()).endpoints).toContainEqual({
      ...endpoint,
      ...plainEndpoint,
      profile: two,
      enabled: true,
      revision: 1,
    });
  });

  it('rules that this program cannot read are refused, not guessed', async () => {
    await registry.prisma.profile.create({
      data: { name: 'odd', currentVersion: 1, versions: { create: { version: 1, rules: { unknown: true } } } },
    });
    await expect(registry.catalog.findProfile('odd')).rejects.toEqual(code('internal'));
    await registry.prisma.profile.update({ where: { name: 'odd' }, data: { currentVersion: 7 } });
    await expect(registry.admin.listProfiles()).rejects.toEqual(code('internal'));
  });
});

describe('principals', () => {
  const principal = {
    name: 'ann',
    role: 'administrator',
    certificateFingerprintSha256: undefined,
    tokenSha256: undefined,
    createdAt: now,
  };

  it('are found by fingerprint and by token, also when revoked', async () => {
    const fingerprint = random(32);
    const token = random(32);
    const byCertificate = await registry.admin.insertPrincipal({
      ...principal,
      certificateFingerprintSha256: fingerprint,
    });
    const byToken = await registry.admin.insertPrincipal({ ...principal, tokenSha256: token, expiresAt: later(9) });
    expect(await registry.admin.findPrincipalByFingerprint(fingerprint)).toEqual(byCertificate);
    expect(await registry.admin.findPrincipalByTokenSha256(token)).toEqual(byToken);
    expect(await registry.admin.findPrincipalByTokenSha256(fingerprint)).toBeUndefined();
    expect(byToken).toMatchObject({ name: 'ann', role: 'administrator', expiresAt: later(9), revokedAt: undefined });
    await registry.admin.revokePrincipal(byToken.id, later(1));
    expect((await registry.admin.revokePrincipal(byToken.id, later(2))).revokedAt).toEqual(later(1));
    expect((await registry.admin.findPrincipalByTokenSha256(token))?.revokedAt).toEqual(later(1));
    expect(await registry.admin.listPrincipals()).toHaveLength(2);
    await expect(registry.admin.insertPrincipal({ ...principal, tokenSha256: token })).rejects.toEqual(
      code('conflict'),
    );
    await expect(registry.admin.revokePrincipal(newId(), now)).rejects.toEqual(code('notFound'));
  });

  it('without any credential are refused by the database', async () => {
    await expect(registry.admin.insertPrincipal(principal)).rejects.toThrow();
  });
});

describe('a setup token', () => {
  it('makes one principal, of its role, however many present it at once', async () => {
    const tokenSha256 = random(32);
    await registry.admin.createSetupToken({ tokenSha256, role: 'reporter', createdAt: now, expiresAt: later(100) });
    const results = await Promise.allSettled(
      Array.from({ length: 25 }, () =>
        registry.admin.consumeSetupToken(tokenSha256, later(1), (role) => ({
          principal: {
            name: 'setup',
            role,
            certificateFingerprintSha256: undefined,
            tokenSha256: random(32),
            createdAt: later(1),
          },
          audit: newAudit({ action: 'setup.completed', subject: 'setup' }),
        })),
      ),
    );
    const made = results.filter((result) => result.status === 'fulfilled');
    expect(made).toHaveLength(1);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toEqual(code('secretSpent'));
    const { value } = made[0]!;
    expect(value.role).toBe('reporter');
    expect(await registry.admin.findPrincipalByTokenSha256(value.tokenSha256!)).toEqual(value);
    expect((await registry.admin.listPrincipals()).filter(({ name }) => name === 'setup')).toHaveLength(1);
    expect((await registry.admin.listAudit({ subject: 'setup' }, first)).items).toHaveLength(1);
  });

  it('that is unknown or expired makes none, and is not spent by a failure', async () => {
    const named = (tokenOf: Uint8Array | undefined) => (role: string) => ({
      principal: { name: 'x', role, certificateFingerprintSha256: undefined, tokenSha256: tokenOf, createdAt: now },
    });
    const good = named(random(32));
    await expect(registry.admin.consumeSetupToken(random(32), now, good)).rejects.toEqual(code('secretWrong'));
    const tokenSha256 = random(32);
    await registry.admin.createSetupToken({ tokenSha256, role: 'reporter', createdAt: now, expiresAt: later(100) });
    await expect(registry.admin.consumeSetupToken(tokenSha256, later(100), good)).rejects.toEqual(
      code('secretExpired'),
    );
    await expect(registry.admin.consumeSetupToken(tokenSha256, now, named(undefined))).rejects.toThrow();
    expect(await registry.admin.consumeSetupToken(tokenSha256, now, good)).toMatchObject({ name: 'x' });
  });
});

describe('sealed keys', () => {
  it('are kept as they are and never overwritten', async () => {
    const sealed = {
      keyId: 'authority:issuing',
      version: 1,
      passphraseCheck: 'first',
      ciphertext: 'AAAA',
      kdf: { n: 131_072, salt: 'x' },
      list: [1, null, 'ü'],
    };
    expect(await registry.sealedKeys.find(sealed.keyId)).toBeUndefined();
    await registry.sealedKeys.insert(sealed);
    const second = { ...sealed, version: 2 };
    await expect(registry.sealedKeys.insert(second)).rejects.toEqual(code('keyExists'));
    expect(await registry.sealedKeys.find(sealed.keyId)).toEqual(sealed);
    expect(await registry.sealedKeys.list()).toEqual([sealed]);
  });

  it('are not joined by one that was sealed with another passphrase', async () => {
    const before = await registry.sealedKeys.list();
    const stranger = { keyId: 'authority:other', passphraseCheck: 'second' };
    await expect(registry.sealedKeys.insert(stranger)).rejects.toEqual(code('passphraseChanged'));
    const friend = { keyId: 'authority:other', passphraseCheck: 'first' };
    await registry.sealedKeys.insert(friend);
    expect(await registry.sealedKeys.list()).toEqual([...before, friend]);
  });

  it('are replaced all at once and with an audit event, or not at all', async () => {
    const before = await registry.sealedKeys.list();
    const after = before.map((sealed) => ({ ...sealed, passphraseCheck: 'second' }));
    const audit = newAudit({ action: 'keys.rewrapped', subject: 'keys' });
    for (const other of [before.slice(1), [...before, { keyId: 'more', passphraseCheck: 'first' }], after.slice(1)]) {
      await expect(registry.sealedKeys.replaceAll(other, after, audit)).rejects.toEqual(code('conflict'));
      expect(await registry.sealedKeys.list()).toEqual(before);
    }
    await registry.sealedKeys.replaceAll(before, after, audit);
    expect(await registry.sealedKeys.list()).toEqual(after);
    // An answer that was lost is asked for again: nothing more happens.
    await registry.sealedKeys.replaceAll(before, after, audit);
    const { items } = await registry.admin.listAudit({ subject: 'keys' }, { limit: 10, cursor: undefined });
    expect(items).toHaveLength(1);
    await expect(registry.sealedKeys.insert({ keyId: 'late', passphraseCheck: 'first' })).rejects.toEqual(
      code('passphraseChanged'),
    );
  });

  it('of secrets are put in the place of one another and deleted, those of keys never', async () => {
    const keys = await registry.sealedKeys.list();
    const secret = { keyId: 'challenge:factory', kind: 'secret', passphraseCheck: 'second', ciphertext: 'AAAA' };
    await registry.sealedKeys.putSecret(secret);
    const replaced = { ...secret, ciphertext: 'BBBB' };
    await registry.sealedKeys.putSecret(replaced);
    expect(await registry.sealedKeys.find('challenge:factory')).toEqual(replaced);
    await expect(registry.sealedKeys.insert(secret)).rejects.toEqual(code('keyExists'));
    await expect(registry.sealedKeys.putSecret({ ...secret, keyId: 'authority:issuing' })).rejects.toEqual(
      code('keyExists'),
    );
    await expect(registry.sealedKeys.putSecret({ ...secret, passphraseCheck: 'first' })).rejects.toEqual(
      code('passphraseChanged'),
    );
    await registry.sealedKeys.deleteSecret('authority:issuing');
    await registry.sealedKeys.deleteSecret('challenge:factory');
    await registry.sealedKeys.deleteSecret('challenge:factory');
    expect(await registry.sealedKeys.list()).toEqual(keys);
  });

  it('are inserted before or after a replacement, never between', async () => {
    const before = await registry.sealedKeys.list();
    const after = before.map((sealed) => ({ ...sealed, passphraseCheck: 'third' }));
    const outcomes = await Promise.allSettled([
      registry.sealedKeys.replaceAll(before, after, newAudit()),
      registry.sealedKeys.insert({ keyId: 'racing', passphraseCheck: 'second' }),
    ]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const checks = (await registry.sealedKeys.list()).map(({ passphraseCheck }) => passphraseCheck);
    expect(new Set(checks).size).toBe(1);
  });
});

describe('the registry', () => {
  it('keeps the identity of the first that wrote it, and refuses another PKI', async () => {
    const identity = { pkiId: newId(), publicUrl: 'http://ca.example', createdAt: now, program: '1.0.0' };
    expect(await registry.admin.findRegistryIdentity()).toBeUndefined();
    await expect(registry.admin.checkRegistryIdentity({ pkiId: identity.pkiId, program: '1.0.0' })).rejects.toEqual(
      code('notReady'),
    );
    const established = await Promise.all(
      [identity, { ...identity, pkiId: newId() }].map((each) => registry.admin.establishRegistryIdentity(each)),
    );
    expect(established[0]).toEqual(established[1]);
    const { pkiId } = established[0]!;
    expect(await registry.admin.checkRegistryIdentity({ pkiId, program: '1.1.0' })).toMatchObject({
      pkiId,
      program: '1.1.0',
    });
    expect((await registry.admin.findRegistryIdentity())?.program).toBe('1.1.0');
    await expect(registry.admin.checkRegistryIdentity({ pkiId: newId(), program: '2' })).rejects.toThrow(/another PKI/);
    await registry.admin.setPublicUrl('https://new.example');
    expect((await registry.admin.findRegistryIdentity())?.publicUrl).toBe('https://new.example');
  });

  it('knows the latest time on record', async () => {
    const at = later(1_000_000);
    await issue(registry, { id: newId(at), createdAt: at });
    expect(await registry.admin.readHighWaterMark()).toEqual(later(1, at));
    const publication = await registry.crl.beginPublication(authority.id, 0);
    await publication.recordIntent({
      tbsSha256: random(32),
      thisUpdate: later(2_000_000),
      nextUpdate: later(3_000_000),
    });
    await publication.abandon();
    expect(await registry.admin.readHighWaterMark()).toEqual(later(2_000_000));
  });

  it('prunes intents only when their certificate is an hour old, or their validity is over', async () => {
    const at = later(5_000_000);
    const done = await issue(registry, { id: newId(at), createdAt: at });
    const open = { ...done, id: newId(at) };
    await registry.prisma.issuanceIntent.create({
      data: {
        ...{
          id: open.id,
          attemptId: newId(),
          authorityId: authority.id,
          notBefore: at,
          notAfter: later(9_000_000),
          createdAt: at,
        },
        ...{
          profileVersion: 1,
          crlShard: 0,
          serialNumber: Buffer.from(random(20)),
          publicKeySha256: Buffer.from(random(32)),
        },
        ...{ requestDigest: Buffer.from(random(32)), profileName: 'device', tbsCertificateDer: Buffer.from(random(9)) },
      },
    });
    const left = async () =>
      (await registry.prisma.issuanceIntent.findMany({ where: { id: { in: [done.id, open.id] } } }))
        .map(({ id }) => id)
        .toSorted();
    await registry.admin.pruneIntents(at);
    expect(await left()).toEqual([done.id, open.id].toSorted());
    await registry.admin.pruneIntents(later(2, at));
    expect(await left()).toEqual([open.id]);
    await registry.admin.pruneIntents(later(9_000_001));
    expect(await left()).toEqual([]);
  });

  it('counts without scanning millions of rows', async () => {
    const counts = await registry.admin.estimateCounts();
    expect(counts.certificates).toBe(await registry.prisma.certificate.count());
    expect(counts.devices).toBe(await registry.prisma.device.count());
  });
});
