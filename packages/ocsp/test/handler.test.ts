import { beforeAll, describe, expect, it } from '@jest/globals';
import { toBase64 } from '@touchmark/asn1';
import type { HttpHandler, HttpResponse } from '@touchmark/http';
import { createOcspHandler, decodeGetRequest, parseOcspRequest } from '../src/index.ts';
import { createFixture, good, never } from './support/fixture.ts';
import type { Fixture } from './support/fixture.ts';
import { httpRequest } from './support/http.ts';
import { frozenNow } from './support/pki.ts';
import { readResponse } from './support/read-response.ts';
import { certIdFor, simpleRequest } from './support/requests.ts';

let fixture: Fixture;
let handler: HttpHandler;
let requestDer: Uint8Array;
let base64: string;

beforeAll(async () => {
  fixture = await createFixture();
  handler = createOcspHandler({
    findResponder: (ca) => (ca === 'issuing' ? fixture.responder : undefined),
    clock: fixture.clock,
  });
  requestDer = simpleRequest(certIdFor(fixture.issuing, good));
  base64 = toBase64(requestDer);
});

const field = (response: HttpResponse, name: string): string | undefined =>
  response.headers.find(([key]) => key === name)?.[1];
const bytesOf = (response: HttpResponse): Uint8Array => {
  if (typeof response.body === 'string') throw new Error('expected bytes');
  return response.body;
};
const statusOf = (response: HttpResponse): string | undefined => readResponse(bytesOf(response)).singles[0]?.status;
const get = (rest: string, headers = {}): Promise<HttpResponse> =>
  handler(httpRequest('GET', `/ocsp/issuing/${rest}`, { headers }));

describe('POST', () => {
  it.each(['/ocsp/issuing', '/ocsp/issuing/'])(
    '%s answers as application/ocsp-response, not to be stored',
    async (path) => {
      const response = await handler(httpRequest('POST', path, { body: requestDer }));
      expect(response.status).toBe(200);
      expect(field(response, 'Content-Type')).toBe('application/ocsp-response');
      expect(field(response, 'Cache-Control')).toBe('no-store');
      expect(statusOf(response)).toBe('good');
    },
  );

  it('takes the body whatever its Content-Type', async () => {
    const headers = { 'content-type': 'text/plain' };
    expect(statusOf(await handler(httpRequest('POST', '/ocsp/issuing', { body: requestDer, headers })))).toBe('good');
  });

  it('refuses a body above 4 KiB', async () => {
    const request = httpRequest('POST', '/ocsp/issuing', { body: new Uint8Array(4097) });
    expect((await handler(request)).status).toBe(413);
  });

  it('RFC 6960 appendix A: an error is an OCSPResponse in a 200 that is not to be stored', async () => {
    const response = await handler(httpRequest('POST', '/ocsp/issuing', { body: Uint8Array.of(1) }));
    expect(response.status).toBe(200);
    expect(bytesOf(response)).toEqual(Uint8Array.of(0x30, 3, 0x0a, 1, 1));
    expect(field(response, 'Cache-Control')).toBe('no-store');
  });
});

describe('GET', () => {
  /** Requests whose base64 holds every character that clients treat differently. */
  const special = (): string => {
    for (let length = 12; length < 32; length++) {
      // As base64, ff is `/` and fbefbe is `+` at each of the three alignments.
      const nonce = new Uint8Array(length).fill(0xff, 0, 6);
      nonce.set([0xfb, 0xef, 0xbe, 0xfb, 0xef, 0xbe], 6);
      const text = toBase64(simpleRequest(certIdFor(fixture.issuing, good), nonce));
      if (text.includes('//') && text.includes('+') && text.endsWith('=')) return text;
    }
    throw new Error('not found');
  };

  const encodings: readonly [string, (text: string) => string][] = [
    ['all percent-encoded', encodeURIComponent],
    ['raw `/`, `//`, `+` and `=`', (text) => text],
    ['only `+` encoded', (text) => text.replaceAll('+', '%2B')],
    ['only `/` encoded, in lower case', (text) => text.replaceAll('/', '%2f')],
    ['without padding', (text) => text.replaceAll('=', '')],
    ['a slash too many in front, from joining URLs', (text) => `/${text}`],
    ['wrapped, with encoded line breaks', (text) => `${text.slice(0, 64)}%0D%0A${text.slice(64)}%0A`],
  ];
  it.each(encodings)('decodes a request that is %s', async (_, encode) => {
    const text = special();
    const response = await get(encode(text));
    expect(statusOf(response)).toBe('good');
    expect(parseOcspRequest(decodeGetRequest(encode(text))).nonce).toBeDefined();
  });

  const malformed: readonly [string, string][] = [
    ['nothing', ''],
    ['base64url', 'MEUwQzBBMD8wPTAJBgUrDgMCGgUABBQ_-_8='],
    ['encoded twice', '%252B'],
    ['a broken percent-encoding', '%G1'],
    ['percent-encoding that is not UTF-8', '%ff'],
    ['no base64', 'hello world'],
    ['base64 of no request', 'AAAA'],
    ['far too much', 'A'.repeat(9000)],
  ];
  it.each(malformed)('answers malformedRequest to %s', async (_, rest) => {
    const response = await get(rest);
    expect(response.status).toBe(200);
    expect(bytesOf(response)).toEqual(Uint8Array.of(0x30, 3, 0x0a, 1, 1));
    expect(field(response, 'Cache-Control')).toBe('no-store');
    expect(field(response, 'ETag')).toBeUndefined();
  });

  it('RFC 5019 §6.2 says how long the answer may be kept', async () => {
    const response = await get(base64);
    expect(field(response, 'Content-Type')).toBe('application/ocsp-response');
    expect(field(response, 'Cache-Control')).toBe('max-age=300, public, no-transform, must-revalidate');
    expect(field(response, 'Last-Modified')).toBe('Tue, 06 May 2031 07:08:09 GMT');
    expect(field(response, 'Expires')).toBe('Wed, 07 May 2031 07:08:09 GMT');
    expect(field(response, 'ETag')).toMatch(/^"[0-9a-f]{64}"$/);
    expect(fixture.clock.time).toEqual(frozenNow);
  });

  it('RFC 9110 §13.1.2 answers 304 to the ETag it gave', async () => {
    const etag = field(await get(base64), 'ETag') ?? '';
    for (const value of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const response = await get(base64, { 'if-none-match': value });
      expect(response).toMatchObject({ status: 304, body: '' });
      expect(field(response, 'ETag')).toBe(etag);
    }
    expect((await get(base64, { 'if-none-match': '"other"' })).status).toBe(200);
  });

  const notStored: readonly [string, () => string][] = [
    ['to a nonce', () => toBase64(simpleRequest(certIdFor(fixture.issuing, good), Uint8Array.of(1)))],
    ['about a serial that was never issued', () => toBase64(simpleRequest(certIdFor(fixture.issuing, never)))],
    ['about a foreign issuer', () => toBase64(simpleRequest(certIdFor(fixture.root, good)))],
  ];
  it.each(notStored)('an answer %s is not to be stored', async (_, text) => {
    const response = await get(encodeURIComponent(text()));
    expect(response.status).toBe(200);
    expect(field(response, 'Cache-Control')).toBe('no-store');
    expect(field(response, 'ETag')).toBeUndefined();
    expect(field(response, 'Expires')).toBeUndefined();
  });
});

it.each([
  ['POST', '/ocsp/other', 404],
  ['GET', '/ocsp/other/AAAA', 404],
  ['PUT', '/ocsp/issuing', 405],
])('%s %s is %i', async (method, path, status) => {
  expect((await handler(httpRequest(method, path))).status).toBe(status);
});
