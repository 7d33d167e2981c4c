/** Profiles: versions never change, one is in force, and nobody changes what they have not seen. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readyProfiles } from '@touchmark/ca';
import { openRegistry } from '../src/index.ts';
import type { NewProfileVersion, Registry } from '../src/index.ts';
import { startTestPostgres } from '../src/testing.ts';
import type { TestPostgres } from '../src/testing.ts';
import { issue, newAudit, newId, now, revoke, setUp } from './records.ts';

let postgres: TestPostgres;
let registry: Registry;
const rules = readyProfiles.device!;
const page = { limit: 10, cursor: undefined };
const code = (expected: string) => expect.objectContaining({ code: expected });
const made = (description: string, at = now): NewProfileVersion => ({
  rules: { ...rules, description },
  createdAt: at,
  createdBy: 'ada',
  comment: `because of ${description}`,
});
const after = (seconds: number): Date => new Date(now.getTime() + seconds * 1000);
const add = (name: string, description: string, revision?: number) =>
  registry.admin.addProfileVersion(name, made(description), revision, (version) =>
    newAudit({ action: 'profile.versionAdded', subject: `profile:${name}`, details: { version } }),
  );
const activate = (name: string, version: number, at: Date, revision?: number) =>
  registry.admin.activateProfileVersion(
    name,
    { version, at, by: 'ada' },
    revision,
    newAudit({ action: 'profile.activated', subject: `profile:${name}`, details: { version } }),
  );

beforeAll(async () => {
  postgres = await startTestPostgres();
  registry = openRegistry({ databaseUrl: postgres.databaseUrl });
  await setUp(registry);
});

afterAll(async () => {
  await registry.close();
  await postgres.stop();
});

describe('versions', () => {
  it('are added without being in force, and put in force by an act of its own; both are audited', async () => {
    await registry.admin.createProfile('grown', made('one'), [newAudit({ subject: 'profile:grown' })]);
    expect(await add('grown', 'two', 1)).toEqual({ name: 'grown', activeVersion: 1, latestVersion: 2, revision: 2 });
    expect((await registry.catalog.findProfile('grown'))?.version).toBe(1);
    expect(await activate('grown', 2, after(60), 2)).toMatchObject({ activeVersion: 2, revision: 3 });
    expect(await registry.catalog.findProfile('grown')).toMatchObject({ version: 2, rules: { description: 'two' } });
    const { items } = await registry.admin.listAudit({ subject: 'profile:grown' }, page);
    expect(items.map(({ action }) => action).slice(0, 2)).toEqual(['profile.activated', 'profile.versionAdded']);
  });

  it('tell who made them, why, and since when they are in force', async () => {
    const { items } = await registry.admin.listProfileVersions('grown', page);
    expect(items.map(({ version, activatedAt }) => [version, activatedAt])).toEqual([
      [2, after(60)],
      [1, now],
    ]);
    expect(items[0]).toMatchObject({ createdBy: 'ada', comment: 'because of two', createdAt: now });
    const first = await registry.admin.listProfileVersions('grown', { limit: 1, cursor: undefined });
    const second = await registry.admin.listProfileVersions('grown', { limit: 1, cursor: first.nextCursor });
    expect([...first.items, ...second.items]).toEqual(items);
    expect(second.nextCursor).toBeUndefined();
  });

  it('of the past are found by time, and the one before by name', async () => {
    expect(await registry.admin.findVersionInForce('grown', after(59))).toBe(1);
    expect(await registry.admin.findVersionInForce('grown', after(60))).toBe(2);
    expect(await registry.admin.findVersionInForce('grown', after(-1))).toBeUndefined();
    expect(await registry.admin.findVersionBefore('grown', 2)).toBe(1);
    await registry.admin.createProfile('single', made('only'), []);
    expect(await registry.admin.findVersionBefore('single', 1)).toBeUndefined();
  });

  it('are refused to who has not seen the latest state, and then nothing is written', async () => {
    await expect(add('grown', 'late', 2)).rejects.toEqual(code('conflict'));
    await expect(activate('grown', 1, after(90), 2)).rejects.toEqual(code('conflict'));
    expect(await registry.admin.getProfileState('grown')).toMatchObject({ latestVersion: 2, activeVersion: 2 });
  });

  it('that do not exist are not put in force', async () => {
    await expect(activate('grown', 9, after(90))).rejects.toEqual(code('notFound'));
    await expect(activate('nobody', 1, after(90))).rejects.toEqual(code('notFound'));
    await expect(registry.admin.getProfileVersion('grown', 99_999)).rejects.toEqual(code('notFound'));
    await expect(registry.admin.createProfile('grown', made('again'), [])).rejects.toEqual(code('conflict'));
  });

  it('added by many at once are numbered without a gap, and of those who saw one state only one may change it', async () => {
    await registry.admin.createProfile('busy', made('one'), []);
    await Promise.all(Array.from({ length: 8 }, (_, index) => add('busy', `more ${index}`)));
    const { items } = await registry.admin.listProfileVersions('busy', page);
    expect(items.map(({ version }) => version)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
    const { revision } = await registry.admin.getProfileState('busy');
    const results = await Promise.allSettled(
      Array.from({ length: 6 }, (_, index) => activate('busy', index + 2, after(10), revision)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('raise the generation of the catalog when one is put in force', async () => {
    const before = await registry.catalog.readGeneration();
    await activate('busy', 1, after(20));
    expect(await registry.catalog.readGeneration()).toBeGreaterThan(before);
  });

  it('and activations never change once they are written', async () => {
    await expect(registry.prisma.profileActivation.updateMany({ data: { version: 1 } })).rejects.toThrow(
      /never change/,
    );
    await expect(registry.prisma.profileVersion.deleteMany({ where: { name: 'busy' } })).rejects.toThrow();
  });
});

it('usage counts the devices and active certificates of a profile by version', async () => {
  const notAfter = after(86_400);
  const make = (deviceId: string | undefined, profileVersion: number, ends = notAfter) =>
    issue(registry, { id: newId(), deviceId, profileName: 'counted', profileVersion, notAfter: ends });
  await make('used-1', 1);
  await make('used-1', 2);
  await make('used-2', 1);
  await make(undefined, 2);
  await make('used-3', 1, after(-10));
  await revoke(registry, await make('used-4', 1));
  expect(await registry.admin.readProfileUsage('counted', now)).toEqual({
    devices: 2,
    certificates: [
      { version: 2, active: 2 },
      { version: 1, active: 2 },
    ],
  });
});
