import { describe, expect, it } from '@jest/globals';
import { createRouter, HttpError, jitteredRetryAfter, problem } from '../src/index.ts';
import type { HttpRequest, RouteParameters } from '../src/index.ts';

const request = (method: string, path: string): HttpRequest => ({
  id: 'request-1',
  method,
  path,
  rawQuery: undefined,
  headers: new Map(),
  remoteAddress: '192.0.2.1',
  tls: undefined,
  readBody: async () => new Uint8Array(0),
});

const named = (name: string) => async (_request: HttpRequest, parameters: RouteParameters) => ({
  status: 200,
  headers: [],
  body: JSON.stringify([name, parameters]),
});

const router = createRouter([
  { method: 'GET', pattern: '/trust', handler: named('trust') },
  { method: 'GET', pattern: '/pki/{ca}-delta.crl', handler: named('delta') },
  { method: 'GET', pattern: '/pki/{ca}.crl', handler: named('crl') },
  { method: 'GET', pattern: '/pki/{ca}/{shard}.crl', handler: named('shard') },
  { method: 'POST', pattern: '/ocsp/{ca}', handler: named('ocsp') },
  { method: 'GET', pattern: '/ocsp/{ca}/{rest...}', handler: named('ocspGet') },
  { method: 'DELETE', pattern: '/trust', handler: () => Promise.reject(new HttpError(403, 'forbidden', 'No.')) },
  { method: 'POST', pattern: '/trust', handler: () => Promise.reject(new Error('broken')) },
]);

describe('the router', () => {
  it.each([
    ['GET', '/trust', 'trust', {}],
    ['HEAD', '/trust', 'trust', {}],
    ['GET', '/pki/issuing.crl', 'crl', { ca: 'issuing' }],
    ['GET', '/pki/issuing-delta.crl', 'delta', { ca: 'issuing' }],
    ['GET', '/pki/issuing/7.crl', 'shard', { ca: 'issuing', shard: '7' }],
    ['POST', '/ocsp/issuing', 'ocsp', { ca: 'issuing' }],
    ['GET', '/ocsp/issuing/MEow+//%2BSA==', 'ocspGet', { ca: 'issuing', rest: 'MEow+//%2BSA==' }],
    ['GET', '/ocsp/issuing//x', 'ocspGet', { ca: 'issuing', rest: '/x' }],
  ])('%s %s', async (method, path, name, parameters) => {
    const response = await router(request(method, path));
    expect(JSON.parse(response.body as string)).toEqual([name, parameters]);
  });

  it.each(['/', '/trust/', '//trust', '/pki/.crl', '/pki/issuing/.crl', '/pki/issuingxcrl', '/TRUST', '/trust%2f'])(
    'knows nothing at %s',
    async (path) => {
      const response = await router(request('GET', path));
      expect(response.status).toBe(404);
      expect(JSON.parse(response.body as string)).toMatchObject({ code: 'notFound', requestId: 'request-1' });
    },
  );

  it.each([
    ['PUT', '/trust', 'GET, HEAD, DELETE, POST'],
    ['GET', '/ocsp/issuing', 'POST'],
    ['POST', '/ocsp/issuing/x', 'GET, HEAD'],
  ])('%s %s is not allowed', async (method, path, allow) => {
    const response = await router(request(method, path));
    expect(response.status).toBe(405);
    expect(response.headers).toContainEqual(['Allow', allow]);
  });

  it('says which route answered, also with a refusal', async () => {
    expect((await router(request('GET', '/pki/a.crl'))).route).toBe('/pki/{ca}.crl');
    expect(await router(request('DELETE', '/trust'))).toMatchObject({ status: 403, route: '/trust' });
    expect((await router(request('GET', '/none'))).route).toBeUndefined();
  });

  it('leaves faults to the listener', async () => {
    await expect(router(request('POST', '/trust'))).rejects.toThrow('broken');
  });
});

describe('problem details (RFC 9457)', () => {
  it('have the standard members, the code, and only what is known', () => {
    const response = problem({
      status: 422,
      code: 'invalid',
      detail: 'd',
      errors: [{ pointer: '#/name', detail: 'missing' }],
    });
    expect(response.headers).toEqual([['Content-Type', 'application/problem+json']]);
    expect(JSON.parse(response.body as string)).toEqual({
      type: 'about:blank',
      title: 'Unprocessable Entity',
      status: 422,
      code: 'invalid',
      detail: 'd',
      errors: [{ pointer: '#/name', detail: 'missing' }],
    });
  });
});

describe('Retry-After', () => {
  it.each([
    [10, 0, 5],
    [10, 0.5, 10],
    [10, 0.999, 15],
    [1, 0, 1],
  ])('of a mean of %d s at chance %d is %d s', (mean, chance, expected) => {
    expect(jitteredRetryAfter(mean, () => chance)).toBe(expected);
  });
});
