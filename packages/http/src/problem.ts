/** Problem details for HTTP APIs (RFC 9457), `application/problem+json`. */
import { STATUS_CODES } from 'node:http';
import { HttpError } from './errors.ts';
import type { HttpResponse } from './message.ts';

export interface Problem {
  readonly status: number;
  /** Stable, for programs; a `code` extension member. */
  readonly code: string;
  /** The kind of problem in words; by default the phrase of the status. */
  readonly title?: string | undefined;
  /** What happened this time and why. */
  readonly detail?: string | undefined;
  /** How to mend it. */
  readonly hint?: string | undefined;
  /** Finds the request in logs and audit. */
  readonly requestId?: string | undefined;
  /** One entry for each bad member of a request; `pointer` is a JSON pointer (RFC 6901) as a URI fragment. */
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[] | undefined;
  readonly headers?: readonly (readonly [name: string, value: string])[] | undefined;
}

export function problem(fields: Problem): HttpResponse {
  const { status, code, detail, hint, requestId, errors } = fields;
  const title = fields.title ?? STATUS_CODES[status] ?? 'Error';
  return {
    status,
    headers: [['Content-Type', 'application/problem+json'], ...(fields.headers ?? [])],
    // JSON.stringify leaves undefined members out.
    body: JSON.stringify({ type: 'about:blank', title, status, code, detail, hint, requestId, errors }),
  };
}

/** The answer to whatever a handler threw: an `HttpError` says what it may, everything else is "internal" without text. */
export function problemOf(error: unknown, requestId: string): HttpResponse {
  if (error instanceof HttpError) {
    const { status, code, message, headers } = error;
    return problem({ status, code, detail: message, requestId, headers });
  }
  return problem({ status: 500, code: 'internal', requestId });
}
