/** SCEP and status on one listener: neither takes all of it. */
import { expect, it } from '@jest/globals';
import type { HttpRequest, HttpResponse } from '@touchmark/http';
import { createPublicHandler } from '../src/public-handler.ts';

const requestTo = (path: string): HttpRequest => ({
  id: 'request-1',
  method: 'GET',
  path,
  rawQuery: '',
  remoteAddress: '192.0.2.7',
  tls: undefined,
  headers: new Map(),
  readBody: async () => new Uint8Array(0),
});

it('a flood of SCEP is refused beyond 32 at once, while CRL and OCSP are answered', async () => {
  const done = Promise.withResolvers<HttpResponse>();
  const answered: HttpResponse = { status: 200, headers: [], body: new Uint8Array(0) };
  const handler = createPublicHandler({ scep: () => done.promise, status: async () => answered });
  const underWay = Array.from({ length: 32 }, () => handler(requestTo('/scep/plc')));
  const refused = await handler(requestTo('/scep/plc'));
  expect(refused.status).toBe(503);
  const retryAfter = Number(refused.headers.find(([name]) => name === 'Retry-After')?.[1]);
  expect(retryAfter).toBeGreaterThanOrEqual(5);
  expect(retryAfter).toBeLessThanOrEqual(15);
  expect((await handler(requestTo('/crl/issuing.crl'))).status).toBe(200);
  done.resolve(answered);
  expect((await Promise.all(underWay)).every(({ status }) => status === 200)).toBe(true);
  expect((await handler(requestTo('/scep/plc'))).status).toBe(200);
});
