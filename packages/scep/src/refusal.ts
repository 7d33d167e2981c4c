/** What is no PKIMessage is refused by HTTP: the status of every refusal of the domain, and how it is told. */
import { CaError, refusals } from '@touchmark/ca';
import type { CaErrorCode, RefusalCategory } from '@touchmark/ca';
import { jitteredRetryAfter } from '@touchmark/http';
import type { HttpResponse } from '@touchmark/http';

const statusOfCategory: Readonly<Record<RefusalCategory, number>> = {
  request: 400,
  size: 413,
  policy: 403,
  credentialsWanted: 403,
  credentialsUseless: 403,
  caller: 403,
  unknown: 404,
  state: 409,
  argument: 400,
  unsupported: 400,
  unavailable: 503,
  fault: 500,
};

/** Mean seconds after which to try again, where the refusal does not say. */
const retryAfterSeconds = 30;

/** A refusal by HTTP, with a status that its code alone does not give. */
export class Refusal extends Error {
  readonly error: CaError;
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];

  constructor(
    error: CaError,
    status = statusOfCategory[refusals[error.code].category],
    headers: readonly (readonly [string, string])[] = [],
  ) {
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

/** What the client may read of it: of faults of ours, nothing but that they are. */
export function safeText(error: CaError): string {
  return refusals[error.code].category === 'fault'
    ? 'The service failed. The operator finds the cause under the id of this attempt.'
    : error.message;
}

export function encodeRefusal({ error, status, headers }: Refusal, attemptId: string): HttpResponse {
  const seconds = error.retryAfterSeconds ?? (status === 503 ? jitteredRetryAfter(retryAfterSeconds) : undefined);
  return {
    status,
    headers: [
      ['Content-Type', 'text/plain; charset=utf-8'],
      ['Touchmark-Attempt', attemptId],
      ['Touchmark-Reason', error.code],
      ...headers,
      ...(seconds === undefined ? [] : [['Retry-After', String(Math.ceil(seconds))] as const]),
    ],
    body: `${safeText(error)}\nreason: ${error.code}\nattempt: ${attemptId}\n`,
  };
}
