import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { itWith } from '../../../test/support/programs.ts';
import { serveHttps } from '../src/index.ts';
import type { HttpHandler, HttpsListener, TlsConnection } from '../src/index.ts';
import { clientCertificate, renewedServerCertificate, serverCertificate } from './certificates.ts';
import { openTls, readToEnd, readUntil, sleep } from './raw-client.ts';

const run = promisify(execFile);
const withOpenssl = itWith('openssl');
const withCurl = itWith('curl');

const get = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n';
const getAndClose = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
const clientTls = { cert: clientCertificate.certificateChainPem, key: clientCertificate.key };
const clientDer = new X509Certificate(clientCertificate.certificateChainPem).raw;

let listener: HttpsListener;
let folder: string;
const connections: (TlsConnection | undefined)[] = [];
/** Those of the same requests; there are none after the end of a connection. */
const exporters: (Uint8Array | undefined)[] = [];

const handler: HttpHandler = async (request) => {
  connections.push(request.tls);
  exporters.push(request.tls?.tlsExporter);
  const body = await request.readBody(1000).catch(() => undefined);
  if (body === undefined) return { status: 413, headers: [], body: 'too large' };
  const peer = request.tls?.peerCertificateDer === undefined ? 'nobody' : 'client';
  return { status: 200, headers: [['Content-Type', 'text/plain']], body: `${peer} ${request.tls?.protocol}` };
};

beforeAll(async () => {
  listener = await serveHttps({
    listen: { host: '127.0.0.1', port: 0 },
    handler,
    tls: { ...serverCertificate, requestCert: true },
  });
  folder = await mkdtemp(join(tmpdir(), 'touchmark-http-'));
  await writeFile(join(folder, 'client.pem'), `${clientCertificate.key}${clientCertificate.certificateChainPem}`);
});

afterAll(async () => {
  await listener.close({ drainSeconds: 0 });
  await rm(folder, { recursive: true });
});

/** The server's view of one connection. */
async function connectionOf(options: ConnectionOptions): Promise<TlsConnection> {
  const socket = await openTls(listener.port, options);
  socket.write(getAndClose);
  await readToEnd(socket);
  return connections.at(-1)!;
}

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s', (version) => {
  const only = { minVersion: version, maxVersion: version };

  it('the peer certificate is the one presented, octet for octet', async () => {
    const connection = await connectionOf({ ...only, ...clientTls });
    expect(connection.protocol).toBe(version);
    expect(Buffer.from(connection.peerCertificateDer!).equals(clientDer)).toBe(true);
  });

  it('a client without a certificate is let in as nobody', async () => {
    expect((await connectionOf(only)).peerCertificateDer).toBeUndefined();
  });

  it('the channel bindings are those of the client', async () => {
    const socket = await openTls(listener.port, only);
    const finished = socket.getFinished();
    const exported =
      version === 'TLSv1.3' ? socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)) : undefined;
    socket.write(getAndClose);
    await readToEnd(socket);
    const { tlsUnique, tlsExporter: afterTheEnd } = connections.at(-1)!;
    const tlsExporter = exporters.at(-1);
    expect(afterTheEnd).toBeUndefined();
    if (version === 'TLSv1.2') {
      expect(Buffer.from(tlsUnique!).equals(finished!)).toBe(true);
      expect(tlsUnique).toHaveLength(12);
      expect(tlsExporter).toBeUndefined();
    } else {
      expect(Buffer.from(tlsExporter!).equals(exported!)).toBe(true);
      expect(tlsUnique).toBeUndefined();
    }
  });

  it('the same facts hold for every request of a connection', async () => {
    const socket = await openTls(listener.port, { ...only, ...clientTls });
    socket.write(get);
    await readUntil(socket, /client/);
    socket.write(getAndClose);
    await readToEnd(socket);
    expect(connections.at(-1)).toBe(connections.at(-2));
  });

  it('nothing is resumed: a session of a client with a certificate is worth nothing', async () => {
    const first = await openTls(listener.port, { ...only, ...clientTls });
    const sessions: Buffer[] = [];
    first.on('session', (session) => sessions.push(session));
    first.write(getAndClose);
    expect(await readToEnd(first)).toContain('client TLS');
    const session = sessions.at(-1) ?? first.getSession();
    expect(session).toBeDefined();
    const second = await openTls(listener.port, { ...only, session: session! });
    expect(second.isSessionReused()).toBe(false);
    second.write(getAndClose);
    expect(await readToEnd(second)).toContain('nobody TLS');
  });

  withOpenssl('openssl s_client cannot resume either', async () => {
    const flag = version === 'TLSv1.2' ? '-tls1_2' : '-tls1_3';
    const session = join(folder, `session-${version}`);
    const talk = async (...options: string[]): Promise<string> => {
      const client = run('openssl', ['s_client', '-connect', `127.0.0.1:${listener.port}`, flag, ...options]);
      client.child.stdin!.write(get);
      let said = '';
      client.child.stdout!.on('data', (text: string) => (said += text));
      for (let tries = 0; !/(?:client|nobody) TLS/.test(said) && tries < 200; tries++) await sleep(50);
      client.child.stdin!.end();
      return (await client.catch((error: unknown) => error as { stdout: string })).stdout;
    };
    const before = await talk(
      '-cert',
      join(folder, 'client.pem'),
      '-key',
      join(folder, 'client.pem'),
      '-sess_out',
      session,
    );
    expect(before).toContain('client TLS');
    const after = await talk('-sess_in', session);
    expect(after).toContain('nobody TLS');
    expect(after).toMatch(/^New, TLS/m);
    expect(after).not.toMatch(/^Reused/m);
  });

  it('Connection: close is honoured at once', async () => {
    const socket = await openTls(listener.port, only);
    const start = performance.now();
    socket.write(getAndClose);
    await readToEnd(socket);
    expect(performance.now() - start).toBeLessThan(8000);
  });

  it('an early refusal reaches a client that is still writing', async () => {
    const socket = await openTls(listener.port, only);
    const errors: unknown[] = [];
    socket.on('error', (error) => errors.push(error));
    socket.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000\r\n\r\n');
    for (let i = 0; i < 100; i++) {
      if (!socket.write(Buffer.alloc(100_000))) await once(socket, 'drain');
    }
    expect(await readToEnd(socket)).toMatch(/^HTTP\/1\.1 413 [^]*too large$/);
    expect(errors).toEqual([]);
  });
});

describe('the handshake', () => {
  withOpenssl('openssl s_client -reconnect makes six full handshakes', async () => {
    const client = run('openssl', ['s_client', '-connect', `127.0.0.1:${listener.port}`, '-tls1_2', '-reconnect']);
    client.child.stdin!.end();
    const { stdout } = await client;
    expect(stdout.match(/^New, TLSv1\.2/gm)).toHaveLength(6);
    expect(stdout).not.toMatch(/^Reused/m);
  });

  withOpenssl('names no CA, so that clients offer certificates of any issuer', async () => {
    const client = run('openssl', ['s_client', '-connect', `127.0.0.1:${listener.port}`]);
    client.child.stdin!.end();
    const { stdout } = await client;
    expect(stdout).toContain('No client certificate CA names sent');
    expect(stdout).toContain('Requested Signature Algorithms');
  });

  it('offers no HTTP/2', async () => {
    const socket = await openTls(listener.port, { ALPNProtocols: ['h2', 'http/1.1'] });
    expect(socket.alpnProtocol).toBe('http/1.1');
    socket.destroy();
    await expect(openTls(listener.port, { ALPNProtocols: ['h2'] })).rejects.toThrow(/alert/);
  });

  it('offers nothing below TLS 1.2', async () => {
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(openTls(listener.port, old)).rejects.toThrow(/protocol version|unsupported protocol/);
  });

  it('allows no renegotiation: the peer cannot change afterwards', async () => {
    const socket = await openTls(listener.port, { maxVersion: 'TLSv1.2' });
    const failed = new Promise((resolve) => {
      socket.once('error', resolve);
      socket.renegotiate({ rejectUnauthorized: false }, resolve);
    });
    expect(String(await failed)).toMatch(/no renegotiation/i);
    socket.destroy();
  });

  it('that never comes is given up and counted', async () => {
    const impatient = await serveHttps({
      listen: { host: '127.0.0.1', port: 0 },
      handler,
      limits: { handshakeTimeoutSeconds: 0.2 },
      tls: { ...serverCertificate, requestCert: true },
    });
    const socket = connect(impatient.port, '127.0.0.1');
    const start = performance.now();
    await once(socket.resume(), 'close');
    expect(performance.now() - start).toBeLessThan(8000);
    expect(impatient.counters.tlsErrors).toBe(1);
    await impatient.close({ drainSeconds: 0 });
  });

  it('in plain HTTP ends that connection alone', async () => {
    const socket = connect(listener.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(get);
    await once(socket.resume(), 'close');
    expect((await connectionOf({})).protocol).toBe('TLSv1.3');
  });
});

describe("the listener's certificate", () => {
  it('is renewed while connections stay open', async () => {
    const own = await serveHttps({
      listen: { host: '127.0.0.1', port: 0 },
      handler,
      tls: { ...serverCertificate, requestCert: true },
    });
    const before = await openTls(own.port);
    own.setCertificate(renewedServerCertificate);
    const after = await openTls(own.port, clientTls);
    expect(after.getPeerX509Certificate()!.subject).toBe('CN=localhost renewed');
    for (const socket of [before, after]) socket.write(getAndClose);
    expect(await readToEnd(before)).toContain('200 OK');
    expect(await readToEnd(after)).toContain('client TLSv1.3');

    // and nothing is resumed afterwards either
    const session = after.getSession();
    const again = await openTls(own.port, { session: session! });
    expect(again.isSessionReused()).toBe(false);
    again.destroy();
    await own.close({ drainSeconds: 0 });
  });

  it('is kept when the new one does not fit its key', async () => {
    const wrong = { key: clientCertificate.key, certificateChainPem: renewedServerCertificate.certificateChainPem };
    expect(() => listener.setCertificate(wrong)).toThrow(/key values mismatch/);
    const socket = await openTls(listener.port);
    expect(socket.getPeerX509Certificate()!.subject).toBe('CN=localhost');
    socket.destroy();
  });
});

describe('one write', () => {
  /** Counts the application-data records that the server sends, through a relay that looks at the record headers. */
  async function countRecords(use: (port: number) => Promise<void>): Promise<number> {
    let records = 0;
    const relay = createServer((client) => {
      const server = connect(listener.port, '127.0.0.1');
      let pending = Buffer.alloc(0);
      server.on('data', (chunk: Buffer) => {
        pending = Buffer.concat([pending, chunk]);
        while (pending.length >= 5 && pending.length >= 5 + pending.readUInt16BE(3)) {
          if (pending[0] === 23) records++;
          pending = pending.subarray(5 + pending.readUInt16BE(3));
        }
      });
      client.pipe(server).pipe(client);
      client.on('error', () => undefined);
      server.on('error', () => undefined);
    });
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
    await use((relay.address() as AddressInfo).port);
    relay.close();
    return records;
  }

  it('status line, headers and body are one TLS record (TLS 1.2, in which records show their type)', async () => {
    const records = await countRecords(async (port) => {
      const socket = await openTls(port, { maxVersion: 'TLSv1.2' });
      socket.write(get);
      await readUntil(socket, /nobody/);
      socket.write(getAndClose);
      await readToEnd(socket);
    });
    expect(records).toBe(2);
  });
});

describe('curl', () => {
  const url = (): string => `https://127.0.0.1:${listener.port}/`;

  withCurl('gets an answer with its client certificate', async () => {
    const { stdout } = await run('curl', ['-sk', '--cert', join(folder, 'client.pem'), url()]);
    expect(stdout).toBe('client TLSv1.3');
  });

  withCurl.each([
    ['waiting for 100', []],
    ['not waiting', ['-H', 'Expect:']],
    ['in chunks', ['-H', 'Expect:', '-H', 'Transfer-Encoding: chunked']],
  ])('is told 413 when it sends 10 MB, %s', async (_name, options) => {
    const file = join(folder, 'large');
    await writeFile(file, Buffer.alloc(10_000_000));
    const { stdout } = await run('curl', ['-sk', '-w', '%{http_code}', ...options, '--data-binary', `@${file}`, url()]);
    expect(stdout).toBe('too large413');
  });
});
