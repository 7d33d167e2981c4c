/** What the service connects to when settings name a server, and how it is protected from what answers. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { isLoopback, mayBeAsked } from '../src/challenges/address-policy.ts';
import { exchange } from '../src/challenges/outgoing-http.ts';
import type { OutgoingPolicy } from '../src/challenges/outgoing-http.ts';
import { json, startLocalHttps } from './support/local-https.ts';
import type { Answering, LocalHttps } from './support/local-https.ts';

describe('the policy of addresses', () => {
  it.each([
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '::1',
    'fd00::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '0:0:0:0:0:ffff:192.168.0.1',
  ])('asks %s with allowPrivateAddresses alone', (address) => {
    expect([mayBeAsked(address, false), mayBeAsked(address, true)]).toEqual([false, true]);
  });

  it.each([
    '0.0.0.0',
    '169.254.169.254',
    '168.63.129.16',
    '224.0.0.1',
    '239.255.255.250',
    '255.255.255.255',
    '192.0.2.1',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    'fec0::1',
    'not an address',
    '',
  ])('never asks %s', (address) => {
    expect([mayBeAsked(address, false), mayBeAsked(address, true)]).toEqual([false, false]);
  });

  it.each(['93.184.216.34', '172.15.255.255', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])(
    'asks %s',
    (address) => {
      expect(mayBeAsked(address, false)).toBe(true);
    },
  );

  it('knows loopback in every spelling', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'].map(isLoopback)).toEqual([true, true, true, true]);
    expect(['128.0.0.1', '::2', '10.0.0.1', ''].map(isLoopback)).toEqual([false, false, false, false]);
  });
});

describe('an exchange', () => {
  let server: LocalHttps;
  const hello: Answering = (_, response) => json(response, 200, { hello: 'there' });
  beforeAll(async () => {
    server = await startLocalHttps(hello);
  });
  afterAll(() => server?.close());
  afterEach(() => {
    server.answer = hello;
    server.seen.length = 0;
  });

  const policy = (fields: Partial<OutgoingPolicy> = {}): OutgoingPolicy => ({
    caCertificates: server.caCertificates,
    allowPrivateAddresses: true,
    maxAnswerOctets: 1000,
    ...fields,
  });
  const post = (url: string, fields: Partial<OutgoingPolicy> = {}, milliseconds = 5000) =>
    exchange(
      { url: new URL(url), method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"ü":1}' },
      policy(fields),
      AbortSignal.timeout(milliseconds),
    );

  it('sends what it is given to a server that proves its name', async () => {
    const answer = await post(`https://localhost:${server.port}/hook?x=1`);
    expect(answer).toMatchObject({ status: 200, body: '{"hello":"there"}' });
    expect(server.seen).toMatchObject([
      { method: 'POST', path: '/hook?x=1', body: '{"ü":1}', headers: { host: `localhost:${server.port}` } },
    ]);
  });

  it('does so by address, too', async () => {
    expect((await post(server.url)).status).toBe(200);
  });

  it('sends nothing to private addresses unless they are allowed, whatever name stands for them', async () => {
    for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1']) {
      await expect(post(`https://${host}:${server.port}/`, { allowPrivateAddresses: false })).rejects.toMatchObject({
        name: 'OutgoingError',
        kind: 'addressRefused',
      });
    }
    expect(server.seen).toEqual([]);
  });

  it('sends nothing to a server that does not prove its name', async () => {
    const named = await startLocalHttps(hello, ['other.example']);
    const { port } = named;
    await expect(post(`https://localhost:${port}/`)).rejects.toMatchObject({ kind: 'connection' });
    expect(named.seen).toEqual([]);
    await named.close();
  });

  it('sends nothing to a server of a CA that it does not know, whatever the environment says', async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      await expect(post(server.url, { caCertificates: undefined })).rejects.toMatchObject({ kind: 'connection' });
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
    expect(server.seen).toEqual([]);
  });

  it('does not follow a redirect', async () => {
    server.answer = (_, response) => json(response, 307, {}, { location: `${server.url}/elsewhere` });
    expect((await post(server.url)).status).toBe(307);
    expect(server.seen).toHaveLength(1);
  });

  it('ends with an answer that has too many octets, also when it says nothing of them', async () => {
    server.answer = (_, response) => json(response, 200, 'x'.repeat(1001));
    await expect(post(server.url)).rejects.toMatchObject({ kind: 'answerUnreadable' });
    server.answer = (_, response) => {
      const more = setInterval(() => response.write('x'.repeat(500)), 5);
      response.once('close', () => clearInterval(more));
    };
    await expect(post(server.url)).rejects.toMatchObject({ kind: 'answerUnreadable' });
  });

  it.each<[string, Answering]>([
    ['says nothing', () => undefined],
    [
      'sends one octet after the other',
      (_, response) => {
        const more = setInterval(() => response.write(' '), 20);
        response.once('close', () => clearInterval(more));
      },
    ],
  ])('ends in time when the server %s', async (_, answer) => {
    server.answer = answer;
    const begin = performance.now();
    await expect(post(server.url, {}, 300)).rejects.toMatchObject({ kind: 'timeout' });
    expect(performance.now() - begin).toBeLessThan(10_000);
  });

  it.each<[string, Answering]>([
    ['the connection breaks', (_, response) => response.destroy()],
    [
      'the answer ends before its end',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('half');
        setTimeout(() => response.destroy(), 20);
      },
    ],
  ])('fails when %s', async (_, answer) => {
    server.answer = answer;
    await expect(post(server.url)).rejects.toMatchObject({ kind: 'connection' });
  });

  it('reads UTF-8 that nobody has compressed, and nothing else', async () => {
    server.answer = (_, response) => json(response, 200, '{}', { 'content-encoding': 'gzip' });
    await expect(post(server.url)).rejects.toMatchObject({ kind: 'answerUnreadable' });
    server.answer = (_, response) => {
      response.end(Buffer.from([0xff, 0xfe]));
    };
    await expect(post(server.url)).rejects.toMatchObject({ kind: 'answerUnreadable' });
  });

  it('fails when nobody listens, and when the name does not exist', async () => {
    const gone = await startLocalHttps(hello);
    await gone.close();
    await expect(post(gone.url)).rejects.toMatchObject({ kind: 'connection' });
    await expect(post('https://does-not-exist.invalid/')).rejects.toMatchObject({ kind: 'notFound' });
  });

  it('over plain HTTP goes to loopback alone', async () => {
    const plain = createServer((_, response) => json(response, 200, {}));
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const { port } = plain.address() as AddressInfo;
    expect((await post(`http://127.0.0.1:${port}/`, { allowPrivateAddresses: false })).status).toBe(200);
    await expect(post('http://10.0.0.1/')).rejects.toMatchObject({ kind: 'addressRefused' });
    await expect(post('http://93.184.216.34/')).rejects.toMatchObject({ kind: 'addressRefused' });
    plain.closeAllConnections();
    plain.close();
  });
});
