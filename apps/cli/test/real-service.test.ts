/** SECURITY, "Admin surface": who may administer, how one gets in, how one is put out again, and that the last one stays. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Certificate, CreatedSetupToken, Credential, IssuedAnswer, SetupAnswer } from '@touchmark/admin-api';
import { buildCertificationRequest } from '@touchmark/testkit';
import { askEst } from '../../../test/support/est-request.ts';
import { openHomeRegistry } from '../../../test/support/home-registry.ts';
import { exchange } from '../../../test/support/https-exchange.ts';
import { newTouchmark } from '../../../test/support/touchmark.ts';
import type { Touchmark } from '../../../test/support/touchmark.ts';

let touchmark: Touchmark;
let registry: ReturnType<typeof openHomeRegistry>;

beforeAll(async () => {
  touchmark = await newTouchmark();
  await touchmark.placeCluster();
  await touchmark.start();
  registry = openHomeRegistry(touchmark.home);
}, 120_000);

afterAll(async () => {
  await registry?.close();
  await touchmark?.dispose();
});

interface Answer {
  readonly status: number;
  readonly json: unknown;
}

/** By token, or without one as the administrator of the home. */
async function call(method: string, path: string, { token, body, headers }: CallOptions = {}): Promise<Answer> {
  const { firstRun, home, rootCertificateFile } = touchmark;
  const credential =
    token === undefined
      ? {
          cert: readFileSync(join(home, firstRun.adminCertificateFile)),
          key: readFileSync(join(home, firstRun.adminKeyFile)),
        }
      : {};
  const answer = await exchange(
    `${firstRun.adminUrl}/api/v1${path}`,
    {
      method,
      ca: readFileSync(rootCertificateFile),
      ...credential,
      headers: {
        ...(token !== undefined && token !== '' && { Authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
    },
    body === undefined ? undefined : JSON.stringify(body),
  );
  const text = answer.body.toString();
  return { status: answer.status, json: text === '' ? undefined : JSON.parse(text) };
}

interface CallOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

const nobody = '';
const statusOf = async (token: string): Promise<number> => (await call('GET', '/devices', { token })).status;
const createSetupToken = async (): Promise<CreatedSetupToken> =>
  (await call('POST', '/setup-tokens')).json as CreatedSetupToken;
const setUp = async (name?: string): Promise<SetupAnswer> => {
  const { token } = await createSetupToken();
  const body = { token, ...(name !== undefined && { name }) };
  return (await call('POST', '/setup', { token: nobody, body })).json as SetupAnswer;
};
const list = async (token?: string): Promise<Credential[]> =>
  ((await call('GET', '/principals', token === undefined ? {} : { token })).json as { items: Credential[] }).items;
const idOf = async (name: string): Promise<string> =>
  (await list()).find((credential) => credential.name === name)?.id ?? '';
const auditOf = async (subject: string): Promise<string[]> => {
  const { items } = await registry.admin.listAudit({ subject }, { limit: 10, cursor: undefined });
  return items.map(({ actor, action }) => `${actor} ${action}`);
};

describe('a setup link', () => {
  it('made on the host gives one more administrator a token for 90 days, once, and all of it is audited', async () => {
    const { code, stdout } = await touchmark.cli('setup-link');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${touchmark.firstRun.adminUrl}/setup#[\\w-]{32}\n$`));
    const body = { token: stdout.trim().split('#')[1], name: 'ada' };
    const answer = await call('POST', '/setup', { token: nobody, body });
    expect(answer.json).toMatchObject({ name: 'ada', role: 'administrator' });
    const { token, expiresAt } = answer.json as SetupAnswer;
    expect(Math.round((Date.parse(expiresAt) - Date.now()) / 86_400_000)).toBe(90);
    expect(await statusOf(token)).toBe(200);
    expect((await call('POST', '/setup', { token: nobody, body })).json).toMatchObject({ code: 'secretSpent' });
    expect((await list()).find(({ name }) => name === 'ada')).toMatchObject({
      kind: 'token',
      status: 'active',
      expiresAt,
    });
    expect(await auditOf('principal:ada')).toEqual(['principal:ada setup.completed']);
    const { rows } = await registry.pool.query<{ actor: string }>(
      "SELECT actor FROM audit_event WHERE action = 'setupToken.created' AND actor LIKE 'principal:%'",
    );
    expect(rows).toEqual([{ actor: 'principal:administrator' }]);
  });

  it('leads to the setup page at the address of the listener', async () => {
    const { token, link } = await createSetupToken();
    expect(link).toBe(`${touchmark.firstRun.adminUrl}/setup#${token}`);
    const page = await exchange(link, { ca: readFileSync(touchmark.rootCertificateFile) });
    expect(page.body.toString()).toContain('<title>Touchmark setup</title>');
  });

  it('calls nobody as somebody else is called, nor as the service calls itself', async () => {
    const names = [];
    for (const name of ['eve', 'eve', 'EVE', 'system', 'administrator', undefined, undefined]) {
      names.push((await setUp(name)).name);
    }
    expect(names).toEqual([
      'eve',
      ...['eve', 'EVE', 'system', 'administrator', 'setup', 'setup'].map((name) =>
        expect.stringMatching(new RegExp(`^${name}-[0-9a-f]{8}$`)),
      ),
    ]);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('an API token', () => {
  it('opens nothing after its end', async () => {
    const { token } = await setUp('brief');
    expect(await statusOf(token)).toBe(200);
    await registry.pool.query("UPDATE principal SET expires_at = now() - interval '1 second' WHERE name = 'brief'");
    expect(await statusOf(token)).toBe(401);
    expect((await list()).find(({ name }) => name === 'brief')).toMatchObject({ status: 'expired' });
  });

  it('opens nothing after it is revoked on the command line, which is audited once', async () => {
    const { token } = await setUp('lost');
    const id = await idOf('lost');
    expect(await touchmark.cliJson('admin', 'revoke', id)).toMatchObject({ id, status: 'revoked', changed: true });
    expect(await statusOf(token)).toBe(401);
    expect(await touchmark.cliJson('admin', 'revoke', id)).toMatchObject({ changed: false });
    expect(await auditOf('principal:lost')).toEqual([
      'principal:administrator principal.revoked',
      'principal:lost setup.completed',
    ]);
  });
});

describe('the last administrator', () => {
  const activeAdministrators = async (): Promise<Credential[]> =>
    (await list()).filter(({ role, status }) => role === 'administrator' && status === 'active');

  it('cannot be revoked, neither as principal nor as certificate, nor by two who revoke each other', async () => {
    const { token } = await setUp('rival');
    const rival = await idOf('rival');
    const home = await idOf('administrator');
    for (const { id } of await activeAdministrators()) {
      if (id !== rival && id !== home) expect((await call('POST', `/principals/${id}/revoke`)).status).toBe(200);
    }
    const answers = await Promise.all([
      call('POST', `/principals/${rival}/revoke`),
      call('POST', `/principals/${home}/revoke`, { token }),
    ]);
    // The second was known when it asked, or was not any more: it did nothing either way.
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses[0]).toBe(200);
    expect([401, 409]).toContain(statuses[1]);
    const survivor = answers[0]?.status === 200 ? {} : { token };
    const { items } = (await call('GET', '/principals', survivor)).json as { items: Credential[] };
    const active = items.filter(({ role, status }) => role === 'administrator' && status === 'active');
    expect(active).toHaveLength(1);
    const again = await call('POST', `/principals/${active[0]?.id}/revoke`, survivor);
    expect(again).toMatchObject({ status: 409, json: { code: 'conflict' } });
    // For the tests that follow.
    await registry.pool.query("UPDATE principal SET revoked_at = NULL WHERE name = 'administrator'");
    await registry.pool.query("UPDATE principal SET revoked_at = now() WHERE name = 'rival'");
    const { certificateFingerprintSha256: fingerprint } = (await activeAdministrators())[0] ?? {};
    const body = { reason: 'superseded' };
    const asCertificate = await call('POST', `/certificates/${fingerprint}/revoke`, { body });
    expect(asCertificate).toMatchObject({ status: 409, json: { code: 'conflict' } });
    expect((await call('GET', '/whoami')).json).toMatchObject({ name: 'administrator' });
  });

  it('is not put out by an officer who revokes the certificate', async () => {
    const { token } = await setUp('officer');
    await registry.pool.query("UPDATE principal SET role = 'officer' WHERE name = 'officer'");
    const fingerprint = (await list()).find(({ name }) => name === 'administrator')?.certificateFingerprintSha256;
    const body = { reason: 'superseded' };
    const answer = await call('POST', `/certificates/${fingerprint}/revoke`, { token, body });
    expect(answer).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    expect((await call('GET', '/principals', { token })).status).toBe(403);
    expect((await call('POST', '/setup-tokens', { token })).status).toBe(403);
  });

  it('can put out the certificate of the home when another stays', async () => {
    const { token } = await setUp('successor');
    const fingerprint = (await list()).find(({ name }) => name === 'administrator')?.certificateFingerprintSha256;
    const body = { reason: 'keyCompromise' };
    const answer = await call('POST', `/certificates/${fingerprint}/revoke`, { token, body });
    expect(answer).toMatchObject({ status: 200, json: { status: 'revoked' } });
    expect((await call('GET', '/whoami')).status).toBe(401);
    expect((await list(token)).find(({ name }) => name === 'administrator')).toMatchObject({ status: 'revoked' });
    administrator = token;
  });
});

/** From here on by token: the certificate of the home is revoked. */
let administrator = '';

describe('an Idempotency-Key', () => {
  it('does not bring back a certificate that was revoked', async () => {
    const { certificationRequestDer } = await buildCertificationRequest({ commonName: 'broker.example.com' });
    const body = {
      profile: 'server',
      certificationRequest: Buffer.from(certificationRequestDer).toString('base64'),
      commonName: 'broker.example.com',
      subjectAltNames: [{ kind: 'dns', value: 'broker.example.com' }],
    };
    const ask = (key: string) =>
      call('POST', '/certificates', { token: administrator, body, headers: { 'Idempotency-Key': key } });
    const first = (await ask('one')).json as IssuedAnswer;
    expect(((await ask('one')).json as IssuedAnswer).certificate.id).toBe(first.certificate.id);
    const revoked = await call('POST', `/certificates/${first.certificate.id}/revoke`, {
      token: administrator,
      body: { reason: 'superseded' },
    });
    expect((revoked.json as Certificate).status).toBe('revoked');
    expect(await ask('one')).toMatchObject({ status: 409, json: { code: 'certificateRevoked' } });
    expect((await ask('two')).status).toBe(201);
  });
});

describe('a secret that is bound to a device', () => {
  const createSecret = (deviceId: string) =>
    call('POST', '/endpoints/factory/secrets', { token: administrator, body: { deviceId } });

  it('registers the device, and is good for it alone', async () => {
    const { status, json } = await createSecret('pump-17');
    expect(status).toBe(201);
    expect((await call('GET', '/devices/pump-17', { token: administrator })).json).toMatchObject({
      state: 'registered',
    });
    const { secret } = json as { secret: string };
    const { certificationRequestDer: body } = await buildCertificationRequest({ commonName: 'pump-17' });
    expect((await askEst(touchmark, { secret, userName: 'pump-18', body })).status).toBe(403);
    expect((await askEst(touchmark, { secret, userName: 'pump-17', body })).status).toBe(200);
  });

  it.each(['pump 17', 'pump-', 'a'.repeat(65), 'a/b'])(
    'is not made for "%s", which no device can be called',
    async (id) => {
      expect(await createSecret(id)).toMatchObject({ status: 400, json: { code: 'requestInvalid' } });
    },
  );
});
