/** DESIGN, "Interface contract": what the first start makes, prints and leaves, and that later starts change nothing. */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FirstRun } from '@touchmark/server';
import { readyProfiles } from '@touchmark/ca';
import { Administrator } from '../support/administrator.ts';
import { askEst, enrollDevice } from '../support/est-request.ts';
import { EstSocket } from '../support/est-socket.ts';
import { exchange } from '../support/https-exchange.ts';
import { filesWith, modeOf, statesOf } from '../support/home-files.ts';
import { openHomeRegistry } from '../support/home-registry.ts';
import { describeWith } from '../support/programs.ts';
import { newRequest } from '../support/refusing-service.ts';
import { countRows } from '../support/registry-rows.ts';
import { eventually, run, runOk } from '../support/run.ts';
import { newTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

let touchmark: Touchmark;
let secondsToReady: number;
/** What the first start printed and left. */
let announcement: string;
let firstRun: FirstRun;
let setupToken: string;
let apiToken: string;
let log = '';

const at = (name: string): string => join(touchmark.home, name);
const announced = (): Promise<string> =>
  eventually('the announcement', 10, async () => (touchmark.stdout.endsWith('\n') ? touchmark.stdout : undefined));
const inRegistry = async <T>(look: (registry: ReturnType<typeof openHomeRegistry>) => Promise<T>): Promise<T> => {
  const registry = openHomeRegistry(touchmark.home);
  try {
    return await look(registry);
  } finally {
    await registry.close();
  }
};
const lastingRows = (): Promise<Record<string, number>> => inRegistry(countRows);
const listenerFingerprint = async (): Promise<string> => {
  const socket = await EstSocket.open(touchmark);
  const { fingerprint256 } = socket.tls.getPeerCertificate();
  socket.close();
  return fingerprint256;
};

beforeAll(async () => {
  touchmark = await newTouchmark({ TOUCHMARK_LOG_LEVEL: 'trace' });
  const startedAt = performance.now();
  await touchmark.start();
  secondsToReady = (performance.now() - startedAt) / 1000;
  announcement = await announced();
  firstRun = touchmark.firstRun;
  setupToken = /\/setup#(\S+)/.exec(announcement)?.[1] ?? '';
}, 120_000);

afterAll(async () => touchmark?.dispose());

describe('the first start', () => {
  it('is ready within a minute', () => {
    expect(secondsToReady).toBeLessThan(60);
  });

  it('leaves first-run.json with exactly the values that scripts rely on', () => {
    expect(firstRun).toEqual({
      rootFingerprint: createHash('sha256')
        .update(new X509Certificate(readFileSync(at('root.pem'))).raw)
        .digest('hex'),
      estUrl: `https://127.0.0.1:${touchmark.ports.est}`,
      publicUrl: `http://127.0.0.1:${touchmark.ports.public}`,
      adminUrl: `https://127.0.0.1:${touchmark.ports.admin}`,
      enrollmentSecret: expect.stringMatching(/^[a-z2-7]{8}-[a-z2-7]{32}$/),
      rootCertificateFile: 'root.pem',
      adminCertificateFile: 'admin/admin.pem',
      adminKeyFile: 'admin/admin.key',
    });
  });

  it('prints the fingerprint, the URLs, a setup link, a device secret and one line to paste', () => {
    const { rootFingerprint, estUrl, publicUrl, adminUrl, enrollmentSecret } = firstRun;
    expect(announcement).toContain(rootFingerprint.toUpperCase().match(/../g)!.join(':'));
    expect(announcement).toContain(`${estUrl}/.well-known/est/factory\n`);
    expect(announcement).toContain(`${publicUrl}/trust\n`);
    expect(announcement).toContain(`${adminUrl}/api/v1/openapi.json\n`);
    expect(announcement).toMatch(new RegExp(`one-time setup link .*  ${adminUrl}/setup#[\\w-]{32}\n`));
    expect(announcement).toMatch(new RegExp(`one-time device secret +${enrollmentSecret}\n`));
    expect(announcement.match(/^openssl req .*$/gm)).toHaveLength(1);
  });

  it('prints nothing else to stdout: no log, no second secret', () => {
    expect(announcement).not.toMatch(/^\{/m);
    expect(announcement.split(firstRun.enrollmentSecret)).toHaveLength(3);
    expect(announcement.split(setupToken)).toHaveLength(2);
    expect(
      announcement.match(/[a-z2-7]{8}-[a-z2-7]{32}/g)!.every((secret) => secret === firstRun.enrollmentSecret),
    ).toBe(true);
  });

  it('keeps secrets to the owner', () => {
    const files = [
      'first-run.json',
      'key-passphrase',
      'admin/admin.key',
      'admin/admin.pem',
      'postgres/cluster/password',
    ];
    expect(files.map((name) => `${modeOf(at(name))} ${name}`)).toEqual(files.map((name) => `600 ${name}`));
    expect(modeOf(at('admin'))).toBe('700');
    expect(modeOf(at('postgres/cluster/data'))).toBe('700');
  });

  it('makes root, issuing CA, OCSP responders, listener certificate, profiles and the label factory', async () => {
    const made = await inRegistry(async ({ admin, pool }) => ({
      authorities: (await admin.listAuthorities()).map(({ name, kind }) => `${kind} ${name}`).sort(),
      endpoints: (await admin.listEndpoints()).map(
        ({ label, protocol, profile }) => `${protocol} ${label} ${profile.name}`,
      ),
      profiles: (await admin.listProfiles()).map(({ name }) => name).sort(),
      keys: (await pool.query<{ key_id: string }>('SELECT key_id FROM sealed_key ORDER BY 1')).rows.map(
        (row) => row.key_id,
      ),
      principals: (await admin.listPrincipals()).map(({ name, role }) => `${name} ${role}`),
    }));
    expect(made).toEqual({
      authorities: ['issuing issuing', 'root root'],
      endpoints: ['est factory device'],
      profiles: Object.keys(readyProfiles).sort(),
      keys: ['authority:issuing', 'authority:root', 'listener', 'ocsp:issuing/ec-p256', 'ocsp:root/ec-p256'],
      principals: ['administrator administrator'],
    });
  });

  it('the command line is the administrator without a login', async () => {
    expect(await touchmark.cliJson('whoami')).toMatchObject({ name: 'administrator', role: 'administrator' });
  });

  it('the setup link gives an API token, once', async () => {
    const setUp = () =>
      exchange(
        `${firstRun.adminUrl}/api/v1/setup`,
        { method: 'POST', ca: readFileSync(at('root.pem')), headers: { 'Content-Type': 'application/json' } },
        JSON.stringify({ token: setupToken }),
      );
    const first = await setUp();
    expect(first.status).toBe(200);
    ({ token: apiToken } = JSON.parse(first.body.toString()) as { token: string });
    const whoAmI = await exchange(`${firstRun.adminUrl}/api/v1/whoami`, {
      ca: readFileSync(at('root.pem')),
      headers: { Authorization: `Bearer ${apiToken}` },
    });
    expect(JSON.parse(whoAmI.body.toString())).toMatchObject({ role: 'administrator' });
    expect((await setUp()).status).toBe(403);
  });

  it('without a credential the REST interface says nothing', async () => {
    const answer = await exchange(`${firstRun.adminUrl}/api/v1/certificates`, { ca: readFileSync(at('root.pem')) });
    expect(answer.status).toBe(401);
  });
});

describeWith(['sh', 'openssl', 'curl'], 'the line to paste', () => {
  it('enrolls a device from any directory, and works once', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'touchmark-paste-'));
    try {
      const line = /^openssl req .*$/m.exec(announcement)![0];
      await runOk('sh', ['-c', line], { cwd: directory });
      const certificate = new X509Certificate(readFileSync(join(directory, 'device-1.pem')));
      expect(certificate.subject).toBe('CN=device-1');
      expect(certificate.checkPrivateKey(createPrivateKey(readFileSync(join(directory, 'device-1.key'))))).toBe(true);
      const again = await run('sh', ['-c', line], { cwd: directory });
      expect(again.code).not.toBe(0);
      expect(await touchmark.cliJson('cert', 'list')).toMatchObject({
        items: expect.arrayContaining([expect.objectContaining({ deviceId: 'device-1', status: 'active' })]),
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('a later start', () => {
  it('prints the URLs only, and changes nothing', async () => {
    const before = {
      files: statesOf(touchmark.home),
      rows: await lastingRows(),
      listener: await listenerFingerprint(),
    };
    const modified = statSync(at('first-run.json')).mtimeMs;
    log += touchmark.stderr;
    expect(await touchmark.end()).toBe(0);
    await touchmark.start();
    const printed = await announced();

    expect(printed).toContain(`${firstRun.estUrl}/.well-known/est\n`);
    expect(printed).toContain(`${firstRun.publicUrl}/trust\n`);
    expect(printed).toContain(`${firstRun.adminUrl}/api/v1/openapi.json\n`);
    expect(printed).not.toMatch(/secret|setup|[a-z2-7]{8}-[a-z2-7]{32}|#/);
    expect(printed.match(/https?:\/\/\S+/g)).toHaveLength(3);
    expect(statSync(at('first-run.json')).mtimeMs).toBe(modified);
    expect({
      files: statesOf(touchmark.home),
      rows: await lastingRows(),
      listener: await listenerFingerprint(),
    }).toEqual(before);
  }, 60_000);

  it('serves with the credentials of the first', async () => {
    const admin = new Administrator(touchmark);
    const device = await enrollDevice(touchmark, (await admin.createSecret()).secret);
    expect(await admin.certificatesOf(device.name)).toHaveLength(1);
    admin.close();
  });
});

describe('secrets', () => {
  let wrongSecret: string;
  let passphrase: string;
  let databasePassword: string;

  beforeAll(async () => {
    passphrase = readFileSync(at('key-passphrase'), 'utf8').trim();
    databasePassword = readFileSync(at('postgres/cluster/password'), 'utf8').trim();
    wrongSecret = `${firstRun.enrollmentSecret.slice(0, 9)}${'a'.repeat(32)}`;
    const request = { secret: wrongSecret, userName: 'somebody', body: 'garbage' };
    expect((await askEst(touchmark, request)).status).toBe(400);
    expect((await askEst(touchmark, { secret: wrongSecret, body: await newRequest() })).status).toBe(401);
    log += touchmark.stderr;
    await touchmark.end();
  });

  it('are in no log, not even at the level trace', () => {
    expect(log.split('\n').length).toBeGreaterThan(20);
    const known = {
      ...firstRunSecrets(),
      wrongSecret,
      basic: Buffer.from(`:${wrongSecret}`).toString('base64'),
      passphrase,
      databasePassword,
    };
    const found = Object.entries(known).filter(([, value]) => log.includes(value));
    expect(found.map(([name]) => name)).toEqual([]);
    expect(log).not.toContain('PRIVATE KEY');
  });

  it('every line of the log is JSON', () => {
    const others = log.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
    expect(others).toEqual([]);
  });

  it('of enrollment, setup and the interface are in no file but first-run.json, not even in the database', () => {
    const { enrollmentSecret } = firstRun;
    expect(filesWith(touchmark.home, enrollmentSecret, enrollmentSecret.slice(9))).toEqual(['first-run.json']);
    expect(filesWith(touchmark.home, setupToken, apiToken, wrongSecret)).toEqual([]);
    expect(filesWith(touchmark.home, passphrase)).toEqual(['key-passphrase']);
  });

  it("the only private key that lies open in the home is the administrator's, for the command line", () => {
    expect(filesWith(touchmark.home, 'PRIVATE KEY', ...openKeyForms)).toEqual(['admin/admin.key']);
  });
});

const firstRunSecrets = (): Record<string, string> => ({
  enrollmentSecret: firstRun.enrollmentSecret,
  setupToken,
  apiToken,
});

/** How a P-256 private key begins in PKCS #8 and in SEC 1, as octets, hex (of bytea and JSON) and base64. */
const openKeyForms = [
  '308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420',
  '30770201010420',
].flatMap((hex) => {
  const octets = Buffer.from(hex, 'hex');
  // Whole groups of three octets, so that what follows does not change the last character.
  const base64 = octets.subarray(0, octets.length - (octets.length % 3)).toString('base64');
  return [octets, hex, base64];
});
