import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CaError } from '@touchmark/ca';
import { serveHttps } from '@touchmark/http';
import type { HttpsListener } from '@touchmark/http';
import { itWith } from '../../../test/support/programs.ts';
import { createEstHandler, estOverloaded } from '../src/index.ts';
import { deviceIdentity, requestPem, serverIdentity } from './identities.ts';
import { ScriptedAuthority, basic, certificateDer, requestBase64, requestDer } from './scripted-authority.ts';

const run = promisify(execFile);
const withCurl = itWith('curl');
const withOpenssl = itWith('curl', 'openssl');

let listener: HttpsListener;
let authority: ScriptedAuthority;
let folder: string;
const faults: unknown[] = [];
const inFolder = (name: string): string => join(folder, name);
const url = (operation: string): string => `${listener.url}/.well-known/est/factory/${operation}`;

beforeAll(async () => {
  listener = await serveHttps({
    listen: { host: '127.0.0.1', port: 0 },
    handler: (request) => createEstHandler(authority, { onError: (error) => faults.push(error) })(request),
    overloaded: estOverloaded,
    limits: { requestTimeoutSeconds: 2, headersTimeoutSeconds: 1 },
    tls: { ...serverIdentity, requestCert: true },
  });
  folder = await mkdtemp(join(tmpdir(), 'touchmark-est-'));
  await writeFile(inFolder('device.pem'), `${deviceIdentity.key}${deviceIdentity.certificateChainPem}`);
  await writeFile(inFolder('request.pem'), requestPem);
  await writeFile(inFolder('request.der'), requestDer);
  await writeFile(inFolder('request.b64'), requestBase64);
});

beforeEach(() => {
  authority = new ScriptedAuthority();
});

afterAll(async () => {
  expect(faults).toEqual([]);
  await listener.close({ drainSeconds: 0 });
  await rm(folder, { recursive: true });
});

async function open(): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port: listener.port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  return socket;
}

async function readToEnd(socket: TLSSocket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += (chunk as Buffer).toString('latin1');
  return text;
}

async function exchange(octets: string | Buffer): Promise<string> {
  const socket = await open();
  socket.write(octets);
  return readToEnd(socket);
}

const post = (body: string, ...fields: string[]): string =>
  [
    'POST /.well-known/est/simpleenroll HTTP/1.1',
    'Host: h',
    `Authorization: ${basic('', 'secret')}`,
    'Content-Type: application/pkcs10',
    'Connection: close',
    `Content-Length: ${body.length}`,
    ...fields,
    '',
    body,
  ].join('\r\n');

describe('curl and openssl', () => {
  withOpenssl('enroll, and openssl reads the certificate', async () => {
    const script =
      `curl -sSk --fail -u :secret -H 'Content-Type: application/pkcs10' --data-binary @request.b64 ${url('simpleenroll')}` +
      ' | openssl base64 -d | openssl pkcs7 -inform DER -print_certs';
    const { stdout } = await run('sh', ['-c', script], { cwd: folder });
    expect(/-----BEGIN CERTIFICATE-----[^]*-----END CERTIFICATE-----\n/.exec(stdout)?.[0]).toBe(
      deviceIdentity.certificateChainPem,
    );
    expect(authority.requests[0]?.credentials.password).toEqual({ userName: '', value: 'secret' });
  });

  withOpenssl('read cacerts', async () => {
    const script = `curl -sSk --fail ${url('cacerts')} | openssl base64 -d | openssl pkcs7 -inform DER -print_certs -noout`;
    const { stdout } = await run('sh', ['-c', script], { cwd: folder });
    expect(stdout.match(/^subject/gm)).toHaveLength(2);
  });

  const bodies = ['request.pem', 'request.der', 'request.b64'];
  const ways: readonly [name: string, options: readonly string[]][] = [
    ['plainly', ['-H', 'Content-Type: application/pkcs10']],
    ["with curl's own Content-Type", []],
    ['without Content-Type', ['-H', 'Content-Type:']],
    ['in chunks', ['-H', 'Transfer-Encoding: chunked']],
    ['expecting 100', ['-H', 'Expect: 100-continue']],
    ['over TLS 1.2', ['--tls-max', '1.2']],
    ['over HTTP/1.0', ['--http1.0']],
    ['with Content-Transfer-Encoding', ['-H', 'Content-Transfer-Encoding: base64']],
  ];
  describe.each(bodies)('send %s', (body) => {
    withCurl.each(ways)('%s', async (_name, options) => {
      const { stdout } = await run('curl', [
        '-sSk',
        '-w',
        '\n%{http_code}',
        '-u',
        'device-1:secret',
        ...options,
        '--data-binary',
        `@${inFolder(body)}`,
        url('simpleenroll'),
      ]);
      expect(stdout).toMatch(/\n200$/);
      expect(Buffer.from(authority.requests[0]!.requestDer).equals(requestDer)).toBe(true);
    });
  });

  withCurl('curl -d strips the line breaks of PEM: refused with a reason, not a crash', async () => {
    const { stdout } = await run('curl', [
      '-sSk',
      '-w',
      '\n%{http_code}',
      '-u',
      ':s',
      '-d',
      `@${inFolder('request.pem')}`,
      url('simpleenroll'),
    ]);
    expect(stdout).toMatch(/requestPemBroken[^]*\n400$/);
  });

  withCurl('the client certificate comes along, with and without Basic', async () => {
    const curl = ['-sSk', '--cert', inFolder('device.pem'), '--data-binary', `@${inFolder('request.b64')}`];
    await run('curl', [...curl, url('simplereenroll')]);
    await run('curl', [...curl, '-u', ':secret', url('simpleenroll')]);
    expect(authority.requests.map((request) => request.operation)).toEqual(['simplereenroll', 'simpleenroll']);
    for (const { credentials } of authority.requests) {
      expect(Buffer.from(credentials.certificateDer!).equals(certificateDer)).toBe(true);
    }
    expect(authority.requests.map(({ credentials }) => credentials.password !== undefined)).toEqual([false, true]);
  });

  withCurl('--anyauth learns from the 401 that Basic is wanted', async () => {
    authority.outcome = (request) =>
      request.credentials.password === undefined
        ? { kind: 'refused', attemptId: 'a-1', error: new CaError('credentialsMissing', 'Send a secret.') }
        : { kind: 'issued', attemptId: 'a-2', certificateDer };
    const { stdout } = await run('curl', [
      '-sSk',
      '-o',
      inFolder('out'),
      '-w',
      '%{http_code}',
      '--anyauth',
      '-u',
      ':secret',
      '--data-binary',
      `@${inFolder('request.b64')}`,
      url('simpleenroll'),
    ]);
    expect(stdout).toBe('200');
    expect(authority.requests).toHaveLength(2);
  });
});

describe('the octets of the answers', () => {
  it('an issued certificate: canonical names, fewer than 16 fields, under 1 KiB of head, never chunked', async () => {
    const text = await exchange(post(requestBase64));
    const [head = ''] = text.split('\r\n\r\n');
    const names = head
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(':')[0]);
    expect(names).toEqual([
      'Content-Type',
      'Content-Transfer-Encoding',
      'Touchmark-Attempt',
      'Content-Length',
      'Date',
      'Connection',
    ]);
    expect(head.length).toBeLessThan(1024);
    expect(text).toContain('\r\nContent-Type: application/pkcs7-mime; smime-type=certs-only\r\n');
    expect(text.endsWith('\n')).toBe(true);
    expect(text.length - head.length - 4).toBe(Number(/Content-Length: (\d+)/.exec(head)?.[1]));
  });

  it.each([
    ['401', { kind: 'refused', attemptId: 'a', error: new CaError('secretWrong', 'x') }],
    ['202', { kind: 'pending', attemptId: 'a', retryAfterSeconds: 300 }],
  ] as const)('%s has Content-Length: 0', async (status, outcome) => {
    authority.outcome = outcome;
    const text = await exchange(post(requestBase64));
    expect(text).toContain(`HTTP/1.1 ${status} `);
    expect(text).toMatch(/\r\nContent-Length: 0\r\n[^]*\r\n\r\n$/);
  });

  it('Connection: close is honoured at once', async () => {
    const socket = await open();
    const start = performance.now();
    socket.write(post(requestBase64));
    await readToEnd(socket);
    expect(performance.now() - start).toBeLessThan(8000);
  });
});

describe('hostile and broken clients', () => {
  it('a body of 10 MB is refused with an attempt, and the client can read that', async () => {
    const socket = await open();
    const errors: unknown[] = [];
    socket.on('error', (error) => errors.push(error));
    socket.write('POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000\r\n\r\n');
    for (let i = 0; i < 100; i++) if (!socket.write(Buffer.alloc(100_000, 'A'))) await once(socket, 'drain');
    const text = await readToEnd(socket);
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text).toContain('\r\nTouchmark-Attempt: early-1\r\nTouchmark-Reason: requestTooLarge\r\n');
    expect(errors).toEqual([]);
    expect(authority.refusals).toMatchObject([{ error: { code: 'requestTooLarge' } }]);
  });

  it('chunks without end are refused at 64 KiB', async () => {
    const socket = await open();
    socket.on('error', () => undefined);
    socket.write('POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n');
    const feed = setInterval(() => void socket.write(`1000\r\n${'A'.repeat(4096)}\r\n`), 2);
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    clearInterval(feed);
    expect(chunk.toString('latin1')).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  it('a body that comes too slowly is refused with an attempt', async () => {
    const socket = await open();
    socket.write('POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: h\r\nContent-Length: 500\r\n\r\n');
    const drip = setInterval(() => void socket.write('A'), 200);
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    clearInterval(drip);
    expect(chunk.toString('latin1')).toMatch(/^HTTP\/1\.1 408 [^]*Touchmark-Attempt: early-1/);
    socket.destroy();
  });

  it.each([
    ['an empty body', post(''), '400'],
    ['prose', post('I would like a certificate'), '400'],
    ['a NUL', post('\0'), '400'],
    ['two Authorizations', post(requestBase64, `Authorization: ${basic('', 'other')}`), '400'],
    ['a path with a line break', 'GET /.well-known/est/ca\ncerts HTTP/1.1\r\n\r\n', '400'],
    ['an unknown method', 'BREW /.well-known/est/cacerts HTTP/1.1\r\n\r\n', '400'],
    [
      'a known method that is not served',
      'DELETE /.well-known/est/cacerts HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
      '405',
    ],
    [
      'an upgrade to HTTP/2',
      `GET /.well-known/est/cacerts HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`,
      '200',
    ],
  ])('%s', async (_name, octets, status) => {
    expect(await exchange(Buffer.from(octets, 'latin1'))).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });
});
