/** Starts that would do harm are refused: in words for the operator, with an exit code, and with nothing changed or made anew. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { EmbeddedPostgres, createPool } from '@touchmark/store';
import { Administrator } from '../support/administrator.ts';
import { enrollDevice } from '../support/est-request.ts';
import { statesOf } from '../support/home-files.ts';
import { findPostmaster } from '../support/postgres-processes.ts';
import { refusedStart } from '../support/refused-start.ts';
import { countRows } from '../support/registry-rows.ts';
import { eventually } from '../support/run.ts';
import { freePorts, newTouchmark, startTouchmark } from '../support/touchmark.ts';
import type { Ports, Touchmark } from '../support/touchmark.ts';

const newPorts = async (): Promise<Ports> => {
  const [publicPort = 0, est = 0, admin = 0, metrics = 0] = await freePorts(4);
  return { public: publicPort, est, admin, metrics };
};

describe('a home that is in use', () => {
  let touchmark: Touchmark;
  beforeAll(async () => {
    touchmark = await startTouchmark();
  }, 120_000);
  afterAll(async () => touchmark?.dispose());

  it('a second process is refused within seconds, and the first goes on', async () => {
    const before = statesOf(touchmark.home);
    const { code, words, stdout, seconds } = await refusedStart({ home: touchmark.home, ports: await newPorts() });
    expect(code).toBe(1);
    expect(words).toMatch(/^error: The home \S+ is in use by another process \(touchmark \d+\)\. Stop it first, /);
    expect(words).toContain(touchmark.home);
    expect(words).toContain(String(touchmark.pid));
    expect(stdout).toBe('');
    expect(seconds).toBeLessThan(15);
    expect(statesOf(touchmark.home)).toEqual(before);
    const admin = new Administrator(touchmark);
    await enrollDevice(touchmark, (await admin.createSecret()).secret);
    admin.close();
  }, 60_000);
});

describe('a home with a registry', () => {
  let touchmark: Touchmark;
  let before: unknown;
  /** Everything there is: files, their modes, and the rows of the registry. */
  const state = async (): Promise<unknown> => {
    const postgres = await EmbeddedPostgres.start({ home: touchmark.home });
    const pool = createPool(postgres.databaseUrl);
    const rows = await countRows({ pool });
    await pool.end();
    await postgres.stop();
    return { files: statesOf(touchmark.home), rows };
  };

  beforeAll(async () => {
    touchmark = await startTouchmark();
    await touchmark.end();
    before = await state();
  }, 120_000);
  afterAll(async () => touchmark?.dispose());
  afterEach(() => expect(findPostmaster(touchmark.home)).toBeUndefined());

  it('another public URL than the one in the certificates', async () => {
    const { code, words } = await refusedStart(touchmark, { TOUCHMARK_PUBLIC_URL: 'http://pki.example.com' });
    expect(code).toBe(1);
    expect(words).toContain('http://pki.example.com');
    expect(words).toContain(`start with TOUCHMARK_PUBLIC_URL=http://127.0.0.1:${touchmark.ports.public}`);
    expect(await state()).toEqual(before);
  });

  it('another public port, which would be another URL', async () => {
    const ports = { ...touchmark.ports, public: (await newPorts()).public };
    const { code, words } = await refusedStart({ home: touchmark.home, ports });
    expect(code).toBe(1);
    expect(words).toContain(`TOUCHMARK_PUBLIC_URL=http://127.0.0.1:${touchmark.ports.public}`);
    expect(await state()).toEqual(before);
  });

  it('a wrong passphrase', async () => {
    const { code, words, stdout } = await refusedStart(touchmark, { TOUCHMARK_KEY_PASSPHRASE: 'not the right one' });
    expect(code).toBe(1);
    expect(words).toMatch(/^error: The passphrase is not the one that key "[a-z:]+" was sealed with\./);
    expect(words + stdout).not.toContain('not the right one');
    expect(await state()).toEqual(before);
  });

  it('a lost passphrase: no other is made', async () => {
    const file = join(touchmark.home, 'key-passphrase');
    renameSync(file, `${file}.away`);
    try {
      const { code, words } = await refusedStart(touchmark);
      expect(code).toBe(1);
      expect(words).toMatch(/^error: The passphrase of this registry's private keys is missing: \S+key-passphrase /);
    } finally {
      renameSync(`${file}.away`, file);
    }
    expect(await state()).toEqual(before);
  });

  it('a passphrase that others can read', async () => {
    const file = join(touchmark.home, 'key-passphrase');
    const passphrase = readFileSync(file);
    rmSync(file);
    writeFileSync(file, passphrase, { mode: 0o644 });
    const { code, words } = await refusedStart(touchmark);
    rmSync(file);
    writeFileSync(file, passphrase, { mode: 0o600 });
    expect(code).toBe(1);
    expect(words).toContain(`chmod 600 ${file}`);
    expect(await state()).toEqual(before);
  });

  it('a database that was lost: no other PKI is made in its place', async () => {
    const cluster = join(touchmark.home, 'postgres', 'cluster');
    renameSync(cluster, `${cluster}-away`);
    try {
      for (const _ of ['at first', 'and again']) {
        const { code, words, stdout } = await refusedStart(touchmark);
        expect(code).toBe(1);
        expect(words).toMatch(
          /This home belongs to the PKI [0-9a-f-]{36}, but its registry is empty\. Restore the database/,
        );
        expect(stdout).toBe('');
      }
      const postgres = await EmbeddedPostgres.start({ home: touchmark.home });
      const pool = createPool(postgres.databaseUrl);
      expect(await countRows({ pool })).toMatchObject({
        registry: 0,
        authority: 0,
        sealed_key: 0,
        certificate: 0,
        principal: 0,
      });
      await pool.end();
      await postgres.stop();
    } finally {
      rmSync(cluster, { recursive: true });
      renameSync(`${cluster}-away`, cluster);
    }
    expect(await state()).toEqual(before);
  }, 60_000);

  it('the database of another PKI', async () => {
    const other = await startTouchmark();
    await other.end();
    const postgres = await EmbeddedPostgres.start({ home: other.home });
    try {
      const { code, words } = await refusedStart(touchmark, { DATABASE_URL: postgres.databaseUrl });
      expect(code).toBe(1);
      expect(words).toMatch(/PKI/);
      await postgres.stop();
      // The other PKI was not touched either.
      await other.start();
    } finally {
      await postgres.stop();
      await other.dispose();
    }
    expect(await state()).toEqual(before);
  }, 60_000);

  it('a database that does not answer', async () => {
    const [port] = await freePorts(1);
    const url = `postgresql://touchmark:hidden-password@127.0.0.1:${port}/touchmark`;
    const { code, words, stdout, seconds } = await refusedStart(touchmark, { DATABASE_URL: url });
    expect(code).toBe(1);
    expect(words).toContain('(ECONNREFUSED). Check DATABASE_URL');
    expect(words + stdout).not.toContain('hidden-password');
    expect(seconds).toBeLessThan(20);
  });

  it('after all these refusals it starts as before', async () => {
    await touchmark.start();
    await touchmark.end();
    const { files } = before as { files: unknown };
    expect(statesOf(touchmark.home)).toEqual(files);
  });
});

describe('settings', () => {
  let touchmark: Touchmark;
  beforeAll(async () => {
    touchmark = await newTouchmark();
  });
  afterAll(async () => touchmark?.dispose());

  it('an unknown variable is refused, with the one that was meant', async () => {
    const { code, words } = await refusedStart(touchmark, { TOUCHMARK_EST_LISTN: '127.0.0.1:1' });
    expect(code).toBe(2);
    expect(words).toContain(
      'there is no environment variable TOUCHMARK_EST_LISTN. Did you mean "TOUCHMARK_EST_LISTEN"?',
    );
  });

  it('so is an unknown key in touchmark.yaml', async () => {
    const file = join(touchmark.home, 'touchmark.yaml');
    writeFileSync(file, 'publicURL: http://pki.example.com\n');
    const { code, words } = await refusedStart(touchmark, { TOUCHMARK_CONFIG: file });
    rmSync(file);
    expect(code).toBe(2);
    expect(words).toMatch(/there is no key "publicURL"\. Did you mean "publicUrl"\?/);
  });

  it('all that is wrong is said at once, with an example', async () => {
    const { code, words } = await refusedStart(touchmark, {
      TOUCHMARK_PUBLIC_URL: 'https://pki.example.com',
      TOUCHMARK_ROLES: 'enroll,admn',
      TOUCHMARK_KEY_PASSPHRASE: 'too short',
    });
    expect(code).toBe(2);
    expect(words).toContain('TOUCHMARK_PUBLIC_URL: a text of 23 characters does not do: write the plain http base URL');
    expect(words).toContain('TOUCHMARK_ROLES');
    expect(words).toContain('TOUCHMARK_KEY_PASSPHRASE: the value does not do: use at least 12 characters');
    expect(words).not.toContain('too short');
  });

  it('none of this touched the home', () => {
    expect(statesOf(touchmark.home)).toEqual({});
  });
});

describe('a port that is in use', () => {
  it.each(['public', 'est', 'admin', 'metrics'] as const)(
    '%s: the start says which, and the next one is a whole first start',
    async (name) => {
      const touchmark = await newTouchmark();
      await touchmark.placeCluster();
      const occupant = createServer();
      const port = touchmark.ports[name];
      await new Promise<void>((done) => occupant.listen(port, '127.0.0.1', done));
      try {
        const variable = `TOUCHMARK_${name.toUpperCase()}_LISTEN`;
        const { code, words, stdout } = await refusedStart(touchmark);
        expect(code).toBe(1);
        expect(words).toContain(
          `error: 127.0.0.1:${port} is in use by another process. Choose another address with ${variable}`,
        );
        expect(stdout).toBe('');
        expect(findPostmaster(touchmark.home)).toBeUndefined();
        await new Promise((done) => occupant.close(done));
        await touchmark.start();
        const printed = await eventually('the announcement', 5, async () => touchmark.stdout || undefined);
        expect(printed).toContain(touchmark.firstRun.enrollmentSecret);
        await enrollDevice(touchmark, touchmark.firstRun.enrollmentSecret);
      } finally {
        occupant.close();
        await touchmark.dispose();
      }
    },
    60_000,
  );
});
