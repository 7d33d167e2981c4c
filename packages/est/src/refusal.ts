/** The whole failure surface of EST: every reason for which the domain refuses, the status it has, and how it is told. */
import { CaError } from '@touchmark/ca';
import type { CaErrorCode } from '@touchmark/ca';
import { jitteredRetryAfter } from '@touchmark/http';
import type { HttpResponse } from '@touchmark/http';

/**
 * 401: other credentials could help, and HTTP Basic is one of them. 403: these will never do. 400: the request must be
 * mended. 503: the same request can succeed later. A refusal is never 500 (RFC 7030 §4.2.3).
 */
export const refusalStatus: Readonly<Record<CaErrorCode, { readonly status: number }>> = {
  // what was asked
  requestMalformed: { status: 400 },
  requestTooLarge: { status: 413 },
  proofOfPossessionFailed: { status: 400 },
  channelBindingMismatch: { status: 400 },
  channelBindingRequired: { status: 400 },
  // the key
  keyMalformed: { status: 400 },
  keyAlgorithmUnknown: { status: 400 },
  keyTooSmall: { status: 400 },
  keyTooLarge: { status: 400 },
  keyExponentNotAllowed: { status: 400 },
  keyModulusWeak: { status: 400 },
  keyCurveNotAllowed: { status: 400 },
  keyPointInvalid: { status: 400 },
  keyKnownWeak: { status: 400 },
  keyAlgorithmNotAllowed: { status: 400 },
  keyOfAnotherDevice: { status: 403 },
  keyBlocked: { status: 403 },
  // who asks: a device whose certificate is of no use may still hold a secret that it sends only when asked (libest, curl)
  credentialsMissing: { status: 401 },
  credentialsNotAccepted: { status: 401 },
  secretWrong: { status: 401 },
  secretSpent: { status: 403 },
  secretExpired: { status: 403 },
  secretRevoked: { status: 403 },
  secretLocked: { status: 429 },
  secretForAnotherEndpoint: { status: 403 },
  secretForAnotherDevice: { status: 403 },
  certificateUnknown: { status: 401 },
  certificateExpired: { status: 401 },
  certificateNotYetValid: { status: 403 },
  certificateRevoked: { status: 403 },
  certificateForAnotherEndpoint: { status: 403 },
  // for whom
  endpointUnknown: { status: 404 },
  deviceNameMissing: { status: 400 },
  deviceNameInvalid: { status: 400 },
  deviceUnknown: { status: 403 },
  deviceSuspended: { status: 403 },
  deviceRetired: { status: 403 },
  deviceAlreadyRegistered: { status: 409 },
  // what would be issued
  nameNotAllowed: { status: 400 },
  nameInvalid: { status: 400 },
  renewalNamesDiffer: { status: 400 },
  renewalTooEarly: { status: 403 },
  renewSameKeyNotAllowed: { status: 400 },
  rekeyNotAllowed: { status: 400 },
  outlivesIssuer: { status: 403 },
  lintFailed: { status: 400 },
  // the service
  clockWentBack: { status: 503 },
  notReady: { status: 503 },
  registryUnavailable: { status: 503 },
  overloaded: { status: 503 },
  internal: { status: 500 },
  // administration: not of EST, but the table is for every code there is
  invalidArgument: { status: 400 },
  operationNotSupported: { status: 501 },
  notAuthenticated: { status: 401 },
  forbidden: { status: 403 },
  notFound: { status: 404 },
  conflict: { status: 409 },
  alreadyRevoked: { status: 409 },
};

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
