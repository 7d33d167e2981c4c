/**
 * Requests to Intune's SCEP validation service: a token of the tenant, where the service is, and one action. The names,
 * versions and shapes are those of Microsoft's reference client, https://github.com/microsoft/Intune-Resource-Access.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { CaError } from '@touchmark/ca';
import type { Clock } from '@touchmark/ca';
import { z } from 'zod';
import { version } from '../version.ts';
import type { IntuneChallengeSettings } from './challenge-settings.ts';
import { OutgoingError, beforeAbort, exchange } from './outgoing-http.ts';
import type { OutgoingAnswer, OutgoingRequest } from './outgoing-http.ts';
import { readJson } from './read-json.ts';

/** Whoever reads the logs of Intune sees who asked. */
export const callerInfo = `Touchmark/${version}`;

const intuneAppId = '0000000a-0000-0000-c000-000000000000';
const serviceName = 'ScepRequestValidationFEService';
const apiVersion = '2018-02-20';
const maxAnswerOctets = 256 * 1024;
/** A token is not used in the last minute of its life. */
const tokenReserveSeconds = 60;
/** How long a server may ask us to wait while the device waits too. */
const longestWaitSeconds = 2;

export type IntuneAction = 'validateRequest' | 'successNotification' | 'failureNotification';

// Microsoft may add members at any time.
const TokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive() });
const LoginRefusal = z.object({
  error: z
    .string()
    .max(64)
    .regex(/^[\w.-]+$/),
});
const EndpointsAnswer = z.object({ value: z.array(z.object({ providerName: z.string(), uri: z.string() })) });
const ActionAnswer = z.object({ code: z.string().max(128) });

interface Token {
  readonly value: string;
  readonly expiresAt: number;
}

export interface IntuneSessionParts {
  readonly settings: IntuneChallengeSettings;
  readonly clientSecret: string;
  readonly clock: Clock;
}

/** Tokens and the place of the service are asked for once and kept while they hold. */
export class IntuneSession {
  readonly #parts: IntuneSessionParts;
  readonly #tokens = new Map<string, Promise<Token>>();
  #serviceUrl: Promise<URL> | undefined;

  constructor(parts: IntuneSessionParts) {
    this.#parts = parts;
  }

  /**
   * The code that Intune answers with. A token that is not taken is replaced once; a service that fails or has moved is looked
   * up again and asked once more; one that is busy is waited for when it says that it is a matter of a moment.
   *
   * @throws OutgoingError; CaError `challengeUnavailable` with the time to wait, when Intune names one
   */
  async act(action: IntuneAction, body: unknown): Promise<string> {
    const signal = AbortSignal.timeout(this.#parts.settings.timeoutSeconds * 1000);
    const first = await this.#try(action, body, signal);
    if (first.kind === 'answered') return first.code;
    if (first.waitSeconds > 0) await beforeAbort(delay(first.waitSeconds * 1000), signal);
    const second = await this.#try(action, body, signal);
    if (second.kind === 'answered') return second.code;
    throw second.error;
  }

  /** The host of the service, once tokens for it and for Graph were had. @throws OutgoingError */
  async locate(): Promise<string> {
    const signal = this.#ownTime();
    const service = await this.#locate(signal);
    await this.#getToken(`${this.#parts.settings.intuneUrl}/.default`, signal);
    return service.host;
  }

  async #try(
    action: IntuneAction,
    body: unknown,
    signal: AbortSignal,
  ): Promise<{ kind: 'answered'; code: string } | { kind: 'again'; waitSeconds: number; error: Error }> {
    const { intuneUrl } = this.#parts.settings;
    const service = await this.#locate(signal);
    const scope = `${intuneUrl}/.default`;
    const token = await this.#getToken(scope, signal);
    const request = {
      url: below(service, `ScepActions/${action}`),
      method: 'POST' as const,
      headers: { ...authorizedBy(token), 'content-type': 'application/json', 'api-version': apiVersion },
      body: JSON.stringify(body),
    };
    let answer: OutgoingAnswer;
    try {
      answer = await this.#exchange(request, signal);
    } catch (error) {
      if (!(error instanceof OutgoingError) || signal.aborted) throw error;
      this.#serviceUrl = undefined;
      return { kind: 'again', waitSeconds: 0, error };
    }
    const { status } = answer;
    if (status === 200) return { kind: 'answered', code: readJson(answer.body, ActionAnswer, service.host).code };
    const error = unexpected(service.host, status);
    if (status === 401) {
      this.#tokens.delete(scope);
      return { kind: 'again', waitSeconds: 0, error };
    }
    if (status === 429 || status === 503) {
      const waitSeconds = retryAfterOf(answer, this.#parts.clock.now());
      const busy = intuneIsBusy(waitSeconds, error);
      if (waitSeconds > longestWaitSeconds) throw busy;
      return { kind: 'again', waitSeconds, error: busy };
    }
    if (status === 404 || status === 410 || status >= 500) {
      this.#serviceUrl = undefined;
      return { kind: 'again', waitSeconds: 0, error };
    }
    throw error;
  }

  #locate(signal: AbortSignal): Promise<URL> {
    const known = this.#serviceUrl;
    if (known !== undefined) return beforeAbort(known, signal);
    const finding = this.#findService();
    this.#serviceUrl = finding;
    finding.catch(() => {
      if (this.#serviceUrl === finding) this.#serviceUrl = undefined;
    });
    return beforeAbort(finding, signal);
  }

  async #findService(): Promise<URL> {
    const { graphUrl } = this.#parts.settings;
    const signal = this.#ownTime();
    const graph = new URL(graphUrl);
    const scope = `${graphUrl.replace(/\/+$/, '')}/.default`;
    const url = below(graph, `v1.0/servicePrincipals/appId=${intuneAppId}/endpoints`);
    const ask = async (): Promise<OutgoingAnswer> =>
      this.#exchange({ url, method: 'GET', headers: authorizedBy(await this.#getToken(scope, signal)) }, signal);
    let answer = await ask();
    if (answer.status === 401) {
      this.#tokens.delete(scope);
      answer = await ask();
    }
    if (answer.status !== 200) throw unexpected(graph.host, answer.status);
    const { value } = readJson(answer.body, EndpointsAnswer, graph.host);
    const found = value.find(({ providerName }) => providerName.toLowerCase() === serviceName.toLowerCase());
    if (found === undefined || !isHttps(found.uri)) {
      throw new OutgoingError(
        'answerUnreadable',
        `${graph.host} names no place of the SCEP validation service. Check that the tenant has Intune.`,
      );
    }
    return new URL(found.uri);
  }

  async #getToken(scope: string, signal: AbortSignal): Promise<string> {
    const pending = this.#tokens.get(scope);
    const known = pending === undefined ? undefined : await beforeAbort(pending, signal);
    if (known !== undefined && known.expiresAt > this.#parts.clock.now().getTime()) return known.value;
    const asking = this.#askForToken(scope);
    this.#tokens.set(scope, asking);
    asking.catch(() => {
      if (this.#tokens.get(scope) === asking) this.#tokens.delete(scope);
    });
    return (await beforeAbort(asking, signal)).value;
  }

  /** The client credentials grant, RFC 6749 §4.4, as Microsoft Entra speaks it. */
  async #askForToken(scope: string): Promise<Token> {
    const { settings, clientSecret, clock } = this.#parts;
    const url = below(new URL(settings.loginUrl), `${settings.tenant}/oauth2/v2.0/token`);
    const answer = await this.#exchange(
      {
        url,
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: settings.clientId,
          client_secret: clientSecret,
          scope,
        }).toString(),
      },
      this.#ownTime(),
    );
    if (answer.status !== 200) throw loginRefused(url.host, answer);
    const { access_token: value, expires_in: seconds } = readJson(answer.body, TokenAnswer, url.host);
    return { value, expiresAt: clock.now().getTime() + Math.max(0, seconds - tokenReserveSeconds) * 1000 };
  }

  #exchange(request: OutgoingRequest, signal: AbortSignal): Promise<OutgoingAnswer> {
    const { caCertificates, allowPrivateAddresses } = this.#parts.settings;
    const headers = { 'user-agent': callerInfo, 'client-request-id': randomUUID(), ...request.headers };
    return exchange({ ...request, headers }, { caCertificates, allowPrivateAddresses, maxAnswerOctets }, signal);
  }

  /** Of what several requests wait for: none of them ends it for the others. */
  #ownTime(): AbortSignal {
    return AbortSignal.timeout(this.#parts.settings.timeoutSeconds * 1000);
  }
}

function authorizedBy(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` };
}

/** Under a base that may have a path, with or without a slash at its end. */
function below(base: URL, path: string): URL {
  return new URL(`${base.origin}${base.pathname.replace(/\/+$/, '')}/${path}`);
}

function isHttps(uri: string): boolean {
  return URL.canParse(uri) && new URL(uri).protocol === 'https:';
}

function unexpected(host: string, status: number): OutgoingError {
  const hint =
    status === 403 ? ' The app registration lacks a permission, or an administrator has yet to consent to it.' : '';
  return new OutgoingError('answerUnreadable', `${host} answered with status ${status}.${hint}`);
}

/** Of what Entra says, the code of RFC 6749 §5.2 alone. */
function loginRefused(host: string, { status, body }: OutgoingAnswer): OutgoingError {
  let code = '';
  try {
    code = ` and "${readJson(body, LoginRefusal, host).error}"`;
  } catch (error) {
    if (!(error instanceof OutgoingError)) throw error;
  }
  return new OutgoingError(
    'answerUnreadable',
    `${host} gave no token, but status ${status}${code}. Check tenant, client id and client secret; secrets expire.`,
  );
}

/** Seconds, or an HTTP date (RFC 9110 §10.2.3); a second when nothing is said. */
function retryAfterOf({ headers }: OutgoingAnswer, now: Date): number {
  const value = headers['retry-after'] ?? '';
  if (/^\d{1,6}$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? 1 : Math.max(0, Math.ceil((at - now.getTime()) / 1000));
}

function intuneIsBusy(waitSeconds: number, cause: Error): CaError {
  return new CaError('challengeUnavailable', 'Intune is busy and does not verify the challenge now. Try again later.', {
    cause,
    retryAfterSeconds: Math.min(Math.max(waitSeconds, 1), 3600),
  });
}
