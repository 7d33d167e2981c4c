/** Exit codes, and failures as the user meets them: a sentence, a hint, an exit code. */

export const exitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  forbidden: 4,
  conflict: 5,
  refused: 6,
  unreachable: 7,
  partlyDone: 8,
  /** No failure: what was asked for waits for somebody else. */
  pending: 9,
} as const;
export type ExitCodeName = keyof typeof exitCode;

export interface FailureOptions {
  readonly hint?: string | undefined;
  /** Further lines, e.g. each fault of a request. */
  readonly details?: readonly string[];
  /** The service may have done what it was asked for; by default it has not. */
  readonly mayBeDone?: boolean;
  readonly cause?: unknown;
}

export class CliFailure extends Error {
  readonly exit: ExitCodeName;
  readonly options: FailureOptions;

  constructor(exit: ExitCodeName, message: string, options: FailureOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'CliFailure';
    this.exit = exit;
    this.options = options;
  }
}

/** The exit code of an HTTP status of the service. */
export function exitOfStatus(status: number): ExitCodeName {
  switch (status) {
    case 400:
    case 405:
    case 413:
    case 415:
      return 'usage';
    case 401:
    case 403:
      return 'forbidden';
    case 404:
      return 'notFound';
    case 409:
    case 412:
      return 'conflict';
    case 422:
      return 'refused';
    case 503:
      return 'unreachable';
    default:
      return 'failed';
  }
}

/** The `code` of a Node system error, e.g. `ENOENT`. */
export function systemCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
