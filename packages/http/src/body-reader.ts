/** Reads the whole body of a node:http request, never buffering more than the limit and never waiting for ever. */
import type { IncomingMessage } from 'node:http';
import { bodyTurnstile } from './body-turnstile.ts';
import { BodyAborted, BodyTimeout, BodyTooLarge } from './errors.ts';
import type { HttpError } from './errors.ts';

const empty = new Uint8Array(0);

export interface BodyReaderOptions {
  readonly timeoutSeconds: number;
  /** Sends `100 Continue`; undefined when the client does not wait for it. */
  readonly sendContinue: (() => void) | undefined;
}

export class BodyReader {
  readonly #incoming: IncomingMessage;
  readonly #options: BodyReaderOptions;
  #body: Promise<Uint8Array> | undefined;
  #fail: ((error: HttpError) => void) | undefined;
  #failure: HttpError | undefined;
  #continued = false;

  constructor(incoming: IncomingMessage, options: BodyReaderOptions) {
    this.#incoming = incoming;
    this.#options = options;
  }

  /** The same bytes at each call. */
  async read(limitBytes: number): Promise<Uint8Array> {
    if (this.#failure !== undefined) throw this.#failure;
    const body = await (this.#body ??= this.#collect(limitBytes));
    if (body.length > limitBytes) throw new BodyTooLarge(limitBytes);
    return body;
  }

  /** Ends a read that is under way, and every later one, with this error. */
  fail(error: HttpError): void {
    this.#failure ??= error;
    this.#fail?.(error);
  }

  /** Whether the connection must be closed after the answer, because nobody will read the rest of this body. */
  get leavesRest(): boolean {
    if (this.#failure !== undefined) return true;
    if (this.#incoming.complete || !hasBody(this.#incoming)) return false;
    // A client that waits for 100 may send the body, or leave it out and send its next request (RFC 9110 §10.1.1).
    if (this.#options.sendContinue !== undefined && !this.#continued) return true;
    return this.#body !== undefined || !(declaredLength(this.#incoming) <= discardableBytes);
  }

  #collect(limitBytes: number): Promise<Uint8Array> {
    const incoming = this.#incoming;
    if (!hasBody(incoming)) return Promise.resolve(empty);
    if (declaredLength(incoming) > limitBytes) return Promise.reject(new BodyTooLarge(limitBytes));
    if (incoming.destroyed) return Promise.reject(new BodyAborted(incoming.errored));
    if (this.#options.sendContinue !== undefined) {
      this.#continued = true;
      this.#options.sendContinue();
    }
    return new Promise((resolve, reject) => {
      const chunks: Uint8Array[] = [];
      let received = 0;
      const settle = (): void => {
        clearTimeout(timer);
        this.#fail = undefined;
        incoming.off('data', onData).off('end', onEnd).off('error', onClose).off('close', onClose);
      };
      const fail = (error: HttpError): void => {
        settle();
        incoming.pause();
        // The stream may still report that it was cut off.
        incoming.on('error', ignore);
        this.#failure ??= error;
        reject(error);
      };
      const onData = (chunk: Uint8Array): void => {
        received += chunk.length;
        if (received > limitBytes) fail(new BodyTooLarge(limitBytes));
        else chunks.push(chunk);
      };
      const onEnd = (): void => {
        settle();
        void bodyTurnstile.pass().then(() => resolve(join(chunks, received)));
      };
      const onClose = (cause?: unknown): void => fail(new BodyAborted(cause));
      const { timeoutSeconds } = this.#options;
      const timer = setTimeout(() => fail(new BodyTimeout(timeoutSeconds)), timeoutSeconds * 1000);
      this.#fail = fail;
      incoming.on('data', onData).on('end', onEnd).on('error', onClose).on('close', onClose);
    });
  }
}

/** An unread body up to this size is read and dropped, to keep the connection. */
const discardableBytes = 64 * 1024;

function ignore(): void {
  // nothing to do: the failure was reported already
}

function hasBody(incoming: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = incoming.headers;
  return coding !== undefined || (length !== undefined && length !== '0');
}

/** NaN when the length is not declared: no comparison holds. The parser has let digits through only. */
function declaredLength(incoming: IncomingMessage): number {
  return Number(incoming.headers['content-length'] ?? Number.NaN);
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = chunks;
  if (first === undefined) return empty;
  if (chunks.length === 1) return new Uint8Array(first.buffer, first.byteOffset, first.length);
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}
