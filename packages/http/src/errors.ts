/** Failures that are an HTTP answer: what the adapter sends when a handler throws one. */

/** `message` is fit for the client; `code` is stable and goes into problem details; `cause` is only logged. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;
  /** Fields that the status calls for, e.g. `Allow` or `Retry-After`. */
  readonly headers: readonly (readonly [name: string, value: string])[];

  constructor(
    status: number,
    code: string,
    message: string,
    options: { cause?: unknown; headers?: readonly (readonly [string, string])[] } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = new.target.name;
    this.status = status;
    this.code = code;
    this.headers = options.headers ?? [];
  }
}

/** The body is larger than the limit. Not more than the limit was buffered; a declared length was not read at all. */
export class BodyTooLarge extends HttpError {
  readonly limitBytes: number;

  constructor(limitBytes: number) {
    super(
      413,
      'requestTooLarge',
      `The request body is larger than ${limitBytes} bytes, the most that is accepted here.`,
    );
    this.limitBytes = limitBytes;
  }
}

/** The client went away, or closed its side, before the whole body had come. Nobody reads the answer. */
export class BodyAborted extends HttpError {
  constructor(cause?: unknown) {
    super(400, 'requestAborted', 'The connection ended before the whole request body had come.', { cause });
  }
}

/** The body did not come within the request timeout. */
export class BodyTimeout extends HttpError {
  constructor(seconds: number) {
    super(408, 'requestTimeout', `The request body did not come within ${seconds} seconds.`);
  }
}

/** The framing of the body is broken, e.g. a chunk without a length. */
export class BodyMalformed extends HttpError {
  constructor(cause?: unknown) {
    super(400, 'requestMalformed', 'The framing of the request body is not HTTP/1.1 (RFC 9112 §7).', { cause });
  }
}
