/**
 * A client of the administration interface: JSON over TLS, problems turned into failures. Answers are taken as the shared
 * contract types them: the service made them by it.
 */
import { request as httpsRequest } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import type { Problem } from '@touchmark/admin-api';
import type { Access } from './access.ts';
import { CliFailure, exitOfStatus, messageOf, systemCodeOf } from './failure.ts';

export interface ApiRequest {
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

const timeoutMilliseconds = 30_000;

export class Api {
  readonly access: Access;

  constructor(access: Access) {
    this.access = access;
  }

  /** The answer's JSON as the contract of the route types it. */
  async get<T>(path: string, query: ApiRequest['query'] = {}): Promise<T> {
    return parse(await this.#expectSuccess('GET', path, { query })) as T;
  }

  async post<T>(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<T> {
    return parse(await this.#expectSuccess('POST', path, { body, headers })) as T;
  }

  async patch<T>(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<T> {
    return parse(await this.#expectSuccess('PATCH', path, { body, headers })) as T;
  }

  async delete(path: string): Promise<void> {
    await this.#expectSuccess('DELETE', path, {});
  }

  async download(path: string, query: ApiRequest['query'] = {}): Promise<Uint8Array> {
    return (await this.#expectSuccess('GET', path, { query })).body;
  }

  /** Whatever the status; throws only when there is no answer. */
  send(method: string, path: string, request: ApiRequest = {}): Promise<RawAnswer> {
    const url = new URL(`/api/v1${path}`, this.access.url);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return exchange(this.access, method, url, request);
  }

  async #expectSuccess(method: string, path: string, request: ApiRequest): Promise<RawAnswer> {
    const answer = await this.send(method, path, request);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw failureOf(answer, this.access, path);
  }
}

/** One segment of a path, encoded. */
export function segment(text: string): string {
  return encodeURIComponent(text);
}

function exchange(access: Access, method: string, url: URL, request: ApiRequest): Promise<RawAnswer> {
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const { caPem, certificatePem, keyPem, token } = access;
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(url, {
      method,
      agent: false,
      timeout: timeoutMilliseconds,
      ...(caPem !== undefined && { ca: caPem }),
      ...(certificatePem !== undefined && { cert: certificatePem }),
      ...(keyPem !== undefined && { key: keyPem }),
      headers: {
        Accept: 'application/json',
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
        ...request.headers,
      },
    });
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) }),
      );
      incoming.on('error', (error) => reject(unreachable(url, error)));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${timeoutMilliseconds / 1000} seconds`)));
    outgoing.on('error', (error) => reject(unreachable(url, error)));
    outgoing.end(body);
  });
}

function unreachable(url: URL, error: unknown): CliFailure {
  const hint = notSentHints[systemCodeOf(error) ?? ''];
  return new CliFailure('unreachable', `${url.origin} cannot be reached: ${messageOf(error) || systemCodeOf(error)}.`, {
    hint: hint ?? 'touchmark doctor looks for the reason.',
    mayBeDone: hint === undefined,
    cause: error,
  });
}

const untrusted = 'Set TOUCHMARK_CA_FILE to the root certificate of the service.';

/** By the code of the system's or the TLS library's error; with each of them, no request was sent. */
const notSentHints: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Is the service running? Start it with: touchmark serve',
  ENOTFOUND: 'Check the host name in TOUCHMARK_URL.',
  EAI_AGAIN: 'Check the host name in TOUCHMARK_URL.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: 'Use a host name or address that the certificate of the listener has.',
  CERT_HAS_EXPIRED:
    'The service renews the certificate of its listener by itself: restart it, and check the clocks of both hosts.',
};

function failureOf(answer: RawAnswer, access: Access, path: string): CliFailure {
  if (answer.status === 401 && access.token === undefined && access.certificatePem === undefined) {
    return new CliFailure('usage', `To reach ${access.url.origin} a token is needed.`, {
      hint: 'Set TOUCHMARK_TOKEN, TOUCHMARK_TOKEN_FILE or --token-file; never put a token on the command line.',
    });
  }
  const problem = readProblem(answer);
  if (problem === undefined) {
    return new CliFailure(
      exitOfStatus(answer.status),
      `${access.url.origin} answered ${answer.status} without a reason.`,
      {
        hint: 'Is this the administration listener of Touchmark?',
        mayBeDone: answer.status >= 500,
      },
    );
  }
  const trace = [
    `request ${problem.requestId}`,
    ...(problem.attemptId === undefined ? [] : [`attempt ${problem.attemptId}`]),
  ];
  return new CliFailure(exitOfStatus(answer.status), problem.detail, {
    hint: problem.code === 'requestInvalid' ? hintForInput(path) : problem.hint,
    mayBeDone: answer.status >= 500 && !nothingDone.has(problem.code),
    details: [
      ...(problem.errors ?? []).slice(1).map(({ detail }) => detail),
      `(${[problem.code, ...trace].join(', ')})`,
    ],
  });
}

/** In place of that of the service, which is for those who write the request themselves. */
function hintForInput(path: string): string {
  return path.startsWith('/profiles')
    ? 'touchmark profile schema prints what the rules of a profile can say.'
    : 'The help of the command says what it takes: --help';
}

/** Refusals with a 5xx that come before anything is done. */
const nothingDone: ReadonlySet<string> = new Set(['notReady', 'clockWentBack', 'overloaded', 'readTooLong']);

function readProblem(answer: RawAnswer): Problem | undefined {
  if (!(answer.headers['content-type'] ?? '').startsWith('application/problem+json')) return undefined;
  return parse(answer) as Problem;
}

function parse(answer: RawAnswer): unknown {
  try {
    const value: unknown = JSON.parse(Buffer.from(answer.body).toString('utf8'));
    return value;
  } catch (error) {
    throw new CliFailure('failed', 'The service answered something that is not JSON.', {
      mayBeDone: true,
      cause: error,
    });
  }
}
