/** `kill -9` while the passphrase of the keys is changed: the old one or the new one opens them, whenever it hits. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSoftwareKeyStore } from '@touchmark/keystore';
import type { SealedRecord } from '@touchmark/keystore';
import { openRegistry } from '@touchmark/store';
import type { Registry } from '@touchmark/store';
import { startTestPostgres } from '@touchmark/store/testing';
import type { TestPostgres } from '@touchmark/store/testing';
import { homeAt } from '../../apps/server/src/home.ts';
import { openSealer } from '../../apps/server/src/key-passphrase.ts';

const keyIds = ['authority:issuing', 'authority:root', 'listener'];
const secretId = 'challenge:factory';
const program = join(import.meta.dirname, '../support/passphrase-changer.ts');
const home = homeAt(mkdtempSync(join(tmpdir(), 'touchmark-passphrase-')));

let postgres: TestPostgres;
let registry: Registry<SealedRecord>;
/** SubjectPublicKeyInfo by key, and a secret by its id, in base64. */
let publicKeys: Readonly<Record<string, string>>;

/** As a start of the service does it. */
const openKeys = async () => {
  const sealer = await openSealer({ home, configured: undefined }, registry.sealedKeys);
  return createSoftwareKeyStore({ sealer, store: registry.sealedKeys });
};
const publicKeysNow = async (): Promise<Record<string, string>> => {
  const keys = await openKeys();
  const entries = keyIds.map(async (keyId) => {
    const { subjectPublicKeyInfoDer } = await keys.getSigner(keyId);
    return [keyId, Buffer.from(subjectPublicKeyInfoDer).toString('base64')] as const;
  });
  const secret = Buffer.from(await keys.getSecret(secretId)).toString('base64');
  return { ...Object.fromEntries(await Promise.all(entries)), [secretId]: secret };
};
const passphraseOf = (file: string): string => readFileSync(file, 'utf8');

beforeAll(async () => {
  postgres = await startTestPostgres();
  registry = openRegistry<SealedRecord>({ databaseUrl: postgres.databaseUrl });
  const keys = await openKeys();
  for (const keyId of keyIds) await keys.generateKey(keyId, 'ec-p256');
  await keys.putSecret(secretId, new Uint8Array(32).fill(7));
  publicKeys = await publicKeysNow();
});
afterAll(async () => {
  await registry?.close();
  await postgres?.stop();
  rmSync(home.directory, { recursive: true, force: true });
});

/** Returns how it ended. @param killAfter milliseconds after it began to change anything */
const change = async (point: string, killAfter?: number): Promise<NodeJS.Signals | number | null> => {
  const child = spawn(process.execPath, [program, home.directory, postgres.databaseUrl, point], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.once('data', () => {
    if (killAfter !== undefined) void sleep(killAfter).then(() => child.kill('SIGKILL'));
  });
  return new Promise((done) => child.once('close', (code, signal) => done(signal ?? code)));
};

describe('a change of the passphrase', () => {
  it.each([
    ['at the beginning', 'the old one'],
    ['before the registry changes', 'the old one'],
    ['after the registry changed', 'the new one'],
    ['at the end', 'the new one'],
  ] as const)('that is killed %s leaves keys that open with %s', async (point, which) => {
    const before = passphraseOf(home.passphrase);
    expect(await change(point)).toBe('SIGKILL');
    const written = existsSync(home.nextPassphrase) ? passphraseOf(home.nextPassphrase) : undefined;
    expect(await publicKeysNow()).toEqual(publicKeys);
    const after = passphraseOf(home.passphrase);
    expect(after === before).toBe(which === 'the old one');
    if (which === 'the new one' && written !== undefined) expect(after).toBe(written);
    expect(existsSync(home.nextPassphrase)).toBe(false);
    expect(statSync(home.passphrase).mode & 0o777).toBe(0o600);
  });

  it('that is killed at any time leaves keys that open, and a next one goes through', async () => {
    const outcomes: unknown[] = [];
    for (let round = 0; round < 3; round++) {
      outcomes.push(await change('never', Math.random() * 1500));
      expect(await publicKeysNow()).toEqual(publicKeys);
      expect(existsSync(home.nextPassphrase)).toBe(false);
    }
    expect(outcomes.filter((outcome) => outcome !== 0 && outcome !== 'SIGKILL')).toEqual([]);
    const before = passphraseOf(home.passphrase);
    expect(await change('never')).toBe(0);
    expect(await publicKeysNow()).toEqual(publicKeys);
    expect(passphraseOf(home.passphrase)).not.toBe(before);
  }, 120_000);

  it('is not settled by guessing: when neither opens the keys, the start is refused and both files stay', async () => {
    const right = passphraseOf(home.passphrase);
    writeFileSync(home.passphrase, 'neither this one\n', { mode: 0o600 });
    writeFileSync(home.nextPassphrase, 'nor that one\n', { mode: 0o600 });
    await expect(publicKeysNow()).rejects.toMatchObject({
      name: 'StartError',
      message: expect.stringMatching(/neither/),
    });
    expect([passphraseOf(home.passphrase), passphraseOf(home.nextPassphrase)]).toEqual([
      'neither this one\n',
      'nor that one\n',
    ]);
    writeFileSync(home.passphrase, right, { mode: 0o600 });
    expect(await publicKeysNow()).toEqual(publicKeys);
  });
});
