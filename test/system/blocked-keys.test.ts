/** The operator's blocklist of keys on a running service: set by the command and over REST, met over EST and REST. */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BlockedKey, BlockedKeyDetails, BlockedKeys, Problem } from '@touchmark/admin-api';
import { encodePem } from '@touchmark/asn1';
import { parseCertificationRequest } from '@touchmark/x509';
import { buildCertificationRequest } from '@touchmark/testkit';
import type { TestRequest } from '@touchmark/testkit';
import { Administrator } from '../support/administrator.ts';
import { askEst, enrollDevice, newDeviceName } from '../support/est-request.ts';
import type { EnrolledDevice } from '../support/est-request.ts';
import type { WireAnswer } from '../support/est-socket.ts';
import { openHomeRegistry } from '../support/home-registry.ts';
import { exchange } from '../support/https-exchange.ts';
import { startTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

let touchmark: Touchmark;
let admin: Administrator;
let registry: ReturnType<typeof openHomeRegistry>;

beforeAll(async () => {
  touchmark = await startTouchmark();
  admin = new Administrator(touchmark);
  registry = openHomeRegistry(touchmark.home);
}, 120_000);

afterAll(async () => {
  await registry?.close();
  admin?.close();
  await touchmark?.dispose();
});

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; json: unknown }> {
  const { certificatePem, privateKeyPem } = admin.credential;
  const answer = await exchange(
    `${touchmark.firstRun.adminUrl}/api/v1${path}`,
    {
      method,
      ca: readFileSync(touchmark.rootCertificateFile),
      cert: certificatePem,
      key: privateKeyPem,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    },
    body === undefined ? undefined : JSON.stringify(body),
  );
  const text = answer.body.toString();
  return { status: answer.status, json: text === '' ? undefined : JSON.parse(text) };
}

const keyOf = ({ certificationRequestDer }: TestRequest): string =>
  createHash('sha256').update(parseCertificationRequest(certificationRequestDer).subjectPublicKeyInfoDer).digest('hex');
const newKey = (): string => createHash('sha256').update(newDeviceName()).digest('hex');
const secretFor = async (deviceId?: string): Promise<string> =>
  (await admin.createSecret(deviceId === undefined ? {} : { deviceId })).secret;
const enroll = async (): Promise<EnrolledDevice> => enrollDevice(touchmark, await secretFor());
const outcomeOf = (answer: WireAnswer) => [answer.status, answer.field('Touchmark-Reason')];
const refused = [403, 'keyBlockedByOperator'];
const renew = (client: EnrolledDevice, { certificationRequestDer: body }: TestRequest) =>
  askEst(touchmark, { operation: 'simplereenroll', client, body });
const block = async (...keys: readonly string[]): Promise<BlockedKeys['items']> =>
  ((await call('POST', '/blocked-keys', { publicKeySha256: keys, reason: 'seen in an image' })).json as BlockedKeys)
    .items;
const fileWith = (name: string, content: string | Uint8Array): string => {
  const path = join(touchmark.home, name);
  writeFileSync(path, content);
  return path;
};
const eventsOf = async (key: string) =>
  (await registry.admin.listAudit({ subject: `key:${key}` }, { limit: 10, cursor: undefined })).items.map(
    ({ actor, action, details }) => [actor, action, details],
  );

describe('a blocked key', () => {
  it('is not enrolled, until it is unblocked; the secret is not spent on it', async () => {
    const request = await buildCertificationRequest({ commonName: newDeviceName() });
    const secret = await secretFor();
    const ask = () => askEst(touchmark, { secret, body: request.certificationRequestDer });
    const csr = fileWith('blocked.csr', encodePem('CERTIFICATE REQUEST', request.certificationRequestDer));
    const blocked = await touchmark.cliJson('key', 'block', csr, '--reason', 'seen in an image');
    expect(blocked).toMatchObject({ items: [{ publicKeySha256: keyOf(request), result: 'blocked' }] });
    const answer = await ask();
    expect(outcomeOf(answer)).toEqual(refused);
    const attempt = await admin.attempt(answer.field('Touchmark-Attempt') ?? '');
    expect(attempt).toMatchObject({ outcome: 'refused', code: 'keyBlockedByOperator' });
    expect((await touchmark.cli('key', 'unblock', csr)).code).toBe(0);
    expect((await ask()).status).toBe(200);
    expect(await eventsOf(keyOf(request))).toEqual([
      ['principal:administrator', 'key.unblocked', {}],
      ['principal:administrator', 'key.blocked', { reason: 'seen in an image' }],
    ]);
    rmSync(csr);
  });

  it('is not renewed, nor does its certificate get one for another key; it stays active', async () => {
    const device = await enroll();
    const items = await block(keyOf(device.request));
    expect(items).toMatchObject([
      {
        changed: true,
        activeCertificates: 1,
        revokeCommand: `touchmark cert revoke --key ${keyOf(device.request)}`,
      },
    ]);
    expect(outcomeOf(await renew(device, device.request))).toEqual(refused);
    const next = await buildCertificationRequest({ commonName: device.name });
    expect(outcomeOf(await renew(device, next))).toEqual(refused);
    expect(await admin.certificatesOf(device.name)).toMatchObject([{ status: 'active' }]);
    const command = items[0]?.revokeCommand?.split(' ').slice(1) ?? [];
    expect((await touchmark.cli(...command, '--reason', 'superseded', '--yes')).code).toBe(0);
    expect(await admin.certificatesOf(device.name)).toMatchObject([{ status: 'revoked' }]);
    // With a secret of its own and another key, the device begins anew.
    expect((await enrollDevice(touchmark, await secretFor(device.name), { commonName: device.name })).name).toBe(
      device.name,
    );
  });

  it('is not the key to renew to', async () => {
    const device = await enroll();
    const next = await buildCertificationRequest({ commonName: device.name });
    await block(keyOf(next));
    expect(outcomeOf(await renew(device, next))).toEqual(refused);
    expect((await renew(device, device.request)).status).toBe(200);
  });

  it('is not certified over REST', async () => {
    const request = await buildCertificationRequest({ commonName: 'broker.example.com' });
    await block(keyOf(request));
    const body = {
      profile: 'server',
      certificationRequest: Buffer.from(request.certificationRequestDer).toString('base64'),
      subjectAltNames: [{ kind: 'dns', value: 'broker.example.com' }],
    };
    const answer = await call('POST', '/certificates', body);
    expect([answer.status, (answer.json as Problem).code]).toEqual([422, 'keyBlockedByOperator']);
  });

  it('that was compromised too stays refused when it is unblocked', async () => {
    const device = await enroll();
    await block(keyOf(device.request));
    await admin.revoke(device.serialNumberHex, 'keyCompromise');
    const certificate = fileWith('device.der', device.certificate.der);
    const shown = (await touchmark.cliJson('key', 'blocked', certificate)) as BlockedKeyDetails;
    expect(shown).toMatchObject({ reason: 'seen in an image', activeCertificates: 0, revokeCommand: null });
    expect(shown.compromisedAt).not.toBeNull();
    const { code, stderr } = await touchmark.cli('key', 'unblock', certificate);
    expect([code, stderr]).toEqual([0, expect.stringContaining('stays refused')]);
    const secret = await secretFor(device.name);
    expect(outcomeOf(await askEst(touchmark, { secret, body: device.request.certificationRequestDer }))).toEqual([
      403,
      'keyBlocked',
    ]);
    expect((await touchmark.cli('key', 'unblock', certificate)).code).toBe(3);
    rmSync(certificate);
  });
});

describe('a list', () => {
  it('is told of line by line; what names no key does not keep the others out', async () => {
    const [before, fresh, certified] = [newKey(), newKey(), await enroll()];
    await block(before);
    const lines = ['# of the maker', '', before, fresh.toUpperCase(), fresh, 'nonsense', '00fe2a5b8e1d4c7f9a63'];
    const list = fileWith('keys.txt', [...lines, keyOf(certified.request)].join('\r\n'));
    const args = ['key', 'block', '--list', list, '--reason', 'list of the maker'];
    const { code, stdout, stderr } = await touchmark.cli(...args, '-o', 'json');
    expect(code).toBe(8);
    expect(JSON.parse(stdout)).toEqual({
      items: [
        expect.objectContaining({ source: 'line 3', publicKeySha256: before, result: 'blockedBefore' }),
        expect.objectContaining({ source: 'line 4', publicKeySha256: fresh, result: 'blocked' }),
        expect.objectContaining({ source: 'line 5', publicKeySha256: fresh, result: 'repeated' }),
        expect.objectContaining({ source: 'line 6', publicKeySha256: null, result: 'malformed' }),
        expect.objectContaining({ source: 'line 7', message: expect.stringContaining('openssl-blacklist') }),
        expect.objectContaining({ source: 'line 8', result: 'blocked', activeCertificates: 1 }),
      ],
      nextCursor: null,
    });
    expect(stderr).toContain(`touchmark cert revoke --key ${keyOf(certified.request)}`);
    expect(outcomeOf(await renew(certified, certified.request))).toEqual(refused);
    writeFileSync(list, 'nonsense\n');
    expect((await touchmark.cli(...args)).code).toBe(1);
    writeFileSync(list, '# nothing\n');
    expect((await touchmark.cli(...args)).code).toBe(1);
    expect((await touchmark.cli(...args, fresh)).code).toBe(2);
    expect((await touchmark.cli('key', 'block', '--reason', 'none named')).code).toBe(2);
    rmSync(list);
  });

  it('of more keys than one request takes is paged through afterwards, last blocked first', async () => {
    const keys = Array.from({ length: 1200 }, newKey);
    const list = fileWith('many.txt', keys.join('\n'));
    const { code } = await touchmark.cli('key', 'block', '--list', list, '--reason', 'many');
    expect(code).toBe(0);
    const { items } = (await touchmark.cliJson('key', 'blocked', '--all')) as { items: BlockedKey[] };
    const many = items.filter(({ reason }) => reason === 'many').map(({ publicKeySha256 }) => publicKeySha256);
    expect(many.toSorted()).toEqual(keys.toSorted());
    expect(items.map(({ blockedAt }) => blockedAt)).toEqual(
      items.map(({ blockedAt }) => blockedAt).toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0)),
    );
    rmSync(list);
  });
});

describe('over REST', () => {
  it('a fault in one key is named by its pointer, and nothing is blocked', async () => {
    const key = newKey();
    const answer = await call('POST', '/blocked-keys', { publicKeySha256: [key, 'beef'], reason: 'why' });
    expect(answer).toMatchObject({
      status: 400,
      json: { code: 'requestInvalid', errors: [{ pointer: '#/publicKeySha256/1' }] },
    });
    expect((await call('GET', `/blocked-keys/${key}`)).status).toBe(404);
  });

  it.each([
    ['no reason', { publicKeySha256: ['ab'.repeat(32)], reason: '  ' }],
    ['a reason of two lines', { publicKeySha256: ['ab'.repeat(32)], reason: 'one\ntwo' }],
    ['no key', { publicKeySha256: [], reason: 'why' }],
    ['1001 keys', { publicKeySha256: Array.from({ length: 1001 }, newKey), reason: 'why' }],
  ])('%s is 400', async (_, body) => {
    expect((await call('POST', '/blocked-keys', body)).status).toBe(400);
  });

  it('a key named in upper case is the same; unblocked, it is not there any more', async () => {
    const key = newKey();
    expect(await block(key.toUpperCase(), key)).toMatchObject([{ publicKeySha256: key }, { publicKeySha256: key }]);
    expect(await call('GET', `/blocked-keys/${key.toUpperCase()}`)).toMatchObject({
      status: 200,
      json: { publicKeySha256: key, blockedBy: 'administrator', reason: 'seen in an image' },
    });
    expect((await call('DELETE', `/blocked-keys/${key}`)).status).toBe(204);
    expect((await call('DELETE', `/blocked-keys/${key}`)).status).toBe(404);
  });
});
