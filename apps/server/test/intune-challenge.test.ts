/** Intune's SCEP validation API against a server that speaks it: verdicts, tokens, throttling, outages, notifications. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fromBase64 } from '@touchmark/asn1';
import { CaError } from '@touchmark/ca';
import type { ChallengeQuestion, IssuedCertificate } from '@touchmark/ca';
import { buildCertificationRequest, createTestAuthority } from '@touchmark/testkit';
import { ChallengeKeys } from '../src/challenges/challenge-keys.ts';
import { parseChallengeSettings } from '../src/challenges/challenge-settings.ts';
import type { IntuneChallengeSettings } from '../src/challenges/challenge-settings.ts';
import { IntuneChallengeVerifier } from '../src/challenges/intune-challenge.ts';
import { clientSecret, startIntune } from './support/intune-stand-in.ts';
import type { IntuneStandIn } from './support/intune-stand-in.ts';
import { json } from './support/local-https.ts';
import { newSecretStore, questionAt } from './support/question.ts';

const rightChallenge = 'a challenge that Intune has made';
const clock = { now: () => new Date() };
const secrets = newSecretStore();
const keys = new ChallengeKeys(secrets);

let intune: IntuneStandIn;
let settings: IntuneChallengeSettings;
let verifier: IntuneChallengeVerifier;
let question: ChallengeQuestion;

const asking = async (challenge: string): Promise<ChallengeQuestion> => {
  const { certificationRequestDer } = await buildCertificationRequest({ challengePassword: challenge });
  return questionAt('intune', {}, { challenge, requestDer: certificationRequestDer });
};
const checked = (changes: object = {}): IntuneChallengeSettings => {
  const parsed = parseChallengeSettings('intune', { ...intune.settings, ...changes });
  if (parsed.kind !== 'intune') throw new Error('That is no Intune.');
  return parsed.settings;
};

beforeEach(async () => {
  intune = await startIntune();
  intune.challenges.set(rightChallenge, 'Success');
  settings = checked();
  await keys.set('factory', 'intune', clientSecret);
  verifier = new IntuneChallengeVerifier({ keys, clock });
  question = await asking(rightChallenge);
});
afterEach(() => intune.close());

const verify = (): Promise<unknown> => verifier.verify(question, settings);

describe('a challenge', () => {
  it('that Intune takes is right, and the device is the one that it knows', async () => {
    expect(await verify()).toEqual({ deviceId: undefined, device: 'any' });
    const sent = intune.https.seen.find(({ path }) => path.endsWith('validateRequest'))!;
    expect(JSON.parse(sent.body)).toEqual({
      request: {
        transactionId: 'C0FFEE',
        certificateRequest: Buffer.from(question.requestDer).toString('base64'),
        callerInfo: expect.stringMatching(/^Touchmark\/\d/),
      },
    });
    expect(sent.headers['user-agent']).toMatch(/^Touchmark\//);
  });

  it('without a transaction goes by the id of the attempt', async () => {
    await verifier.verify({ ...question, transactionId: undefined }, settings);
    const sent = intune.https.seen.find(({ path }) => path.endsWith('validateRequest'))!;
    expect(JSON.parse(sent.body)).toMatchObject({ request: { transactionId: question.attemptId } });
  });

  it.each([
    ['ChallengePasswordMissing', 'challengeWrong'],
    ['ChallengeDecodingError', 'challengeWrong'],
    ['ChallengeDecryptionError', 'challengeWrong'],
    ['ChallengeExpired', 'challengeWrong'],
    ['BadDeviceIdInChallenge', 'challengeWrong'],
    ['SignatureValidationFailed', 'challengeWrong'],
    ['SubjectNameMismatch', 'challengeRefused'],
    ['SubjectAltNameMismatch', 'challengeRefused'],
    ['EnhancedKeyUsageMissing', 'challengeRefused'],
    ['KeyLengthMismatch', 'challengeRefused'],
    ['ScepProfileNoLongerTargetedToTheClient', 'challengeRefused'],
  ])('that Intune answers with %s is %s, and the message says so', async (code, refusal) => {
    intune.challenges.set(rightChallenge, code);
    await expect(verify()).rejects.toMatchObject({ code: refusal, message: expect.stringContaining(code) });
  });

  it.each(['Unknown', 'success', 'SomethingOfNextYear', ''])(
    'with the code "%s" is refused without quoting it',
    async (code) => {
      intune.challenges.set(rightChallenge, code);
      const error = (await verify().catch((caught: unknown) => caught)) as CaError;
      expect(error.code).toBe('challengeRefused');
      if (code.length > 7) expect(error.message).not.toContain(code);
    },
  );

  it('that Intune has never made is wrong', async () => {
    question = await asking('made up');
    await expect(verify()).rejects.toMatchObject({ code: 'challengeWrong' });
  });
});

describe('tokens and the place of the service', () => {
  it('are asked for once, also by many at once', async () => {
    await Promise.all(Array.from({ length: 20 }, verify));
    await verify();
    expect([intune.count('token'), intune.count('discovery'), intune.count('validateRequest')]).toEqual([2, 1, 21]);
  });

  it('a token is replaced before it expires', async () => {
    intune.tokenSeconds = 61;
    await verify();
    await verify();
    expect(intune.count('token')).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await verify();
    expect(intune.count('token')).toBe(3);
  });

  it('a token that is not taken any more is replaced once', async () => {
    await verify();
    intune.revokeTokens();
    await verify();
    expect(intune.count('token')).toBe(3);
    intune.mishaps.push(
      (response) => json(response, 401, {}),
      (response) => json(response, 401, {}),
    );
    await expect(verify()).rejects.toMatchObject({ name: 'OutgoingError', message: expect.stringContaining('401') });
  });

  it('a service that has moved is found again', async () => {
    await verify();
    intune.move();
    await verify();
    expect(intune.count('discovery')).toBe(2);
  });

  it('a wrong client secret is told by its code, and stands in no message', async () => {
    await keys.set('factory', 'intune', 'quite-another-client-secret');
    const error = (await verify().catch((caught: unknown) => caught)) as Error;
    expect(error.message).toMatch(/401 and "invalid_client"\. Check tenant, client id and client secret/);
    expect(error.message).not.toContain('quite-another');
    await keys.set('factory', 'intune', clientSecret);
    await verify();
  });

  it('a tenant without Intune is told', async () => {
    const answer = intune.https.answer;
    intune.https.answer = (request, response) =>
      request.path.endsWith('/endpoints') ? json(response, 200, { value: [] }) : answer(request, response);
    await expect(verify()).rejects.toMatchObject({ message: expect.stringContaining('tenant has Intune') });
    intune.https.answer = answer;
    await verify();
  });

  it('a service that is not HTTPS gets no token', async () => {
    const answer = intune.https.answer;
    intune.https.answer = (request, response) =>
      request.path.endsWith('/endpoints')
        ? json(response, 200, {
            value: [{ providerName: 'ScepRequestValidationFEService', uri: 'http://127.0.0.1/x' }],
          })
        : answer(request, response);
    await expect(verify()).rejects.toMatchObject({ kind: 'answerUnreadable' });
  });
});

describe('Intune in trouble', () => {
  it('that asks to wait a moment is waited for', async () => {
    intune.mishaps.push((response) => json(response, 429, {}, { 'retry-after': '1' }));
    const begin = performance.now();
    await verify();
    expect(performance.now() - begin).toBeGreaterThan(950);
  });

  it('that asks to wait longer is not: the device is told when to come back', async () => {
    intune.mishaps.push((response) => json(response, 429, {}, { 'retry-after': '120' }));
    await expect(verify()).rejects.toMatchObject({ code: 'challengeUnavailable', retryAfterSeconds: 120 });
    const later = new Date(Date.now() + 60_000).toUTCString();
    intune.mishaps.push((response) => json(response, 503, {}, { 'retry-after': later }));
    const error = (await verify().catch((caught: unknown) => caught)) as CaError;
    expect(error.retryAfterSeconds).toBeGreaterThan(55);
    expect(error.retryAfterSeconds).toBeLessThanOrEqual(60);
    expect(intune.count('validateRequest')).toBe(2);
  });

  it('is asked a second time after a fault, and no third time', async () => {
    intune.mishaps.push((response) => json(response, 500, {}));
    await verify();
    intune.mishaps.push((response) => void response.destroy());
    await verify();
    const before = intune.count('validateRequest');
    intune.mishaps.push(
      (response) => json(response, 500, {}),
      (response) => void response.destroy(),
    );
    await expect(verify()).rejects.toMatchObject({ name: 'OutgoingError' });
    expect(intune.count('validateRequest')).toBe(before + 2);
  });

  it.each([400, 403])('that answers %i is not asked again', async (status) => {
    intune.mishaps.push((response) => json(response, status, {}));
    await expect(verify()).rejects.toMatchObject({ message: expect.stringContaining(String(status)) });
    expect(intune.count('validateRequest')).toBe(1);
  });

  it.each(['', 'OK', '{}', '{"code":7}', '[]', 'null'])('that answers %j gives no consent', async (body) => {
    intune.mishaps.push((response) => json(response, 200, body));
    await expect(verify()).rejects.toMatchObject({ kind: 'answerUnreadable' });
  });

  it('that says nothing is given up in time', async () => {
    settings = checked({ timeoutSeconds: 0.5 });
    await verify();
    intune.mishaps.push(() => undefined);
    const begin = performance.now();
    await expect(verify()).rejects.toMatchObject({ kind: 'timeout' });
    expect(performance.now() - begin).toBeLessThan(8000);
  });

  it('that is not there at all is no consent, and is found when it comes back', async () => {
    const answer = intune.https.answer;
    intune.https.answer = (_, response) => void response.destroy();
    await expect(verify()).rejects.toMatchObject({ kind: 'connection' });
    intune.https.answer = answer;
    await verify();
  });

  it('without a client secret is not asked', async () => {
    await keys.delete('factory');
    await expect(verify()).rejects.toMatchObject({ name: 'KeyStoreError', code: 'keyNotFound' });
    expect(intune.https.seen).toEqual([]);
  });
});

describe('the notification', () => {
  it('of a certificate names it as Windows does', async () => {
    const leaf = await (await createTestAuthority({ name: 'Fleet' })).issue();
    const certificate = {
      certificateDer: leaf.certificateDer,
      serialNumber: Uint8Array.of(0x01, 0xab),
      notAfter: new Date('2028-03-01T12:00:00Z'),
    } as IssuedCertificate;
    await verifier.report(question, { kind: 'issued', certificate }, settings);
    expect(intune.notifications).toEqual([
      {
        action: 'successNotification',
        body: {
          transactionId: 'C0FFEE',
          certificateRequest: Buffer.from(question.requestDer).toString('base64'),
          callerInfo: expect.stringMatching(/^Touchmark\//),
          certificateThumbprint: createHash('sha1').update(leaf.certificateDer).digest('hex').toUpperCase(),
          certificateSerialNumber: '01AB',
          certificateExpirationDateUtc: '2028-03-01T12:00:00.000Z',
          issuingCertificateAuthority: expect.stringContaining('Fleet Issuing CA'),
          caConfiguration: 'factory',
          certificateAuthority: expect.stringContaining('Fleet Issuing CA'),
        },
      },
    ]);
    expect(fromBase64(String(intune.notifications[0]!.body.certificateRequest))).toEqual(question.requestDer);
  });

  it('of a refusal says why', async () => {
    const error = new CaError('deviceSuspended', 'The device is suspended.');
    await verifier.report(question, { kind: 'refused', error }, settings);
    expect(intune.notifications).toMatchObject([
      {
        action: 'failureNotification',
        body: { hResult: -2147467259, errorDescription: 'deviceSuspended: The device is suspended.' },
      },
    ]);
  });

  it('that Intune does not take fails', async () => {
    intune.mishaps.push((response) => json(response, 200, { code: 'CertificateRequestDecodingFailed' }));
    const error = new CaError('deviceSuspended', 'The device is suspended.');
    await expect(verifier.report(question, { kind: 'refused', error }, settings)).rejects.toMatchObject({
      name: 'OutgoingError',
    });
  });
});
