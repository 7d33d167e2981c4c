/** The contract of docs/challenges.md with a real server: what is sent, and which answers are consent. */
import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestAuthority, frozenClock } from '@touchmark/testkit';
import { CaError } from '@touchmark/ca';
import type { IssuedCertificate } from '@touchmark/ca';
import { ChallengeKeys } from '../src/challenges/challenge-keys.ts';
import { parseChallengeSettings } from '../src/challenges/challenge-settings.ts';
import type { WebhookChallengeSettings } from '../src/challenges/challenge-settings.ts';
import { WebhookChallengeVerifier } from '../src/challenges/webhook-challenge.ts';
import { json, startLocalHttps } from './support/local-https.ts';
import type { Answering, LocalHttps } from './support/local-https.ts';
import { newSecretStore, questionAt } from './support/question.ts';

const allow: Answering = (_, response) => json(response, 200, { allow: true });
const keys = new ChallengeKeys(newSecretStore());
const clock = frozenClock(new Date('2027-03-01T12:00:00.700Z'));
const verifier = new WebhookChallengeVerifier({ keys, clock });
const question = questionAt('webhook', {}, { challenge: 'what the device sends' });
let key: Uint8Array;
let server: LocalHttps;
let settings: WebhookChallengeSettings;

beforeAll(async () => {
  server = await startLocalHttps(allow);
  key = await keys.create('factory');
  const checked = parseChallengeSettings('webhook', {
    url: `https://localhost:${server.port}/touchmark`,
    caCertificates: server.caCertificates,
    allowPrivateAddresses: true,
    timeoutSeconds: 0.5,
  });
  if (checked.kind === 'webhook') ({ settings } = checked);
});
afterAll(() => server?.close());
afterEach(() => {
  server.answer = allow;
  server.seen.length = 0;
});
const answering = (status: number, value: unknown): void => {
  server.answer = (_, response) => json(response, status, value);
};

describe('the question', () => {
  it('has all that the server may decide by, and a signature over body and time', async () => {
    expect(await verifier.verify(question, settings)).toEqual({ deviceId: undefined, device: 'any' });
    const [seen] = server.seen;
    expect(seen).toMatchObject({ method: 'POST', path: '/touchmark' });
    expect(JSON.parse(seen!.body)).toEqual({
      version: 1,
      event: 'challenge',
      endpoint: 'factory',
      challenge: 'what the device sends',
      certificationRequest: Buffer.from(question.requestDer).toString('base64'),
      deviceId: 'device-0042',
      transactionId: 'C0FFEE',
      remoteAddress: '192.0.2.7',
      attemptId: question.attemptId,
    });
    const { 'touchmark-timestamp': timestamp, 'touchmark-signature': signature } = seen!.headers;
    expect(timestamp).toBe('1803902400');
    const mac = createHmac('sha256', key)
      .update(`${String(timestamp)}.${seen!.body}`)
      .digest('hex');
    expect(signature).toBe(`v1=${mac}`);
    expect(seen!.headers['content-type']).toBe('application/json');
  });

  it('says null of what the request does not have', async () => {
    await verifier.verify({ ...question, deviceId: undefined, transactionId: undefined }, settings);
    expect(JSON.parse(server.seen[0]!.body)).toMatchObject({ deviceId: null, transactionId: null });
  });
});

describe('the answer', () => {
  it('may name the device', async () => {
    answering(200, { allow: true, deviceId: 'SN-7' });
    expect(await verifier.verify(question, settings)).toEqual({ deviceId: 'SN-7', device: 'any' });
  });

  it('may refuse, with a reason that the device is not told', async () => {
    answering(200, { allow: false, reason: 'what the device sends was used already' });
    const refusal = await verifier.verify(question, settings).catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      code: 'challengeRefused',
      cause: { message: '[challenge] was used already' },
    });
    expect(String(refusal)).not.toContain('was used already');
    answering(200, { allow: false });
    await expect(verifier.verify(question, settings)).rejects.toMatchObject({ code: 'challengeRefused' });
  });

  it.each<[string, number, unknown]>([
    ['another status', 201, { allow: true }],
    ['an error', 500, { allow: true }],
    ['a redirect', 302, { allow: true }],
    ['nothing', 200, ''],
    ['no JSON', 200, 'yes'],
    ['no object', 200, true],
    ['null', 200, null],
    ['no verdict', 200, {}],
    ['a verdict that is no boolean', 200, { allow: 'true' }],
    ['a number for a verdict', 200, { allow: 1 }],
    ['a member that is not agreed', 200, { allow: true, admin: true }],
    ['a device id that is none', 200, { allow: true, deviceId: '../x' }],
    ['an empty device id', 200, { allow: true, deviceId: '' }],
    ['two values', 200, '{"allow":true}{"allow":true}'],
    ['more than 16 KiB', 200, JSON.stringify({ allow: true, reason: 'x'.repeat(17_000) })],
  ])('with %s is no consent', async (_, status, value) => {
    answering(status, value);
    const error = await verifier.verify(question, settings).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'OutgoingError', kind: 'answerUnreadable' });
    expect(String(error)).not.toContain('what the device sends');
  });

  it('that does not come is no consent', async () => {
    server.answer = () => undefined;
    await expect(verifier.verify(question, settings)).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('of a server at a private address is not asked for unless that is allowed', async () => {
    const closed = { ...settings, allowPrivateAddresses: false };
    await expect(verifier.verify(question, closed)).rejects.toMatchObject({ kind: 'addressRefused' });
    expect(server.seen).toEqual([]);
  });
});

it('no more than 32 are asked about at once', async () => {
  let underWay = 0;
  let most = 0;
  server.answer = (_, response) => {
    underWay += 1;
    most = Math.max(most, underWay);
    setTimeout(() => {
      underWay -= 1;
      json(response, 200, { allow: true });
    }, 20);
  };
  const patient = { ...settings, timeoutSeconds: 10 };
  const outcomes = await Promise.allSettled(Array.from({ length: 320 }, () => verifier.verify(question, patient)));
  expect(most).toBeLessThanOrEqual(32);
  expect(most).toBeGreaterThan(4);
  const refused = outcomes.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(32);
  expect(refused[0]).toMatchObject({ reason: { code: 'challengeUnavailable', retryAfterSeconds: 5 } });
});

describe('the report', () => {
  it('tells what was issued, and to which device, whatever name the request gave', async () => {
    const leaf = await (await createTestAuthority()).issue();
    const certificate = {
      certificateDer: leaf.certificateDer,
      serialNumber: Uint8Array.of(0x01, 0xab),
      notAfter: new Date('2028-03-01T12:00:00Z'),
      deviceId: 'SN-7',
    } as IssuedCertificate;
    await verifier.report(question, { kind: 'issued', certificate }, settings);
    expect(JSON.parse(server.seen[0]!.body)).toEqual({
      version: 1,
      event: 'issued',
      endpoint: 'factory',
      attemptId: question.attemptId,
      deviceId: 'SN-7',
      transactionId: 'C0FFEE',
      certificate: Buffer.from(leaf.certificateDer).toString('base64'),
      serialNumber: '01ab',
      notAfter: '2028-03-01T12:00:00.000Z',
    });
    expect(server.seen[0]!.headers['touchmark-signature']).toMatch(/^v1=[0-9a-f]{64}$/);
  });

  it('tells why nothing was, without the challenge', async () => {
    const error = new CaError('deviceSuspended', 'The device is suspended.');
    await verifier.report(question, { kind: 'refused', error }, settings);
    expect(JSON.parse(server.seen[0]!.body)).toMatchObject({
      event: 'refused',
      deviceId: 'device-0042',
      code: 'deviceSuspended',
      message: 'The device is suspended.',
    });
    expect(server.seen[0]!.body).not.toContain('what the device sends');
  });

  it('fails when the server does not take it', async () => {
    answering(503, {});
    const error = new CaError('deviceSuspended', 'The device is suspended.');
    await expect(verifier.report(question, { kind: 'refused', error }, settings)).rejects.toMatchObject({
      kind: 'answerUnreadable',
    });
  });
});
