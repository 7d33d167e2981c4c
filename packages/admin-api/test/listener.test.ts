import { createServer } from 'node:https';
import { connect } from 'node:tls';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createAdminApp, routes } from '../src/index.ts';
import { createWorld, tokenOf } from './support/world.ts';
import type { World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const asViewer = { token: tokenOf('viewer') };

describe('methods', () => {
  it.each([...new Set(routes.map(({ path }) => path))])('PUT %s is 405 and says what is allowed', async (path) => {
    const answer = await world.call({ method: 'PUT', path: `/api/v1${path.replaceAll(/\{\w+\}/g, 'x')}` });
    expect(answer.status).toBe(405);
    const methods = routes
      .filter((route) => route.path === path)
      .flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    expect(answer.headers.allow).toBe(methods.join(', '));
  });

  it('answers HEAD as GET without the body', async () => {
    const answer = await world.call({ method: 'HEAD', path: '/api/v1/devices', ...asViewer });
    expect(answer.status).toBe(200);
    expect(answer.text).toBe('');
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(10);
  });
});

describe('security headers', () => {
  it.each(['/api/v1/devices', '/api/v1/nothing', '/setup', '/'])(
    '%s has a strict policy and tells nothing of the program',
    async (path) => {
      const { headers } = await world.call({ path, ...asViewer });
      const policy = headers['content-security-policy'] ?? '';
      expect(String(policy).split(';')).toEqual(
        expect.arrayContaining([
          "default-src 'none'",
          "script-src 'self'",
          "frame-ancestors 'none'",
          "base-uri 'none'",
        ]),
      );
      expect(policy).not.toContain('unsafe');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['x-frame-options']).toBe('DENY');
      expect(headers['referrer-policy']).toBe('no-referrer');
      expect(headers['x-powered-by']).toBeUndefined();
      // The CRLs on the same host name are plain HTTP.
      expect(headers['strict-transport-security']).toBeUndefined();
      expect(headers['access-control-allow-origin']).toBeUndefined();
    },
  );
});

describe('requests made by pages of other sites', () => {
  const act = { method: 'POST', path: '/api/v1/crls', body: { authority: 'issuing' } };
  it.each([
    ['Sec-Fetch-Site: cross-site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['Sec-Fetch-Site: same-site', { 'Sec-Fetch-Site': 'same-site' }],
    ['a foreign Origin', { Origin: 'https://evil.example' }],
    ['the Origin null', { Origin: 'null' }],
  ])('%s cannot act, though the browser sends the certificate along', async (_, headers) => {
    const acts = world.services.acts.length;
    const answer = await world.call({ ...act, headers, identity: world.identities.administrator });
    expect(answer.json).toMatchObject({ status: 403, code: 'crossSiteRequest' });
    expect(world.services.acts).toHaveLength(acts);
  });

  it('its own pages can', async () => {
    const origin = `https://127.0.0.1:${world.listener.port}`;
    const headers = { 'Sec-Fetch-Site': 'same-origin', Origin: origin };
    const answer = await world.call({ ...act, headers, identity: world.identities.operator });
    expect(answer.status).toBe(202);
  });
});

describe('failures inside', () => {
  it('are answered without a word of them, and logged under the request id', async () => {
    const secretText = 'connection to postgres://touchmark:hunter2@db failed';
    const failing = jest.spyOn(world.services, 'listDevices').mockRejectedValueOnce(new Error(secretText));
    const before = world.failures.length;
    const answer = await world.call({ path: '/api/v1/devices', ...asViewer });
    failing.mockRestore();
    expect(answer.json).toMatchObject({
      status: 500,
      code: 'internal',
      requestId: answer.headers['touchmark-request'],
    });
    expect(answer.text).not.toMatch(/hunter2|postgres|\.ts|at /);
    expect(world.failures.slice(before)).toEqual([expect.objectContaining({ message: secretText })]);
  });

  it('that pass are 503 with Retry-After', async () => {
    const { CaError } = await import('@touchmark/ca');
    const error = new CaError('registryUnavailable', 'The registry does not answer.', { retryAfterSeconds: 2.5 });
    const failing = jest.spyOn(world.services, 'listDevices').mockRejectedValueOnce(error);
    const answer = await world.call({ path: '/api/v1/devices', ...asViewer });
    failing.mockRestore();
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('3');
    expect(answer.json).toMatchObject({ code: 'registryUnavailable', hint: expect.any(String) });
  });
});

describe('a body over 100 KiB', () => {
  it('is refused though its length is not declared, before it is read whole', async () => {
    const socket = connect({ port: world.listener.port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    let received = '';
    socket.setEncoding('utf8').on('data', (text: string) => (received += text));
    socket.on('error', () => undefined);
    socket.write(
      `POST /api/v1/crls HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokenOf('operator')}\r\n` +
        'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`;
    // 112 KiB, and never an end.
    for (let index = 0; index < 7; index++) socket.write(chunk);
    for (let tries = 0; tries < 200 && !received.includes('\r\n\r\n'); tries++)
      await new Promise((resolve) => setTimeout(resolve, 25));
    socket.destroy();
    expect(received).toMatch(/^HTTP\/1\.1 413 /);
    expect(received).toContain('bodyTooLarge');
  });
});

describe('a resumed TLS session', () => {
  it('authenticates nobody, because its certificate was not proven in this connection', async () => {
    const { serverIdentity, identities, authority } = world;
    const server = createServer(
      {
        key: serverIdentity.keyPem,
        cert: serverIdentity.pem + authority.issuing.certificate.pem,
        requestCert: true,
        rejectUnauthorized: false,
      },
      createAdminApp({ services: world.services }),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const credentials = { key: identities.administrator.keyPem, cert: identities.administrator.pem };
    const ask = async (
      session: Buffer | undefined,
    ): Promise<{ status: string; session: Buffer | undefined; reused: boolean }> => {
      const socket = connect({
        port,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        ...credentials,
        ...(session && { session }),
      });
      let ticket: Buffer | undefined;
      socket.on('session', (next) => (ticket = next));
      await once(socket, 'secureConnect');
      const reused = socket.isSessionReused();
      socket.write('GET /api/v1/whoami HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      let text = '';
      for await (const part of socket) text += String(part);
      return { status: text.slice(9, 12), session: ticket, reused };
    };
    const first = await ask(undefined);
    const second = await ask(first.session);
    server.close();
    expect(first).toMatchObject({ status: '200', reused: false });
    expect(second).toMatchObject({ status: '401', reused: true });
  });
});

describe('the setup page', () => {
  it('loads its script and style from files of its own', async () => {
    const page = await world.call({ path: '/setup' });
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(page.text).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|style=/);
    const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '');
    expect(files).toEqual(['/setup/setup.css', '/setup/setup.js']);
    for (const path of files) expect((await world.call({ path })).status).toBe(200);
  });

  it('exchanges the token once', async () => {
    world.services.setupTokens.set('from-the-link', 'administrator');
    const call = { method: 'POST', path: '/api/v1/setup', body: { token: 'from-the-link' } };
    const first = await world.call(call);
    expect(first.json).toMatchObject({
      name: expect.stringMatching(/^setup-[0-9a-f]{8}$/),
      role: 'administrator',
      token: expect.any(String),
    });
    const { token, expiresAt } = first.json as { token: string; expiresAt: string };
    expect(Math.round((Date.parse(expiresAt) - Date.now()) / 86_400_000)).toBe(90);
    expect((await world.call({ path: '/api/v1/whoami', token })).json).toMatchObject({ role: 'administrator' });
    expect((await world.call(call)).json).toMatchObject({ status: 403, code: 'secretSpent' });
    expect((await world.call({ ...call, body: { token: 'guessed' } })).json).toMatchObject({
      status: 403,
      code: 'secretWrong',
    });
  });
});

describe('request events', () => {
  it('tell route, principal, code and status, and no secret', async () => {
    await world.call({ path: '/api/v1/attempts?limit=0', ...asViewer });
    // The event comes when the answer is gone, which may be after the client has it.
    const find = () => world.events.find(({ route }) => route === 'listAttempts');
    for (let tries = 0; tries < 100 && find() === undefined; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(find()).toMatchObject({
      status: 400,
      code: 'requestInvalid',
      principal: { name: 'token-viewer', role: 'viewer' },
      remoteAddress: '127.0.0.1',
    });
    expect(JSON.stringify(world.events)).not.toContain(tokenOf('viewer'));
  });
});
