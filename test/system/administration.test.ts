/** Profiles, devices and decisions as an administrator handles them, over the real listeners and the command line. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type {
  Certificate,
  Device,
  Explanation,
  ImportedRow,
  Profile,
  ProfilePreview,
  ProfileVersionSummary,
  Replay,
  TimelineEntry,
} from '@touchmark/admin-api';
import { encodePem } from '@touchmark/asn1';
import { parseCertsOnly } from '@touchmark/cms';
import { buildCertificationRequest } from '@touchmark/testkit';
import { askEst, enrollDevice } from '../support/est-request.ts';
import type { EnrolledDevice } from '../support/est-request.ts';
import { Administrator } from '../support/administrator.ts';
import { openHomeRegistry } from '../support/home-registry.ts';
import { exchange } from '../support/https-exchange.ts';
import { countRows } from '../support/registry-rows.ts';
import { startTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

let touchmark: Touchmark;
let admin: Administrator;
let registry: ReturnType<typeof openHomeRegistry>;
let device: EnrolledDevice;

beforeAll(async () => {
  touchmark = await startTouchmark();
  admin = new Administrator(touchmark);
  registry = openHomeRegistry(touchmark.home);
  device = await enrollDevice(touchmark, (await admin.createSecret()).secret);
}, 120_000);

afterAll(async () => {
  admin?.close();
  await registry?.close();
  await touchmark?.dispose();
});

interface Answer<T> {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly json: T;
}

async function call<T>(method: string, path: string, body?: unknown, headers = {}): Promise<Answer<T>> {
  const { certificatePem, privateKeyPem } = admin.credential;
  const content = body === undefined ? undefined : JSON.stringify(body);
  const options = {
    method,
    ca: readFileSync(touchmark.rootCertificateFile),
    cert: certificatePem,
    key: privateKeyPem,
    headers: { ...(content !== undefined && { 'Content-Type': 'application/json' }), ...headers },
  };
  const answer = await exchange(`${touchmark.firstRun.adminUrl}/api/v1${path}`, options, content);
  return { status: answer.status, headers: answer.headers, json: JSON.parse(answer.body.toString()) as T };
}

const file = (name: string, content: string): string => {
  const path = join(touchmark.home, name);
  writeFileSync(path, content);
  return path;
};
const requestFile = async (name: string, commonName: string): Promise<string> => {
  const { certificationRequestDer } = await buildCertificationRequest({ commonName });
  return file(name, encodePem('CERTIFICATE REQUEST', certificationRequestDer));
};
interface Page {
  readonly items: TimelineEntry[];
  readonly nextCursor: string | null;
}

const timelineFrom = async (cursor: string): Promise<Page> => {
  const from = cursor === '' ? '' : `&cursor=${cursor}`;
  return (await call<Page>('GET', `/devices/pump-7/timeline?limit=4${from}`)).json;
};
const lines = 'keyAlgorithms: [ec-p256]\nextendedKeyUsage: [clientAuth]\nvalidity: { duration: 30d }\n';
const subject = 'subject: [{ attribute: commonName, value: "{device.id}" }]\n';

describe('a profile', () => {
  it('with faults is refused when it is written, all of them at once and by place', async () => {
    const rules = { subject: [], keyAlgorithms: ['ec-p999'], extendedKeyUsage: [], validity: { duration: 'soon' } };
    const { status, json } = await call<{ errors: { pointer: string }[] }>('POST', '/profiles', { name: 'bad', rules });
    expect(status).toBe(400);
    expect(json.errors.map(({ pointer }) => pointer)).toEqual(
      expect.arrayContaining(['#/rules/keyAlgorithms/0', '#/rules/validity/duration']),
    );
    const { code, stderr } = await touchmark.cli(
      'profile',
      'create',
      'bad',
      '--file',
      file('bad.yaml', 'subject: [1\n'),
    );
    expect([code, stderr]).toEqual([2, expect.stringContaining('neither YAML nor JSON')]);
    expect((await call('GET', '/profiles/bad')).status).toBe(404);
  });

  it('is created from YAML, gets a version, is compared, and is rolled back', async () => {
    await touchmark.cliJson('profile', 'create', 'sensor', '--file', file('sensor.yaml', subject + lines));
    const changed = file('sensor2.yaml', subject + lines.replace('30d', '60d'));
    await touchmark.cliJson('profile', 'edit', 'sensor', '--file', changed, '--comment', 'longer');
    const { version, latestVersion } = (await touchmark.cliJson('profile', 'show', 'sensor')) as Profile;
    expect([version, latestVersion]).toEqual([1, 2]);
    expect(await touchmark.cliJson('profile', 'diff', 'sensor')).toEqual({
      items: [{ pointer: '/validity/seconds', before: 30 * 86_400, after: 60 * 86_400 }],
      nextCursor: null,
    });
    expect(await touchmark.cliJson('profile', 'activate', 'sensor', '--yes')).toMatchObject({ version: 2 });
    expect(await touchmark.cliJson('profile', 'rollback', 'sensor', '--yes')).toMatchObject({ version: 1 });
    const { items } = (await touchmark.cliJson('profile', 'versions', 'sensor')) as { items: ProfileVersionSummary[] };
    expect(items).toMatchObject([
      { version: 2, active: false, comment: 'longer', createdBy: 'administrator' },
      { version: 1, active: true },
    ]);
    const audit = await registry.admin.listAudit({ subject: 'profile:sensor' }, { limit: 9, cursor: undefined });
    expect(audit.items.map(({ action }) => action)).toEqual([
      'profile.activated',
      'profile.activated',
      'profile.versionAdded',
      'profile.created',
    ]);
  }, 60_000);

  it('is changed only by who saw its state', async () => {
    const { headers, json } = await call<Profile>('GET', '/profiles/sensor');
    expect(headers.etag).toBe(`"${json.revision}"`);
    const activate = (ifMatch: object) => call('POST', '/profiles/sensor/activate', { version: 2 }, ifMatch);
    expect((await activate({})).status).toBe(428);
    expect((await activate({ 'If-Match': '"1"' })).status).toBe(412);
    expect((await activate({ 'If-Match': headers.etag })).status).toBe(200);
  });

  it('is not activated over the heads of devices that would be refused, unless that is accepted', async () => {
    const { json: before } = await call<Profile>('GET', '/profiles/device');
    const rules = { ...before.rules, keyAlgorithms: ['ec-p384'] };
    const preview = await call<ProfilePreview>('POST', '/profiles/device/preview', { rules });
    expect(preview.json).toMatchObject({
      devices: 1,
      endpoints: ['factory'],
      certificates: [{ version: 1, active: 1 }],
      sample: { requests: 1, refused: [{ deviceId: device.name, code: 'keyAlgorithmNotAllowed' }] },
      obstacles: [],
    });
    const match = { 'If-Match': `"${before.revision}"` };
    const added = await call<{ version: number }>('POST', '/profiles/device/versions', { rules }, match);
    expect(added.status).toBe(201);
    const activate = (body: object) => call('POST', '/profiles/device/activate', body, { 'If-Match': '*' });
    const refused = await activate({ version: added.json.version });
    expect([refused.status, refused.json]).toEqual([409, expect.objectContaining({ code: 'profileInUse' })]);
    expect((await activate({ version: added.json.version, acceptRefusals: true })).status).toBe(200);
    // In force at once, where devices enroll.
    const { certificationRequestDer } = await buildCertificationRequest({ commonName: 'too-small' });
    const { secret } = await admin.createSecret();
    const answer = await askEst(touchmark, { secret, body: certificationRequestDer });
    expect(answer.field('Touchmark-Reason')).toBe('keyAlgorithmNotAllowed');
    expect((await activate({ version: 'previous' })).status).toBe(200);
  });

  it('of the service is not made anybody else’s', async () => {
    const { json } = await call<Profile>('GET', '/profiles/listener');
    const body = { rules: { ...json.rules, service: false }, activate: true, acceptRefusals: true };
    const answer = await call('POST', '/profiles/listener/versions', body, { 'If-Match': '*' });
    expect([answer.status, answer.json]).toEqual([409, expect.objectContaining({ code: 'profileInUse' })]);
    expect((await call<Profile>('GET', '/profiles/listener')).json.version).toBe(json.version);
  });

  it('has a schema for editors', async () => {
    expect(await call('GET', '/schemas/profile')).toMatchObject({ status: 200, json: { type: 'object' } });
  });
});

describe('explaining', () => {
  it('leaves no row, over REST and the command line', async () => {
    const csr = await requestFile('explained.csr', 'explained-1');
    const before = await countRows(registry);
    const explanation = (await touchmark.cliJson(
      'profile',
      'test',
      'device',
      '--csr',
      csr,
      '--new-device',
    )) as Explanation;
    expect(explanation).toMatchObject({
      outcome: 'issue',
      deviceId: 'explained-1',
      certificate: { subject: 'CN=explained-1' },
    });
    const dry = await call<Explanation>('POST', '/certificates?dryRun=true', {
      profile: 'server',
      certificationRequest: readFileSync(csr, 'utf8'),
      subjectAltNames: [{ kind: 'dns', value: 'broker.example.com' }],
    });
    expect([dry.status, dry.json.outcome]).toEqual([200, 'issue']);
    const refused = await touchmark.cli('profile', 'test', 'device', '--csr', csr, '--device', 'nobody-1');
    expect([refused.code, refused.stdout]).toEqual([6, expect.stringMatching(/device +refused +deviceUnknown/)]);
    expect(await countRows(registry)).toEqual(before);
  });

  it('by rules in a file, which are not stored', async () => {
    const csr = await requestFile('tried.csr', 'tried-1');
    const rules = file('tried.yaml', `${subject}${lines}basicConstraints: critical\n`);
    const explanation = (await touchmark.cliJson(
      'profile',
      'test',
      'trial',
      '--csr',
      csr,
      '--new-device',
      '--file',
      rules,
    )) as Explanation;
    expect(explanation).toMatchObject({ outcome: 'issue', profile: { name: 'trial', version: null } });
    expect(explanation.certificate?.extensions).toContainEqual(
      expect.objectContaining({ oid: '2.5.29.19', critical: true }),
    );
  });

  it('what became of an attempt, and what would now', async () => {
    const [certificate] = await admin.certificatesOf(device.name);
    const { json } = await call<{ items: { id: string }[] }>('GET', `/attempts?deviceId=${device.name}&outcome=issued`);
    const { id } = json.items.at(-1)!;
    const again = (await touchmark.cliJson('attempt', 'replay', id)) as Replay;
    expect(again).toMatchObject({
      changed: false,
      explanation: { outcome: 'repeat', earlierCertificateId: certificate!.id },
      attempt: { profile: { name: 'device', version: 1 } },
    });
    const fresh = (await touchmark.cliJson('attempt', 'replay', id, '--caller', 'fresh', '--rules', 'then')) as Replay;
    expect([fresh.explanation.outcome, fresh.differences]).toEqual(['issue', []]);
    await call('POST', `/devices/${device.name}/suspend`, {});
    const suspended = await call<Replay>('POST', `/attempts/${id}/replay`, { caller: 'fresh' });
    expect(suspended.json).toMatchObject({ changed: true, explanation: { code: 'deviceSuspended' } });
    await call('POST', `/devices/${device.name}/resume`, {});
  });

  it('an attempt without a request is refused with a reason', async () => {
    const { certificationRequestDer } = await buildCertificationRequest({ commonName: 'stranger-1' });
    const answer = await askEst(touchmark, { secret: `aaaaaaaa-${'a'.repeat(32)}`, body: certificationRequestDer });
    const replay = await call('POST', `/attempts/${answer.field('Touchmark-Attempt')}/replay`, {});
    expect([replay.status, replay.json]).toEqual([409, expect.objectContaining({ code: 'requestNotKept' })]);
  });
});

describe('a device', () => {
  it('is registered, described, suspended, resumed and retired with its certificates; its story tells it', async () => {
    const created = (await touchmark.cliJson(
      'device',
      'create',
      'pump-7',
      '--role',
      'pump',
      '--field',
      'site=north',
    )) as Device;
    expect(created).toMatchObject({ id: 'pump-7', state: 'registered', role: 'pump', fields: { site: 'north' } });
    const { secret } = await admin.createSecret({ deviceId: 'pump-7' });
    const enroll = async () => {
      const { certificationRequestDer } = await buildCertificationRequest({ commonName: 'pump-7' });
      return askEst(touchmark, { secret, body: certificationRequestDer });
    };
    await touchmark.cliJson('device', 'suspend', 'pump-7', '--comment', 'in repair');
    expect((await enroll()).field('Touchmark-Reason')).toBe('deviceSuspended');
    expect(await touchmark.cliJson('device', 'resume', 'pump-7')).toMatchObject({ state: 'registered' });
    expect((await enroll()).status).toBe(200);
    const set = await touchmark.cliJson('device', 'set', 'pump-7', '--segment', 'hall-2', '--unset-field', 'site');
    expect(set).toMatchObject({ segment: 'hall-2', role: 'pump', fields: {}, state: 'active' });
    const retired = await touchmark.cliJson('device', 'retire', 'pump-7', '--revoke', 'cessationOfOperation', '--yes');
    expect(retired).toMatchObject({ state: 'retired', revokedCertificates: 1 });
    const [certificate] = await admin.certificatesOf('pump-7');
    expect(certificate).toMatchObject({ status: 'revoked', revocation: { reason: 'cessationOfOperation' } });
    expect((await call('POST', '/devices/pump-7/resume', {})).status).toBe(409);

    const pages: TimelineEntry[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Page = await timelineFrom(cursor);
      pages.push(...page.items);
      cursor = page.nextCursor;
    }
    const story = pages.toReversed().map(({ kind, what }) => `${kind} ${what}`);
    const inOrder = [
      'act device.created',
      'act secret.created',
      'act device.suspended',
      'attempt refused',
      'act device.resumed',
    ];
    expect(story.filter((line) => inOrder.includes(line))).toEqual(inOrder);
    expect(story).toEqual(
      expect.arrayContaining([
        'attempt issued',
        'certificate device version 1',
        'act device.changed',
        'act device.retired',
        'revocation cessationOfOperation',
      ]),
    );
    const ids = pages.map(({ kind, id }) => `${kind} ${id}`);
    expect(new Set(ids).size).toBe(ids.length);
  }, 60_000);

  it('is imported from CSV, row by row', async () => {
    const csv = `id,role,segment,site\nimp-1,pump,hall-1,"Berlin, north"\n${device.name},,,\n"bad id",,,\nimp-2,,,\nimp-3,"role of more words",,\n`;
    const { code, stdout } = await touchmark.cli('device', 'import', file('devices.csv', csv), '-o', 'json');
    expect(code).toBe(8);
    const { items } = JSON.parse(stdout) as { items: ImportedRow[] };
    expect(items.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      'imp-1 created',
      `${device.name} refused`,
      'bad id refused',
      'imp-2 created',
      'imp-3 refused',
    ]);
  });
});

it('a person gets key and certificate in one PKCS #12 file; certificates are had as P7B', async () => {
  const password = file('p12-password', 'a long enough password\n');
  const p12 = join(touchmark.home, 'ada.p12');
  const issued = (await touchmark.cliJson(
    ...['cert', 'issue', '--profile', 'client', '--cn', 'Ada Lovelace', '--p12', p12, '--password-file', password],
  )) as { certificate: Certificate };
  const opened = spawnSync('openssl', ['pkcs12', '-in', p12, '-passin', `file:${password}`, '-noenc'], {
    encoding: 'utf8',
  });
  expect([opened.status, opened.stdout.match(/BEGIN [A-Z ]+/g)]).toEqual([
    0,
    ['BEGIN CERTIFICATE', 'BEGIN CERTIFICATE', 'BEGIN PRIVATE KEY'],
  ]);
  expect(() => createSecureContext({ pfx: readFileSync(p12), passphrase: 'a long enough password' })).not.toThrow();
  const { code, stderr } = await touchmark.cli(
    'cert',
    'issue',
    '--profile',
    'client',
    '--cn',
    'x',
    '--p12',
    join(touchmark.home, 'x.p12'),
  );
  expect([code, stderr]).toEqual([2, expect.stringContaining('--password-file')]);
  const { certificatePem, privateKeyPem } = admin.credential;
  const p7b = await exchange(`${touchmark.firstRun.adminUrl}/api/v1/certificates/${issued.certificate.id}/p7b`, {
    method: 'GET',
    ca: readFileSync(touchmark.rootCertificateFile),
    cert: certificatePem,
    key: privateKeyPem,
  });
  expect(parseCertsOnly(new Uint8Array(p7b.body)).certificatesDer).toHaveLength(3);
}, 60_000);
