/** Problem details (RFC 9457) and the error that carries one through the router. */
import { z } from 'zod';

/** Codes that this interface adds to those of the domain. */
export type RequestProblemCode =
  | 'routeUnknown'
  | 'methodNotAllowed'
  | 'bodyTooLarge'
  | 'bodyNotExpected'
  | 'mediaTypeNotSupported'
  | 'jsonMalformed'
  | 'requestInvalid'
  | 'preconditionRequired'
  | 'preconditionFailed'
  | 'crossSiteRequest';

export const ProblemError = z.strictObject({
  /** RFC 6901 as URI fragment, e.g. `#/subjectAltNames/0/kind`: where in the body. */
  pointer: z.string().optional(),
  /** Which query parameter, path parameter or header field. */
  parameter: z.string().optional(),
  detail: z.string(),
});
export type ProblemError = z.infer<typeof ProblemError>;

export const Problem = z
  .strictObject({
    type: z.string().meta({ description: 'urn:touchmark:problem:<code>' }),
    title: z.string(),
    status: z.int(),
    /** Stable; branch on this. */
    code: z.string(),
    detail: z.string(),
    hint: z.string().optional(),
    requestId: z.string(),
    /** The enrollment attempt that holds the whole story. */
    attemptId: z.string().optional(),
    errors: z.array(ProblemError).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details' });
export type Problem = z.infer<typeof Problem>;

export interface ProblemOptions {
  readonly hint?: string | undefined;
  readonly attemptId?: string | undefined;
  readonly errors?: readonly ProblemError[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** A refusal ready to be answered. `message` is fit for the client. */
export class ProblemException extends Error {
  readonly status: number;
  readonly code: string;
  readonly options: ProblemOptions;

  constructor(status: number, code: string, message: string, options: ProblemOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'ProblemException';
    this.status = status;
    this.code = code;
    this.options = options;
  }

  toProblem(requestId: string): Problem {
    const { hint, attemptId, errors } = this.options;
    return {
      type: `urn:touchmark:problem:${this.code}`,
      title: titles[this.status] ?? 'Error',
      status: this.status,
      code: this.code,
      detail: this.message,
      ...(hint !== undefined && { hint }),
      requestId,
      ...(attemptId !== undefined && { attemptId }),
      ...(errors !== undefined && { errors: [...errors] }),
    };
  }
}

/** A problem of the request itself, as opposed to a refusal by the domain. */
export function requestProblem(
  status: number,
  code: RequestProblemCode,
  message: string,
  options: ProblemOptions = {},
): ProblemException {
  return new ProblemException(status, code, message, options);
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  412: 'Precondition failed',
  413: 'Content too large',
  415: 'Unsupported media type',
  422: 'Refused by policy',
  428: 'Precondition required',
  500: 'Internal error',
  503: 'Service unavailable',
};
