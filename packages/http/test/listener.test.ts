import { describe, expect, it } from '@jest/globals';
import { HttpError, serveHttp } from '../src/index.ts';
import type { HttpHandler, HttpRequest, HttpResponse, ResponseEvent } from '../src/index.ts';
import { exchange, openTcp, readToEnd, readUntil, sleep, statusOf, withListener } from './raw-client.ts';

/** Says what it saw of the request. */
const mirror: HttpHandler = async (request) => ({
  status: 200,
  headers: [['Content-Type', 'text/plain']],
  body: JSON.stringify({
    method: request.method,
    path: request.path,
    rawQuery: request.rawQuery ?? null,
    authorization: request.headers.get('authorization') ?? null,
    remoteAddress: request.remoteAddress,
    bodyBytes: (await request.readBody(1000)).length,
  }),
});

const bodyOf = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4);
const seen = (text: string): Record<string, unknown> => JSON.parse(bodyOf(text)) as Record<string, unknown>;

describe('requests are handed on as they were sent', () => {
  const cases: readonly [name: string, request: string, expected: Record<string, unknown>][] = [
    [
      'slashes are not collapsed',
      'GET /a//b/../c HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
      { path: '/a//b/../c' },
    ],
    [
      'nothing is decoded',
      'GET /a%2Fb%20?m=x+y%2B HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
      { path: '/a%2Fb%20', rawQuery: 'm=x+y%2B' },
    ],
    [
      'an empty query is not no query',
      'GET /? HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
      { path: '/', rawQuery: '' },
    ],
    [
      'the absolute form (RFC 9112 §3.2.2)',
      'GET http://h:80/x?y HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
      { path: '/x', rawQuery: 'y' },
    ],
    ['HTTP/1.0 without Host', 'GET /scep HTTP/1.0\r\n\r\n', { path: '/scep' }],
    ['HTTP/1.1 without Host', 'GET /scep HTTP/1.1\r\nConnection: close\r\n\r\n', { path: '/scep' }],
    ['IPv4 addresses in plain form', 'GET / HTTP/1.0\r\n\r\n', { remoteAddress: '127.0.0.1' }],
    [
      'a chunked body',
      'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
      { bodyBytes: 5 },
    ],
    ['an empty body', 'POST / HTTP/1.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n', { bodyBytes: 0 }],
    [
      'a body of exactly the limit',
      `POST / HTTP/1.1\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n${'x'.repeat(1000)}`,
      { bodyBytes: 1000 },
    ],
    [
      'a second Authorization is not hidden',
      'GET / HTTP/1.1\r\nAuthorization: Basic a\r\nAuthorization: Basic b\r\nConnection: close\r\n\r\n',
      { authorization: 'Basic a, Basic b' },
    ],
  ];

  it.each(cases)('%s', async (_name, request, expected) => {
    await withListener({ handler: mirror }, async ({ port }) => {
      const { status, text } = await exchange(port, request);
      expect(status).toBe(200);
      expect(seen(text)).toMatchObject(expected);
    });
  });
});

describe('what is not HTTP is refused and the connection closed', () => {
  const cases: readonly [name: string, octets: string, status: number][] = [
    ['garbage', 'hello\r\n\r\n', 400],
    ['a TLS ClientHello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['a NUL in a field', 'GET / HTTP/1.1\r\nX: a\x00b\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 400],
    ['a length and chunks', 'POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['a negative length', 'POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n', 400],
    ['a chunk without a length', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n', 400],
    ['a header section of 20 KiB', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['65 fields', `GET / HTTP/1.1\r\n${'X: 1\r\n'.repeat(64)}Connection: close\r\n\r\n`, 431],
    ['HTTP/2 prior knowledge', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ];

  it.each(cases)('%s', async (_name, octets, expected) => {
    await withListener({ handler: mirror }, async ({ port }) => {
      const socket = await openTcp(port);
      socket.end(Buffer.from(octets, 'latin1'));
      expect(statusOf(await readToEnd(socket))).toBe(expected);
      expect(statusOf((await exchange(port, 'GET / HTTP/1.0\r\n\r\n')).text)).toBe(200);
    });
  });

  it('64 fields are not too many', async () => {
    await withListener({ handler: mirror }, async ({ port }) => {
      const { status } = await exchange(port, `GET / HTTP/1.1\r\n${'X: 1\r\n'.repeat(63)}Connection: close\r\n\r\n`);
      expect(status).toBe(200);
    });
  });
});

describe('bodies are capped before they are buffered', () => {
  it('a declared length over the limit is refused without reading', async () => {
    await withListener({ handler: mirror }, async ({ port }) => {
      const { status, text } = await exchange(port, 'POST / HTTP/1.1\r\nContent-Length: 10000000\r\n\r\n');
      expect(status).toBe(413);
      expect(text).toContain('Connection: close');
      expect(JSON.parse(bodyOf(text))).toMatchObject({ code: 'requestTooLarge', status: 413 });
    });
  });

  it('a client that writes 10 MB before it reads still gets the answer, not a reset', async () => {
    await withListener({ handler: mirror }, async ({ port }) => {
      const socket = await openTcp(port);
      const errors: unknown[] = [];
      socket.on('error', (error) => errors.push(error));
      socket.write('POST / HTTP/1.1\r\nContent-Length: 10000000\r\n\r\n');
      for (let i = 0; i < 100; i++) {
        if (!socket.write(Buffer.alloc(100_000))) await new Promise((resolve) => socket.once('drain', resolve));
      }
      expect(statusOf(await readToEnd(socket))).toBe(413);
      expect(errors).toEqual([]);
      socket.destroy();
    });
  });

  it('chunks without end stop at the cap; the server lets go within seconds', async () => {
    await withListener({ handler: mirror }, async ({ port, counters }) => {
      const socket = await openTcp(port);
      socket.write('POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n');
      const feed = setInterval(() => void socket.write(`64\r\n${'x'.repeat(100)}\r\n`), 5);
      const closed = new Promise((resolve) => void socket.once('close', resolve));
      socket.on('error', () => undefined);
      const start = performance.now();
      expect(statusOf(await readUntil(socket, /requestTooLarge/))).toBe(413);
      expect(performance.now() - start).toBeLessThan(10_000);
      socket.resume();
      await closed;
      clearInterval(feed);
      expect(performance.now() - start).toBeLessThan(20_000);
      expect(counters.inFlight).toBe(0);
    });
  });

  it('Expect: 100-continue is answered with 100 when the body is wanted', async () => {
    await withListener({ handler: mirror }, async ({ port }) => {
      const socket = await openTcp(port);
      socket.write('POST / HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n');
      expect(await readUntil(socket, /\r\n\r\n/)).toBe('HTTP/1.1 100 Continue\r\n\r\n');
      socket.write('abc');
      const text = await readToEnd(socket);
      expect(statusOf(text)).toBe(200);
      expect(seen(text)).toMatchObject({ bodyBytes: 3 });
      socket.destroy();
    });
  });

  it('Expect: 100-continue is not answered with 100 when the body is too large', async () => {
    await withListener({ handler: mirror }, async ({ port }) => {
      const head = 'POST / HTTP/1.1\r\nContent-Length: 3000\r\nExpect: 100-continue\r\n\r\n';
      const { text, status } = await exchange(port, head);
      expect(status).toBe(413);
      expect(text).not.toContain('100 Continue');
      expect(text).toContain('Connection: close');
    });
  });

  it('a small body that nobody reads does not end the connection', async () => {
    await withListener({ handler: async () => ({ status: 403, headers: [], body: 'no' }) }, async ({ port }) => {
      const request = 'POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc';
      const { text } = await exchange(
        port,
        `${request}${request.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')}`,
      );
      expect(text.match(/HTTP\/1\.1 403/g)).toHaveLength(2);
    });
  });
});

describe('slow clients', () => {
  const limits = { headersTimeoutSeconds: 1, requestTimeoutSeconds: 1 };

  it('a body that comes in drops is given up after the request timeout, with an answer', async () => {
    await withListener({ handler: mirror, limits }, async ({ port }) => {
      const socket = await openTcp(port);
      socket.on('error', () => undefined);
      const start = performance.now();
      socket.write('POST / HTTP/1.1\r\nContent-Length: 500\r\n\r\n');
      const drip = setInterval(() => void socket.write('x'), 100);
      const text = await readUntil(socket, /requestTimeout/);
      clearInterval(drip);
      expect(statusOf(text)).toBe(408);
      expect(performance.now() - start).toBeLessThan(10_000);
      socket.destroy();
    });
  });

  it('a header section that does not end is given up', async () => {
    await withListener({ handler: mirror, limits }, async ({ port }) => {
      const { status, milliseconds } = await exchange(port, 'GET / HTTP/1.1\r\nHost: h\r\n');
      expect(status).toBe(408);
      expect(milliseconds).toBeLessThan(10_000);
    });
  });

  it('a client that goes away in the middle of its body ends the handler', async () => {
    const failures: unknown[] = [];
    const handler: HttpHandler = async (request) => {
      await request.readBody(100).catch((error: unknown) => failures.push(error));
      return { status: 200, headers: [], body: '' };
    };
    const events: ResponseEvent[] = [];
    await withListener({ handler, onResponse: (event) => events.push(event) }, async ({ port, counters }) => {
      const socket = await openTcp(port);
      socket.write('POST / HTTP/1.1\r\nContent-Length: 50\r\n\r\nabc');
      await sleep(50);
      socket.resetAndDestroy();
      for (let i = 0; i < 100 && failures.length === 0; i++) await sleep(10);
      expect(failures).toMatchObject([{ name: 'BodyAborted' }]);
      await sleep(10);
      expect(events).toMatchObject([{ aborted: true }]);
      expect(counters.inFlight).toBe(0);
    });
  });

  it('a broken chunk in a body is answered by the handler', async () => {
    await withListener({ handler: mirror }, async ({ port }) => {
      const head = 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n';
      const socket = await openTcp(port);
      socket.write(head);
      await sleep(50);
      socket.write('zz\r\n');
      const text = await readToEnd(socket);
      expect(statusOf(text)).toBe(400);
      expect(JSON.parse(bodyOf(text))).toMatchObject({ code: 'requestMalformed' });
      socket.destroy();
    });
  });
});

describe('answers', () => {
  const get = 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n';

  it('have canonical names, a true length and no chunks', async () => {
    const handler: HttpHandler = async () => ({
      status: 200,
      headers: [['Content-Type', 'text/plain; charset=utf-8']],
      body: 'grün',
    });
    await withListener({ handler }, async ({ port }) => {
      const { text } = await exchange(port, get);
      const head = text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n');
      expect(head[0]).toBe('HTTP/1.1 200 OK');
      expect(head.slice(1).map((line) => line.split(':')[0])).toEqual([
        'Content-Type',
        'Content-Length',
        'Date',
        'Connection',
      ]);
      expect(text).toContain('Content-Length: 5\r\n');
      expect(Buffer.from(bodyOf(text), 'latin1').toString('utf8')).toBe('grün');
    });
  });

  const octets = Uint8Array.from({ length: 256 }, (_, index) => index);
  it.each([
    ['small', octets],
    ['larger than one write', Buffer.concat(Array.from({ length: 1000 }, () => octets))],
  ])('carry any octets: %s', async (_name, body) => {
    await withListener({ handler: async () => ({ status: 200, headers: [], body }) }, async ({ port }) => {
      const { text } = await exchange(port, get);
      expect(Buffer.from(bodyOf(text), 'latin1').equals(body)).toBe(true);
    });
  });

  it('Connection: close is honoured at once', async () => {
    await withListener({ handler: mirror }, async ({ port }) => {
      expect((await exchange(port, get)).milliseconds).toBeLessThan(8000);
    });
  });

  it('reach a client that closed its side after the request', async () => {
    const handler: HttpHandler = async (request) => {
      const body = await request.readBody(10);
      await sleep(50);
      return { status: 200, headers: [], body: `got ${body.length}` };
    };
    await withListener({ handler }, async ({ port }) => {
      const socket = await openTcp(port);
      socket.end('POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc');
      expect(await readToEnd(socket)).toMatch(/got 3$/);
    });
  });

  it('HEAD has the length of GET and no body', async () => {
    await withListener(
      { handler: async () => ({ status: 200, headers: [], body: 'twelve bytes' }) },
      async ({ port }) => {
        const { text } = await exchange(port, 'HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n');
        expect(text).toContain('Content-Length: 12\r\n');
        expect(bodyOf(text)).toBe('');
      },
    );
  });

  it('204 has no Content-Length (RFC 9110 §8.6)', async () => {
    await withListener({ handler: async () => ({ status: 204, headers: [], body: '' }) }, async ({ port }) => {
      const { text, status } = await exchange(port, get);
      expect(status).toBe(204);
      expect(text).not.toMatch(/content-length|transfer-encoding/i);
    });
  });

  it('401 has Content-Length: 0', async () => {
    await withListener({ handler: async () => ({ status: 401, headers: [], body: '' }) }, async ({ port }) => {
      expect((await exchange(port, get)).text).toContain('Content-Length: 0\r\n');
    });
  });

  it.each([
    ['an error', () => Promise.reject(new Error('the password is hunter2')), 500, 'internal'],
    [
      'an HttpError',
      () => Promise.reject(new HttpError(409, 'conflict', 'It is there already.')),
      409,
      'It is there already.',
    ],
    [
      'a field with a line break',
      async () => ({ status: 200, headers: [['X', 'a\r\nSet-Cookie: b']], body: '' }) as const,
      500,
      'internal',
    ],
  ] satisfies [string, HttpHandler, number, string][])('to %s of a handler', async (_name, handler, status, said) => {
    const errors: unknown[] = [];
    await withListener({ handler, onError: (error) => errors.push(error) }, async ({ port }) => {
      const answer = await exchange(port, get);
      expect(answer.status).toBe(status);
      expect(answer.text).toContain(said);
      expect(answer.text).not.toMatch(/hunter2|Set-Cookie|at /);
      expect(errors).toHaveLength(status === 500 ? 1 : 0);
    });
  });

  it('a handler that answers nonsense, and a reporter that throws, cost one connection', async () => {
    let nonsense = true;
    const handler: HttpHandler = async () => {
      if (nonsense) return undefined as unknown as HttpResponse;
      return { status: 200, headers: [], body: 'well' };
    };
    const onError = (): void => {
      throw new Error('log is full');
    };
    await withListener({ handler, onError }, async ({ port }) => {
      expect((await exchange(port, get)).text).not.toContain('200 OK');
      nonsense = false;
      expect((await exchange(port, get)).status).toBe(200);
    });
  });

  it('are reported with status and duration; a reporter that throws harms nothing', async () => {
    const events: ResponseEvent[] = [];
    const onResponse = (event: ResponseEvent): void => {
      events.push(event);
      throw new Error('log is full');
    };
    const errors: unknown[] = [];
    await withListener({ handler: mirror, onResponse, onError: (error) => errors.push(error) }, async ({ port }) => {
      expect((await exchange(port, get)).status).toBe(200);
      expect(events).toMatchObject([{ status: 200, aborted: false, route: undefined }]);
      expect(events[0]?.request.path).toBe('/');
      expect(events[0]?.durationMicroseconds).toBeGreaterThan(0);
      expect(errors).toHaveLength(1);
    });
  });
});

describe('overload', () => {
  it('sheds what is over the limit with 503 and a Retry-After, and counts it', async () => {
    const waiting: (() => void)[] = [];
    const handler: HttpHandler = async () => {
      await new Promise<void>((resolve) => void waiting.push(resolve));
      return { status: 200, headers: [], body: 'done' };
    };
    await withListener({ handler, limits: { maxInFlight: 2, retryAfterSeconds: 10 } }, async ({ port, counters }) => {
      const request = 'POST / HTTP/1.1\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx';
      const first = [exchange(port, request), exchange(port, request)];
      for (let i = 0; i < 100 && waiting.length < 2; i++) await sleep(5);
      const shed = await exchange(port, request);
      expect(shed.status).toBe(503);
      const seconds = Number(/\r\nRetry-After: (\d+)\r\n/.exec(shed.text)?.[1]);
      expect(seconds).toBeGreaterThanOrEqual(5);
      expect(seconds).toBeLessThanOrEqual(15);
      expect(counters).toMatchObject({ shed: 1, inFlight: 2, requests: 3 });
      for (const go of waiting) go();
      expect((await Promise.all(first)).map((answer) => answer.status)).toEqual([200, 200]);
      expect(counters.inFlight).toBe(0);
    });
  });

  it('lets the protocol word the answer', async () => {
    const overloaded = (request: HttpRequest, seconds: number) => ({
      status: 503,
      headers: [['Retry-After', String(seconds)]] as const,
      body: `later, ${request.path}`,
    });
    await withListener({ handler: mirror, overloaded, limits: { maxInFlight: 0 } }, async ({ port }) => {
      expect((await exchange(port, 'GET /q HTTP/1.1\r\nConnection: close\r\n\r\n')).text).toMatch(/later, \/q$/);
    });
  });

  it('drops connections over the limit', async () => {
    await withListener({ handler: mirror, limits: { maxConnections: 1 } }, async ({ port, counters }) => {
      const first = await openTcp(port);
      const second = await openTcp(port);
      second.on('error', () => undefined);
      await readToEnd(second).catch(() => '');
      expect(counters.droppedConnections).toBe(1);
      first.destroy();
    });
  });
});

describe('the end of a listener', () => {
  it('finishes what is in flight, closes idle connections, accepts no more', async () => {
    let go = (): void => undefined;
    const handler: HttpHandler = async (request) => {
      if (request.path === '/slow') await new Promise<void>((resolve) => void (go = resolve));
      return { status: 200, headers: [], body: 'done' };
    };
    const listener = await serveHttp({ listen: { host: '127.0.0.1', port: 0 }, handler });
    const idle = await openTcp(listener.port);
    idle.write('GET / HTTP/1.1\r\n\r\n');
    await readUntil(idle, /done/);
    const silent = await openTcp(listener.port);
    const busy = await openTcp(listener.port);
    busy.write('GET /slow HTTP/1.1\r\n\r\n');
    await sleep(50);
    const closing = listener.close({ drainSeconds: 5 });
    expect(await readToEnd(idle)).toBe('');
    expect(await readToEnd(silent).catch(() => '')).toBe('');
    await expect(openTcp(listener.port)).rejects.toThrow('ECONNREFUSED');
    go();
    const text = await readToEnd(busy);
    expect(text).toContain('done');
    expect(text).toContain('Connection: close');
    for (const socket of [idle, silent, busy]) socket.destroy();
    await closing;
  });

  it('does not wait longer than drainSeconds', async () => {
    const listener = await serveHttp({
      listen: { host: '127.0.0.1', port: 0 },
      handler: () => new Promise(() => undefined),
    });
    const socket = await openTcp(listener.port);
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await sleep(50);
    const start = performance.now();
    await listener.close({ drainSeconds: 0.2 });
    expect(performance.now() - start).toBeLessThan(10_000);
    socket.destroy();
  });

  it('an address in use is an error of serveHttp', async () => {
    await withListener({ handler: mirror }, async ({ port }) => {
      await expect(serveHttp({ listen: { host: '127.0.0.1', port }, handler: mirror })).rejects.toThrow('EADDRINUSE');
    });
  });
});

describe('a request listener of node:http', () => {
  it('is mounted as it is, with the same limits and reports', async () => {
    const events: ResponseEvent[] = [];
    await withListener(
      {
        requestListener: (incoming, outgoing) => {
          if (incoming.url === '/throw') throw new Error('broken');
          outgoing.setHeader('X-Powered-By', 'test').end(`raw ${incoming.url}`);
        },
        onResponse: (event) => events.push(event),
      },
      async ({ port, counters }) => {
        expect((await exchange(port, 'GET /app HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')).text).toMatch(
          /raw \/app$/,
        );
        expect((await exchange(port, 'GET /throw HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')).status).toBe(500);
        expect(events).toMatchObject([{ status: 200, aborted: false }, { status: 500 }]);
        expect(counters.inFlight).toBe(0);
      },
    );
  });

  it('needs either that or a handler', async () => {
    await expect(serveHttp({ listen: { host: '127.0.0.1', port: 0 } })).rejects.toThrow(TypeError);
  });
});
