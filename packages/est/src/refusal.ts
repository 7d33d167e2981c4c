/** The whole failure surface of EST: the status of every refusal of the domain, and how it is told. */
import { CaError, refusals } from '@touchmark/ca';
import type { CaErrorCode, RefusalCategory } from '@touchmark/ca';
import { jitteredRetryAfter } from '@touchmark/http';
import type { HttpResponse } from '@touchmark/http';

/**
 * 401: other credentials could help, and HTTP Basic is one of them: a device whose certificate is of no use may still hold
 * a secret that it sends only when asked (libest, curl). 403: these will never do. 400: the request must be mended. 503: the
 * same request can succeed later. A refusal is never 500 (RFC 7030 §4.2.3).
 */
const statusOfCategory: Readonly<Record<RefusalCategory, number>> = {
  request: 400,
  size: 413,
  policy: 403,
  credentialsWanted: 401,
  credentialsUseless: 401,
  caller: 403,
  unknown: 404,
  state: 409,
  argument: 400,
  unsupported: 501,
  unavailable: 503,
  fault: 500,
};

const exceptions: Partial<Record<CaErrorCode, number>> = {
  secretLocked: 429,
  deviceAlreadyRegistered: 409,
};

export function statusOfRefusal(code: CaErrorCode): number {
  return exceptions[code] ?? statusOfCategory[refusals[code].category];
}

/** Mean seconds after which to try again, where the refusal does not say. */
const retryAfterSeconds = 30;

/** A refusal by EST itself, with a status that its code alone does not give. */
export class Refusal extends Error {
  readonly error: CaError;
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];

  constructor(error: CaError, status: number, headers: readonly (readonly [string, string])[] = []) {
    super(error.message, { cause: error });
    this.name = 'Refusal';
    this.error = error;
    this.status = status;
    this.headers = headers;
  }
}

export function refuse(
  status: number,
  code: CaErrorCode,
  message: string,
  headers: readonly (readonly [string, string])[] = [],
): Refusal {
  return new Refusal(new CaError(code, message), status, headers);
}

/**
 * - 401 has an empty body (BouncyCastle throws on any other) and Basic as the first challenge (RFC 7030 §3.2.3).
 * - Other refusals say in text what is wrong, why, and how to mend it (RFC 7030 §4.2.3).
 * - Retry-After is in seconds: no client reads the date form.
 */
export function encodeRefusal({ error, status, headers }: Refusal, attemptId: string): HttpResponse {
  const fields: (readonly [string, string])[] = [
    ['Touchmark-Attempt', attemptId],
    ['Touchmark-Reason', error.code],
    ...headers,
  ];
  const seconds = error.retryAfterSeconds ?? (status === 503 ? jitteredRetryAfter(retryAfterSeconds) : undefined);
  if (seconds !== undefined) fields.push(['Retry-After', String(Math.ceil(seconds))]);
  if (status === 401) {
    return { status, headers: [['WWW-Authenticate', 'Basic realm="Touchmark"'], ...fields], body: '' };
  }
  const text =
    status === 500 ? 'The service failed. The operator finds the cause under the id of this attempt.' : error.message;
  return {
    status,
    headers: [['Content-Type', 'text/plain; charset=utf-8'], ...fields],
    body: `${text}\nreason: ${error.code}\nattempt: ${attemptId}\n`,
  };
}
