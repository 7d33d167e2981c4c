import { describe, expect, it } from '@jest/globals';
import { decodePem, equalBytes, toHex } from '@touchmark/asn1';
import type { HttpResponse } from '@touchmark/http';
import { sha256 } from '@touchmark/crypto';
import { parseCertificateList } from '@touchmark/x509';
import { createFixture } from './support/fixture.ts';
import type { Fixture } from './support/fixture.ts';
import { httpRequest } from './support/http.ts';
import { day, frozenNow, hour } from './support/pki.ts';

const field = (response: HttpResponse, name: string): string | undefined =>
  response.headers.find(([key]) => key === name)?.[1];
const get = (fixture: Fixture, path: string, headers: Record<string, string> = {}): Promise<HttpResponse> =>
  fixture.handler(httpRequest('GET', path, { headers }));

async function published(options: Parameters<typeof createFixture>[0] = {}): Promise<Fixture> {
  const fixture = await createFixture(options);
  for (const { authority } of fixture.authorities.issuers) {
    for (let shard = 0; shard < authority.crlShards; shard++) await fixture.publisher.publish(authority, shard);
  }
  return fixture;
}

describe('/pki/{ca}.crl', () => {
  it('is the DER of the newest CRL as application/pkix-crl with its validators', async () => {
    const fixture = await published();
    const response = await get(fixture, '/pki/issuing.crl');
    expect(response.status).toBe(200);
    expect(field(response, 'Content-Type')).toBe('application/pkix-crl');
    expect(field(response, 'Last-Modified')).toBe('Tue, 06 May 2031 07:08:09 GMT');
    expect(field(response, 'Expires')).toBe('Tue, 06 May 2031 07:09:09 GMT');
    expect(field(response, 'Cache-Control')).toBe('public, max-age=60, must-revalidate');
    expect(field(response, 'ETag')).toMatch(/^"1-[0-9a-f]{16}"$/);
    const latest = await fixture.registry.findLatest('issuing-id', 0);
    expect(response.body).toEqual(latest?.crlDer);
  });

  it('answers HEAD like GET; the adapter leaves the body out', async () => {
    const fixture = await published();
    const head = await fixture.handler(httpRequest('HEAD', '/pki/issuing.crl'));
    expect(head).toEqual(await get(fixture, '/pki/issuing.crl'));
  });

  it('V8 a new CRL is served at the very next request', async () => {
    const fixture = await published();
    await get(fixture, '/pki/issuing.crl');
    fixture.clock.advance(hour);
    await fixture.publisher.publish(fixture.issuing.authority, 0);
    const response = await get(fixture, '/pki/issuing.crl');
    expect(parseCertificateList(response.body as Uint8Array).crlNumber).toBe(2n);
  });

  it('reads the bytes from the registry once for each number', async () => {
    const fixture = await published();
    fixture.registry.fullReads = 0;
    await Promise.all(Array.from({ length: 10 }, () => get(fixture, '/pki/issuing.crl')));
    await get(fixture, '/pki/issuing.crl');
    expect(fixture.registry.fullReads).toBe(1);
  });

  it('V8 never goes back to an older CRL than was served, even if the registry does', async () => {
    const fixture = await published();
    const first = await fixture.registry.findLatest('issuing-id', 0);
    fixture.clock.advance(hour);
    await fixture.publisher.publish(fixture.issuing.authority, 0);
    await get(fixture, '/pki/issuing.crl');
    if (first === undefined) throw new Error('no CRL');
    fixture.registry.replaceLatest(first);
    const response = await get(fixture, '/pki/issuing.crl');
    expect(parseCertificateList(response.body as Uint8Array).crlNumber).toBe(2n);
  });

  it('V9 503 once it is past nextUpdate, and before that no cache keeps it longer', async () => {
    const fixture = await published();
    fixture.clock.advance(7 * day - 10_000);
    const last = await get(fixture, '/pki/issuing.crl');
    expect(field(last, 'Cache-Control')).toBe('public, max-age=10, must-revalidate');
    fixture.clock.advance(10_000);
    const gone = await get(fixture, '/pki/issuing.crl');
    expect(gone.status).toBe(503);
    expect(field(gone, 'Retry-After')).toBe('60');
    expect(field(gone, 'Cache-Control')).toBe('no-store');
  });

  it('503 when there is none yet', async () => {
    expect((await get(await createFixture(), '/pki/issuing.crl')).status).toBe(503);
  });

  it('503 when the registry does not answer: nobody could say that what is held is the newest', async () => {
    const fixture = await published();
    await get(fixture, '/pki/issuing.crl');
    fixture.registry.available = false;
    const response = await get(fixture, '/pki/issuing.crl');
    expect(response.status).toBe(503);
    expect(String(response.body)).not.toMatch(/registry/i);
    expect(fixture.errors).toHaveLength(1);
  });
});

describe('RFC 9110 §13 conditional requests', () => {
  it('304 to the ETag it gave; If-None-Match decides alone', async () => {
    const fixture = await published();
    const etag = field(await get(fixture, '/pki/issuing.crl'), 'ETag') ?? '';
    const old = 'Mon, 01 Jan 2001 00:00:00 GMT';
    for (const value of [etag, `W/${etag}`, `"a", ${etag}`, '*']) {
      const response = await get(fixture, '/pki/issuing.crl', { 'if-none-match': value, 'if-modified-since': old });
      expect(response).toMatchObject({ status: 304, body: '' });
      expect(field(response, 'ETag')).toBe(etag);
      expect(field(response, 'Content-Type')).toBeUndefined();
    }
    const since = new Date(frozenNow.getTime() + day).toUTCString();
    const other = await get(fixture, '/pki/issuing.crl', { 'if-none-match': '"a"', 'if-modified-since': since });
    expect(other.status).toBe(200);
  });

  it.each([
    ['the time it gave', 'Tue, 06 May 2031 07:08:09 GMT', 304],
    ['a later time', 'Tue, 06 May 2031 07:08:10 GMT', 304],
    ['an earlier time', 'Tue, 06 May 2031 07:08:08 GMT', 200],
    ['no date', 'yesterday', 200],
  ])('If-Modified-Since with %s', async (_, value, status) => {
    const fixture = await published();
    expect((await get(fixture, '/pki/issuing.crl', { 'if-modified-since': value })).status).toBe(status);
  });

  it('a CRL published in the same second is not taken for the one before', async () => {
    const fixture = await published();
    const lastModified = field(await get(fixture, '/pki/issuing.crl'), 'Last-Modified') ?? '';
    fixture.registry.revoke('issuing-id', 0, Uint8Array.of(5), 'keyCompromise', frozenNow);
    await fixture.publisher.publish(fixture.issuing.authority, 0);
    expect((await get(fixture, '/pki/issuing.crl', { 'if-modified-since': lastModified })).status).toBe(200);
  });
});

describe('/pki/{ca}/{shard}.crl', () => {
  it('is the CRL of that shard; the unsharded URL is that of shard 0', async () => {
    const fixture = await published({ crlShards: 3 });
    for (const [path, shard] of [
      ['/pki/issuing/0.crl', 0],
      ['/pki/issuing/2.crl', 2],
      ['/pki/issuing.crl', 0],
    ] as const) {
      const response = await get(fixture, path);
      expect(response.body).toEqual((await fixture.registry.findLatest('issuing-id', shard))?.crlDer);
    }
  });

  it.each([
    '/pki/issuing/3.crl',
    '/pki/issuing/-1.crl',
    '/pki/issuing/00.crl',
    '/pki/issuing/1e0.crl',
    '/pki/root/0.crl',
  ])('%s is 404', async (path) => {
    expect((await get(await published({ crlShards: 3 }), path)).status).toBe(404);
  });
});

describe('/pki/{ca}/crl-chain.pem', () => {
  it('has the CRLs of every CA of the chain, all shards, the issuing one first', async () => {
    const fixture = await published({ crlShards: 2 });
    const response = await get(fixture, '/pki/issuing/crl-chain.pem');
    const blocks = decodePem(String(response.body));
    expect(blocks.map(({ label }) => label)).toEqual(['X509 CRL', 'X509 CRL', 'X509 CRL']);
    const issuers = blocks.map(({ bytes }) => toHex(parseCertificateList(bytes).issuer.der));
    const { issuingIdentity, rootIdentity } = fixture;
    expect(issuers).toEqual([issuingIdentity, issuingIdentity, rootIdentity].map(({ nameDer }) => toHex(nameDer)));
  });

  it('changes its ETag with any of them and gives no Last-Modified, which seconds are too coarse for', async () => {
    const fixture = await published({ crlShards: 2 });
    const before = await get(fixture, '/pki/issuing/crl-chain.pem');
    const etag = field(before, 'ETag') ?? '';
    expect((await get(fixture, '/pki/issuing/crl-chain.pem', { 'if-none-match': etag })).status).toBe(304);
    await fixture.publisher.publish(fixture.root.authority, 0);
    const after = await get(fixture, '/pki/issuing/crl-chain.pem', { 'if-none-match': etag });
    expect(after.status).toBe(200);
    expect(field(after, 'Last-Modified')).toBeUndefined();
  });

  it('503 while one of them is missing', async () => {
    const fixture = await createFixture();
    await fixture.publisher.publish(fixture.issuing.authority, 0);
    expect((await get(fixture, '/pki/issuing/crl-chain.pem')).status).toBe(503);
    await fixture.publisher.publish(fixture.root.authority, 0);
    expect((await get(fixture, '/pki/issuing/crl-chain.pem')).status).toBe(200);
  });
});

describe('CA certificates', () => {
  it('/pki/{ca}.cer is the DER of the CA certificate (RFC 5280 §4.2.2.1)', async () => {
    const fixture = await createFixture();
    const response = await get(fixture, '/pki/issuing.cer');
    expect(field(response, 'Content-Type')).toBe('application/pkix-cert');
    expect(equalBytes(response.body as Uint8Array, fixture.issuingIdentity.certificateDer)).toBe(true);
    const etag = field(response, 'ETag') ?? '';
    expect((await get(fixture, '/pki/issuing.cer', { 'if-none-match': etag })).status).toBe(304);
  });

  it('/pki/{ca}/chain.pem is the chain up to the root', async () => {
    const fixture = await createFixture();
    const response = await get(fixture, '/pki/issuing/chain.pem');
    expect(decodePem(String(response.body)).map(({ bytes }) => toHex(bytes))).toEqual(
      [fixture.issuingIdentity, fixture.rootIdentity].map(({ certificateDer }) => toHex(certificateDer)),
    );
  });

  it('/trust shows the fingerprint and is a PEM file of the root alone', async () => {
    const fixture = await createFixture();
    const text = String((await get(fixture, '/trust')).body);
    const fingerprint = toHex(sha256(fixture.rootIdentity.certificateDer)).toUpperCase();
    expect(text.replaceAll(':', '')).toContain(fingerprint);
    expect(decodePem(text).map(({ bytes }) => toHex(bytes))).toEqual([toHex(fixture.rootIdentity.certificateDer)]);
  });
});

describe('what is not there', () => {
  it.each([
    ['GET', '/pki/other.crl', 404],
    ['GET', '/pki/issuing-delta.crl', 404],
    ['GET', '/pki/other/chain.pem', 404],
    ['GET', '/pki/issuing/other.pem', 404],
    ['POST', '/pki/issuing.crl', 405],
  ])('%s %s is %i', async (method, path, status) => {
    const fixture = await published();
    expect((await fixture.handler(httpRequest(method, path))).status).toBe(status);
  });
});
