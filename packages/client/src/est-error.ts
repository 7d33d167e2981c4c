/** Why an EST operation failed: what the server said, or what was wrong with its answer. */

export type EstErrorCode =
  /** The server refused; `status`, `reason` and `attemptId` are from its answer. */
  | 'refused'
  /** No whole answer came back. */
  | 'unreachable'
  /** The answer is not what RFC 7030 says. */
  | 'malformedAnswer'
  /** No root with the fingerprint given. */
  | 'rootNotFound'
  /** The certificate is for another key, or not by a CA of `cacerts`. */
  | 'wrongCertificate';

export class EstError extends Error {
  readonly code: EstErrorCode;
  readonly status: number | undefined;
  /** The server's own code, from the `Touchmark-Reason` field. */
  readonly reason: string | undefined;
  /** To be told to the operator, who sees all of it. */
  readonly attemptId: string | undefined;

  constructor(
    code: EstErrorCode,
    message: string,
    details: { status?: number; reason?: string | undefined; attemptId?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.name = 'EstError';
    this.code = code;
    this.status = details.status;
    this.reason = details.reason;
    this.attemptId = details.attemptId;
  }
}
