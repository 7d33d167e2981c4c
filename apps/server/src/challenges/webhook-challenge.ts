/** Challenges that a server of the operator knows: it is asked by POST, and told afterwards what became of it. */
import { createHmac } from 'node:crypto';
import { toBase64, toHex } from '@touchmark/asn1';
import { CaError, checkDeviceId } from '@touchmark/ca';
import type { ChallengeOutcome, ChallengeQuestion, ChallengeVerdict, Clock } from '@touchmark/ca';
import { z } from 'zod';
import { BoundedWork } from './bounded-work.ts';
import type { ChallengeKeys } from './challenge-keys.ts';
import type { WebhookChallengeSettings } from './challenge-settings.ts';
import type { KindVerifier } from './kind-verifier.ts';
import { OutgoingError, exchange } from './outgoing-http.ts';
import { readJson } from './read-json.ts';

const maxAnswerOctets = 16 * 1024;

const WebhookAnswer = z.strictObject({
  allow: z.boolean(),
  /** The device that the challenge stands for; without it, the one that the request names. */
  deviceId: z.string().refine(isDeviceId).optional(),
  /** For the log of the service; the device is not told. */
  reason: z.string().max(500).optional(),
});

function isDeviceId(text: string): boolean {
  try {
    checkDeviceId(text);
    return true;
  } catch (error) {
    if (error instanceof CaError) return false;
    throw error;
  }
}

/**
 * The value of `Touchmark-Signature`: HMAC-SHA-256 with the key of the endpoint over the timestamp, a full stop and the body.
 *
 * @param timestamp seconds since the epoch, as in `Touchmark-Timestamp`
 */
export function signWebhook(key: Uint8Array, timestamp: string, body: string): string {
  return `v1=${createHmac('sha256', key).update(`${timestamp}.${body}`).digest('hex')}`;
}

export interface WebhookChallengeDependencies {
  readonly keys: Pick<ChallengeKeys, 'get'>;
  readonly clock: Clock;
}

export class WebhookChallengeVerifier implements KindVerifier<WebhookChallengeSettings> {
  readonly #dependencies: WebhookChallengeDependencies;
  readonly #work = new BoundedWork({ atOnce: 32, waitingAtMost: 256 });

  constructor(dependencies: WebhookChallengeDependencies) {
    this.#dependencies = dependencies;
  }

  async verify(question: ChallengeQuestion, settings: WebhookChallengeSettings): Promise<ChallengeVerdict> {
    const { challenge, requestDer, remoteAddress } = question;
    const text = await this.#work.run(
      () =>
        this.#post(question.endpoint.label, settings, {
          event: 'challenge',
          challenge,
          certificationRequest: toBase64(requestDer),
          remoteAddress,
          ...identityOf(question),
        }),
      tooMany,
    );
    const { allow, deviceId, reason } = readJson(text, WebhookAnswer, new URL(settings.url).host);
    if (allow) return { deviceId, device: 'any' };
    // The reason may be for no device's eyes, and may quote what was asked.
    const cause = reason === undefined ? undefined : new Error(reason.replaceAll(challenge, '[challenge]'));
    throw new CaError(
      'challengeRefused',
      'The server that knows the challenges of this endpoint has refused this one. It knows the attempt by its id.',
      { cause },
    );
  }

  async report(
    question: ChallengeQuestion,
    outcome: ChallengeOutcome,
    settings: WebhookChallengeSettings,
  ): Promise<void> {
    // What was certified: whoever vouched may have named another device than the request.
    const about = outcome.kind === 'issued' ? { ...question, deviceId: outcome.certificate.deviceId } : question;
    await this.#post(question.endpoint.label, settings, { ...describe(outcome), ...identityOf(about) });
  }

  async test(endpointLabel: string, settings: WebhookChallengeSettings): Promise<string> {
    await this.#post(endpointLabel, settings, { event: 'test' });
    return `${new URL(settings.url).host} has answered with status 200.`;
  }

  /** @throws OutgoingError unless the answer is 200 */
  async #post(
    endpointLabel: string,
    { url, timeoutSeconds, caCertificates, allowPrivateAddresses }: WebhookChallengeSettings,
    fields: { readonly event: string } & Readonly<Record<string, unknown>>,
  ): Promise<string> {
    const { keys, clock } = this.#dependencies;
    const body = JSON.stringify({ version: 1, ...fields, endpoint: endpointLabel });
    const timestamp = String(Math.floor(clock.now().getTime() / 1000));
    const headers = {
      'content-type': 'application/json',
      'touchmark-timestamp': timestamp,
      'touchmark-signature': signWebhook(await keys.get(endpointLabel), timestamp, body),
    };
    const target = new URL(url);
    const answer = await exchange(
      { url: target, method: 'POST', headers, body },
      { caCertificates, allowPrivateAddresses, maxAnswerOctets },
      AbortSignal.timeout(timeoutSeconds * 1000),
    );
    if (answer.status === 200) return answer.body;
    throw new OutgoingError('answerUnreadable', `${target.host} answered with status ${answer.status} instead of 200.`);
  }
}

function identityOf({ attemptId, deviceId, transactionId }: ChallengeQuestion): Readonly<Record<string, unknown>> {
  return { attemptId, deviceId: deviceId ?? null, transactionId: transactionId ?? null };
}

function describe(outcome: ChallengeOutcome): { readonly event: string } & Readonly<Record<string, unknown>> {
  switch (outcome.kind) {
    case 'issued': {
      const { certificateDer, serialNumber, notAfter } = outcome.certificate;
      return {
        event: 'issued',
        certificate: toBase64(certificateDer),
        serialNumber: toHex(serialNumber),
        notAfter: notAfter.toISOString(),
      };
    }
    case 'refused':
      return { event: 'refused', code: outcome.error.code, message: outcome.error.message };
  }
}

function tooMany(): CaError {
  return new CaError(
    'challengeUnavailable',
    'Too many challenges are being asked about just now. Try again in a few seconds.',
    { retryAfterSeconds: 5 },
  );
}
