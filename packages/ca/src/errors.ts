import type { CaErrorCode } from './refusals/refusals.ts';

/**
 * A refusal. `message` is fit for the client (no secret, no internals) and says what, why and how to mend it;
 * `cause` is only logged. Branch on `code`, never on text.
 */
export class CaError extends Error {
  readonly code: CaErrorCode;
  /** When a later try can succeed: seconds to wait. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: CaErrorCode, message: string, options: { cause?: unknown; retryAfterSeconds?: number } = {}) {
    super(message, { cause: options.cause });
    this.name = 'CaError';
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
