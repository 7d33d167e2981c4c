import { describe, expect, it } from '@jest/globals';
import { CaError, defaultSettings } from '@touchmark/ca';
import type { Authority } from '@touchmark/ca';
import { createStatusHandler, parseSerialNumberHex } from '../src/index.ts';
import { httpRequest } from './support/http.ts';
import { frozenNow } from './support/pki.ts';
import { MemoryStatuses } from './support/statuses.ts';

const authority: Authority = {
  id: 'issuing-id',
  name: 'issuing',
  kind: 'issuing',
  issuerId: 'root-id',
  certificateDer: new Uint8Array(),
  keyId: 'key',
  ...defaultSettings('ec-p256'),
  signatureAlgorithm: 'ecdsa-with-SHA256',
  revision: 1,
};
const serial = Uint8Array.of(0x0a, 0xbc, 0xde);
const notAfter = new Date('2031-06-01T00:00:00Z');

function createHandler() {
  const statuses = new MemoryStatuses();
  const clock = { time: frozenNow, now: () => clock.time };
  const handler = createStatusHandler({
    authorities: { findIssuerByName: (name) => (name === 'issuing' ? { authority } : undefined) },
    statuses,
    clock,
  });
  const ask = async (path: string): Promise<{ status: number; body: Record<string, unknown> }> => {
    const response = await handler(httpRequest('GET', path));
    return { status: response.status, body: JSON.parse(String(response.body)) as Record<string, unknown> };
  };
  return { statuses, clock, ask };
}

describe('/status/{ca}/{serial}', () => {
  it('good', async () => {
    const { statuses, ask } = createHandler();
    statuses.issue(authority.id, serial, notAfter);
    expect(await ask('/status/issuing/0abcde')).toEqual({
      status: 200,
      body: { status: 'good', serial: '0abcde', revokedAt: null, reason: null, notAfter: '2031-06-01T00:00:00.000Z' },
    });
  });

  it('revoked, with time and reason, also after expiry', async () => {
    const { statuses, clock, ask } = createHandler();
    statuses.issue(authority.id, serial, notAfter);
    statuses.revoke(authority.id, serial, 'keyCompromise', frozenNow);
    const revoked = { status: 'revoked', revokedAt: frozenNow.toISOString(), reason: 'keyCompromise' };
    expect((await ask('/status/issuing/0abcde')).body).toMatchObject(revoked);
    clock.time = new Date('2033-01-01T00:00:00Z');
    expect((await ask('/status/issuing/0abcde')).body).toMatchObject(revoked);
  });

  it('held', async () => {
    const { statuses, ask } = createHandler();
    statuses.issue(authority.id, serial, notAfter);
    statuses.revoke(authority.id, serial, 'certificateHold', frozenNow);
    expect((await ask('/status/issuing/0abcde')).body).toMatchObject({ status: 'held', reason: 'certificateHold' });
  });

  it('expired only when the last second is over', async () => {
    const { statuses, clock, ask } = createHandler();
    statuses.issue(authority.id, serial, notAfter);
    clock.time = new Date(notAfter.getTime() + 999);
    expect((await ask('/status/issuing/0abcde')).body.status).toBe('good');
    clock.time = new Date(notAfter.getTime() + 1000);
    expect((await ask('/status/issuing/0abcde')).body.status).toBe('expired');
  });

  it('unknown, never good, for a serial number that was never issued', async () => {
    const { ask } = createHandler();
    expect(await ask('/status/issuing/77')).toEqual({
      status: 200,
      body: { status: 'unknown', serial: '77', revokedAt: null, reason: null, notAfter: null },
    });
  });

  it.each([
    ['/status/other/77', 404, 'notFound'],
    ['/status/issuing/xyz', 400, 'invalidArgument'],
    [`/status/issuing/${'77'.repeat(21)}`, 400, 'invalidArgument'],
  ])('%s is %i %s', async (path, status, code) => {
    const { ask } = createHandler();
    expect(await ask(path)).toMatchObject({ status, body: { code } });
  });

  it('503 when the registry does not answer', async () => {
    const { statuses, ask } = createHandler();
    statuses.available = false;
    expect(await ask('/status/issuing/77')).toMatchObject({ status: 503, body: { code: 'registryUnavailable' } });
    await expect(statuses.findStatuses('x', [])).rejects.toBeInstanceOf(CaError);
  });
});

describe('serial numbers as people write them', () => {
  it.each([
    ['0abcde', '0abcde'],
    ['ABCDE', '0abcde'],
    ['0A:BC:DE', '0abcde'],
    ['0a%3ABC%3ade', '0abcde'],
    ['000000abcde', '0abcde'],
    // The content octets of a positive INTEGER whose first bit is set.
    ['ff', '00ff'],
    ['00FF', '00ff'],
    ['0', '00'],
  ])('%s is %s', (text, hex) => {
    expect(parseSerialNumberHex(text)).toBe(hex);
  });

  it.each(['', ':', 'g', '0x12', '-1', '%00', 'a'.repeat(41)])('"%s" is none', (text) => {
    expect(parseSerialNumberHex(text)).toBeUndefined();
  });
});
