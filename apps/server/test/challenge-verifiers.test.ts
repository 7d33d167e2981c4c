/** The port of the domain, whole: every kind by its own verifier, counted, logged without secrets, reported with patience. */
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CaError } from '@touchmark/ca';
import type { ChallengeKind, ChallengeOutcome } from '@touchmark/ca';
import { buildCertificationRequest } from '@touchmark/testkit';
import { ChallengeKeys } from '../src/challenges/challenge-keys.ts';
import { ChallengeVerifiers } from '../src/challenges/challenge-verifiers.ts';
import type { ChallengeVerifiersDependencies } from '../src/challenges/challenge-verifiers.ts';
import { hashStaticChallenge } from '../src/challenges/static-challenge.ts';
import { Metrics } from '../src/metrics.ts';
import { clientSecret, startIntune } from './support/intune-stand-in.ts';
import type { IntuneStandIn } from './support/intune-stand-in.ts';
import { json, startLocalHttps } from './support/local-https.ts';
import type { LocalHttps } from './support/local-https.ts';
import { codeOf, newSecretStore, questionAt } from './support/question.ts';

const secrets = newSecretStore();
const keys = new ChallengeKeys(secrets);
const password = 'correct horse battery';
const refused: ChallengeOutcome = {
  kind: 'refused',
  error: new CaError('deviceSuspended', 'The device is suspended.'),
};

let hook: LocalHttps;
let intune: IntuneStandIn;
let settings: Record<ChallengeKind, Readonly<Record<string, unknown>>>;
let metrics: Metrics;
let lines: string[];
let verifiers: ChallengeVerifiers;

beforeAll(async () => {
  hook = await startLocalHttps((_, response) => json(response, 200, { allow: true }));
  intune = await startIntune();
  settings = {
    static: await hashStaticChallenge(password),
    derived: {},
    webhook: {
      url: `https://localhost:${hook.port}/`,
      caCertificates: hook.caCertificates,
      allowPrivateAddresses: true,
      timeoutSeconds: 1,
    },
    intune: intune.settings,
  };
  for (const label of ['derived', 'webhook']) await keys.create(label);
  await keys.set('intune', 'intune', clientSecret);
});
afterAll(async () => {
  await hook?.close();
  await intune?.close();
});

const create = (changes: Partial<ChallengeVerifiersDependencies> = {}): ChallengeVerifiers => {
  const keep = (...parts: unknown[]): void => void lines.push(inspect(parts, { depth: 9, breakLength: Infinity }));
  return new ChallengeVerifiers({
    secrets,
    clock: { now: () => new Date() },
    logger: { debug: keep, info: keep, warn: keep, error: keep },
    onVerdict: metrics.challengeVerdict,
    onReport: metrics.challengeReport,
    reportDelaysSeconds: [0.05, 0.05],
    ...changes,
  });
};
beforeEach(() => {
  metrics = new Metrics();
  lines = [];
  verifiers = create();
  hook.answer = (_, response) => json(response, 200, { allow: true });
  hook.seen.length = 0;
  intune.notifications.length = 0;
});

const ask = async (kind: ChallengeKind, challenge: string, fields: object = {}) => {
  const { certificationRequestDer } = await buildCertificationRequest({ challengePassword: challenge });
  return questionAt(kind, settings[kind], { label: kind, challenge, requestDer: certificationRequestDer, ...fields });
};
const counted = async (): Promise<string[]> =>
  (await metrics.registry.metrics()).split('\n').filter((line) => /^touchmark_challenge\w*_total\{/.test(line));

describe('each kind', () => {
  it('has its verdict', async () => {
    intune.challenges.set('of Intune', 'Success');
    const derived = await keys.derive('derived', 'device-0042');
    expect(await verifiers.verify(await ask('static', password))).toEqual({ deviceId: undefined, device: 'unknown' });
    expect(await verifiers.verify(await ask('derived', derived))).toEqual({
      deviceId: 'device-0042',
      device: 'withoutCertificate',
    });
    expect(await verifiers.verify(await ask('webhook', 'anything'))).toEqual({ deviceId: undefined, device: 'any' });
    expect(await verifiers.verify(await ask('intune', 'of Intune'))).toEqual({ deviceId: undefined, device: 'any' });
    expect(await counted()).toEqual(
      ['static', 'derived', 'webhook', 'intune'].map(
        (kind) => `touchmark_challenges_total{kind="${kind}",result="right"} 1`,
      ),
    );
  });

  it('has its refusals', async () => {
    hook.answer = (_, response) => json(response, 200, { allow: false, reason: 'no such order' });
    expect(await codeOf(verifiers.verify(await ask('static', 'a wrong password')))).toBe('challengeWrong');
    expect(await codeOf(verifiers.verify(await ask('derived', 'x'.repeat(32))))).toBe('challengeWrong');
    expect(await codeOf(verifiers.verify(await ask('webhook', 'anything')))).toBe('challengeRefused');
    expect(await codeOf(verifiers.verify(await ask('intune', 'made up')))).toBe('challengeWrong');
    expect(lines.filter((line) => line.includes('challenge.wrong'))).toHaveLength(3);
    expect(lines.find((line) => line.includes('challenge.refused'))).toContain('no such order');
  });

  it('of a device does for no other device, no other endpoint, no request without a name', async () => {
    const challenge = await keys.derive('derived', 'device-0042');
    for (const fields of [{ deviceId: 'device-0043' }, { deviceId: 'DEVICE-0042' }, { deviceId: undefined }]) {
      expect(await codeOf(verifiers.verify(await ask('derived', challenge, fields)))).toBe('challengeWrong');
    }
    await keys.set('other', 'derived', Buffer.from(await keys.get('derived')).toString('hex'));
    expect(await codeOf(verifiers.verify(await ask('derived', challenge, { label: 'other' })))).toBe('challengeWrong');
    await keys.create('derived');
    expect(await codeOf(verifiers.verify(await ask('derived', challenge)))).toBe('challengeWrong');
  });
});

describe('what cannot be verified is no consent', () => {
  it.each<[string, () => Promise<ReturnType<typeof questionAt>>]>([
    ['without a key', async () => questionAt('derived', {}, { label: 'keyless' })],
    ['with settings of another release', async () => questionAt('webhook', { url: 'https://a.example/', mode: 2 })],
    ['with a webhook that has no key', async () => questionAt('webhook', settings.webhook, { label: 'keyless' })],
    ['with a server that is not there', async () => ask('webhook', 'x', {})],
  ])('%s', async (_, question) => {
    hook.answer = (_request, response) => void response.destroy();
    await expect(verifiers.verify(await question())).rejects.toMatchObject({
      code: 'challengeUnavailable',
      message: expect.stringMatching(/^The challenge cannot be verified just now\./),
    });
    expect(lines[0]).toMatch(/challenge\.unavailable/);
  });

  it('a fault of ours is internal', async () => {
    const failing = { ...secrets, getSecret: () => Promise.reject(new TypeError('a fault')) };
    const broken = create({ secrets: failing });
    expect(await codeOf(broken.verify(await ask('derived', 'x')))).toBe('internal');
    expect(await counted()).toEqual(['touchmark_challenges_total{kind="derived",result="failed"} 1']);
  });

  it('a registry that is away says so itself', async () => {
    const away = { ...secrets, getSecret: () => Promise.reject(new CaError('registryUnavailable', 'It is away.')) };
    expect(await codeOf(create({ secrets: away }).verify(await ask('derived', 'x')))).toBe('registryUnavailable');
  });
});

describe('reports', () => {
  it('go to whoever vouched, and to nobody otherwise', async () => {
    for (const kind of ['static', 'derived', 'webhook', 'intune'] as const) {
      await verifiers.report(await ask(kind, 'x'), refused);
    }
    expect(hook.seen.map(({ body }) => (JSON.parse(body) as { event: string }).event)).toEqual(['refused']);
    expect(intune.notifications).toMatchObject([{ action: 'failureNotification' }]);
    expect(await counted()).toEqual([
      'touchmark_challenge_reports_total{kind="webhook",result="delivered"} 1',
      'touchmark_challenge_reports_total{kind="intune",result="delivered"} 1',
    ]);
  });

  it('are tried three times', async () => {
    let tries = 0;
    hook.answer = (_, response) => json(response, ++tries < 3 ? 500 : 200, {});
    await verifiers.report(await ask('webhook', 'x'), refused);
    expect(tries).toBe(3);
    hook.answer = (_, response) => json(response, 500, {});
    hook.seen.length = 0;
    await verifiers.report(await ask('webhook', 'x'), refused);
    expect(hook.seen).toHaveLength(3);
    expect(lines.at(-1)).toMatch(/challenge\.notReported/);
    expect(await counted()).toEqual([
      'touchmark_challenge_reports_total{kind="webhook",result="delivered"} 1',
      'touchmark_challenge_reports_total{kind="webhook",result="failed"} 1',
    ]);
  });

  it('are given up when the service ends', async () => {
    hook.answer = (_, response) => json(response, 500, {});
    const patient = create({ reportDelaysSeconds: [600] });
    const report = patient.report(await ask('webhook', 'x'), refused);
    setTimeout(() => patient.close(), 200);
    await report;
    expect(hook.seen).toHaveLength(1);
  });
});

it('no secret stands in a log, whatever goes wrong', async () => {
  const challenge = 'the challenge that nobody must see';
  hook.answer = (_, response) => json(response, 200, { allow: false, reason: `unknown: ${challenge}` });
  for (const kind of ['static', 'derived', 'webhook', 'intune'] as const) {
    await codeOf(verifiers.verify(await ask(kind, challenge)));
    await verifiers.report(await ask(kind, challenge), refused);
  }
  hook.answer = (request, response) => json(response, 200, request.body);
  await codeOf(verifiers.verify(await ask('webhook', challenge)));
  await keys.set('intune', 'intune', 'another-client-secret');
  await codeOf(verifiers.verify(await ask('intune', challenge)));
  expect(lines.length).toBeGreaterThanOrEqual(6);
  const key = Buffer.from(await keys.get('webhook'));
  for (const secret of [challenge, password, 'another-client-secret', clientSecret, key.toString('hex')]) {
    expect(lines.join('\n')).not.toContain(secret);
    expect(lines.join('\n')).not.toContain(Buffer.from(secret).toString('base64').slice(0, 20));
  }
});

describe('keys', () => {
  it.each([
    ['derived', 'ab'.repeat(31)],
    ['derived', 'ab'.repeat(65)],
    ['webhook', 'zz'.repeat(32)],
    ['webhook', ''],
    ['intune', 'short'],
    ['intune', 'with blanks in the middle'],
    ['intune', 'x'.repeat(513)],
  ] as const)('of %s are not set to %j, which is not quoted', async (kind, key) => {
    const error = await keys.set('refused', kind, key).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'invalidArgument' });
    if (key.length > 5) expect(String(error)).not.toContain(key);
    expect(await keys.has('refused')).toBe(false);
  });

  it('are made, shown, replaced and deleted', async () => {
    const made = await keys.create('a~label');
    expect(made).toHaveLength(32);
    expect(await keys.get('a~label')).toEqual(made);
    expect(await keys.create('a~label')).not.toEqual(made);
    expect(await keys.has('a~label')).toBe(true);
    await keys.delete('a~label');
    expect(await keys.has('a~label')).toBe(false);
    await expect(keys.derive('a~label', 'device-1')).rejects.toMatchObject({ code: 'keyNotFound' });
    await expect(keys.derive('derived', '../x')).rejects.toMatchObject({ code: 'deviceNameInvalid' });
  });
});

describe('a test without a device', () => {
  const test = (kind: ChallengeKind, changes: object = {}, label: string = kind) =>
    verifiers.test(questionAt(kind, { ...settings[kind], ...changes }, { label }).endpoint);

  it('finds that all is well, and asks about nobody', async () => {
    await keys.set('intune', 'intune', clientSecret);
    expect(await test('static')).toMatchObject({ ok: true });
    expect(await test('derived')).toMatchObject({ ok: true, message: expect.stringContaining('opens') });
    expect(await test('webhook')).toEqual({
      ok: true,
      message: `localhost:${hook.port} has answered with status 200.`,
    });
    expect(hook.seen.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { version: 1, event: 'test', endpoint: 'webhook' },
    ]);
    expect(hook.seen[0]?.headers['touchmark-signature']).toMatch(/^v1=[0-9a-f]{64}$/);
    expect(await test('intune')).toMatchObject({ ok: true, message: expect.stringContaining('127.0.0.1') });
    expect(await counted()).toEqual([]);
  });

  it.each<[string, ChallengeKind, object, string | undefined, RegExp]>([
    [
      'a name that cannot be looked up',
      'webhook',
      { url: 'https://not-there.invalid/' },
      undefined,
      /cannot be looked up/,
    ],
    ['nobody who listens', 'webhook', { url: 'https://127.0.0.1:1/' }, undefined, /failed.*ECONNREFUSED/],
    ['a certificate of nobody', 'webhook', { caCertificates: undefined }, undefined, /failed.*certificate/],
    ['settings that cannot be read', 'webhook', { url: 'ftp://x/' }, undefined, /must begin with https/],
    ['a key that is not there', 'webhook', {}, 'lost', /challenge:lost/],
    ['a key that is not there', 'derived', {}, 'lost', /challenge:lost/],
    ['a client that Entra does not know', 'intune', { clientId: 'nobody' }, undefined, /gave no token.*client secret/],
  ])('finds %s (%s)', async (_, kind, changes, label, says) => {
    const found = await test(kind, changes, label ?? kind);
    expect(found).toEqual({ ok: false, message: expect.stringMatching(says) });
    expect(found.message).not.toContain(clientSecret);
  });

  it('finds a webhook that says no', async () => {
    hook.answer = (_, response) => json(response, 500, {});
    expect(await test('webhook')).toEqual({ ok: false, message: expect.stringContaining('status 500') });
  });

  it('is a conflict where there is no challenge', async () => {
    const { endpoint } = questionAt('derived', {});
    expect(await codeOf(verifiers.test({ ...endpoint, challenge: undefined }))).toBe('conflict');
  });
});
