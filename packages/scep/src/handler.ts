/** SCEP (RFC 8894) over a neutral HTTP request: decode, ask the authority, encode. */
import { CaError } from '@touchmark/ca';
import type { EarlyRefusal } from '@touchmark/ca';
import { BodyTooLarge, HttpError, problem } from '@touchmark/http';
import type { HttpHandler, HttpRequest, HttpResponse } from '@touchmark/http';
import type { ScepAuthority, ScepEndpoint } from './authority.ts';
import { caCertificatesResponse, nextCaCertificatesResponse } from './ca-certificates.ts';
import { encodeCapabilities } from './capabilities.ts';
import { readMessage } from './message-octets.ts';
import { findRequestType } from './message-type.ts';
import { answerMessage, failureResponse } from './pki-operation.ts';
import { parsePkiMessage } from './pki-message.ts';
import { encodeRefusal, Refusal, refuse } from './refusal.ts';
import { isScepPath, parseLabel, parseOperation, scepOperations } from './target.ts';
import type { ScepOperation } from './target.ts';
import { UnreadableMessages } from './unreadable-messages.ts';

export interface ScepHandlerOptions {
  /** Told of faults of ours, with their cause; refusals are not faults. */
  readonly onError?: ((error: unknown, request: HttpRequest) => void) | undefined;
}

/** What is known of a request while it is handled; the record of a refusal is made of it. */
interface Progress {
  label: string | undefined;
  operation: ScepOperation | undefined;
  attemptOperation: EarlyRefusal['operation'];
  transactionId: string | undefined;
  readonly warnings: string[];
}

/** Answers `/scep/…` and refuses every other path with a plain 404. */
export function createScepHandler(authority: ScepAuthority, options: ScepHandlerOptions = {}): HttpHandler {
  const unreadable = new UnreadableMessages();
  return async (request) => {
    if (!isScepPath(request.path)) {
      return problem({ status: 404, code: 'notFound', detail: 'This is a SCEP service.', requestId: request.id });
    }
    const exchange = new ScepExchange(authority, request, unreadable, options);
    const response = await exchange.answer();
    return { ...response, route: exchange.route };
  };
}

/** The answer for a listener that sheds load before the handler is asked. */
export function scepOverloaded(request: HttpRequest, retryAfterSeconds: number): HttpResponse {
  const error = new CaError(
    'overloaded',
    `The service has more requests than it can handle. Try again in ${retryAfterSeconds} seconds.`,
    { retryAfterSeconds },
  );
  return encodeRefusal(new Refusal(error), request.id);
}

/** One request. What is no PKIMessage is refused by HTTP; from then on every answer is a CertRep. */
class ScepExchange {
  readonly #authority: ScepAuthority;
  readonly #request: HttpRequest;
  readonly #unreadable: UnreadableMessages;
  readonly #onError: ScepHandlerOptions['onError'];
  readonly #progress: Progress = {
    label: undefined,
    operation: undefined,
    attemptOperation: 'other',
    transactionId: undefined,
    warnings: [],
  };

  constructor(
    authority: ScepAuthority,
    request: HttpRequest,
    unreadable: UnreadableMessages,
    { onError }: ScepHandlerOptions,
  ) {
    this.#authority = authority;
    this.#request = request;
    this.#unreadable = unreadable;
    this.#onError = onError;
  }

  get route(): string {
    return `/scep/{label}/${this.#progress.operation ?? '{rest...}'}`;
  }

  async answer(): Promise<HttpResponse> {
    try {
      return await this.#answerOperation();
    } catch (error) {
      const refusal = toRefusal(error);
      return encodeRefusal(refusal, await this.#record(refusal.error, error));
    }
  }

  async #answerOperation(): Promise<HttpResponse> {
    const label = parseLabel(this.#request.path);
    this.#progress.label = label;
    const operation = parseOperation(this.#request.rawQuery);
    this.#progress.operation = operation;
    if (operation !== 'PKIOperation') this.#progress.attemptOperation = operation;
    checkMethod(this.#request, scepOperations[operation]);
    const endpoint = await this.#authority.getEndpoint(label);
    switch (operation) {
      case 'GetCACaps':
        return { status: 200, headers: [['Content-Type', 'text/plain']], body: encodeCapabilities(endpoint) };
      case 'GetCACert':
        return caCertificatesResponse(endpoint);
      case 'GetNextCACert':
        return nextCaCertificatesResponse(endpoint);
      case 'PKIOperation':
        return this.#answerMessage(endpoint);
    }
  }

  async #answerMessage(endpoint: ScepEndpoint): Promise<HttpResponse> {
    const { id: requestId, remoteAddress } = this.#request;
    const { warnings } = this.#progress;
    const message = parsePkiMessage(await readMessage(this.#request));
    this.#progress.attemptOperation = findRequestType(message.messageType) ?? 'other';
    const { transactionId } = message;
    this.#progress.transactionId = transactionId;
    const context = { requestId, remoteAddress, endpoint, transactionId, unreadable: this.#unreadable, warnings };
    try {
      return await answerMessage(this.#authority, message, context);
    } catch (error) {
      const refusal = error instanceof CaError ? error : internal(error);
      return failureResponse(message, context, refusal, await this.#record(refusal, error));
    }
  }

  /** Resolves to the id of the attempt. */
  async #record(error: CaError, cause: unknown): Promise<string> {
    if (error.code === 'internal') this.#onError?.(cause, this.#request);
    const { label, attemptOperation, transactionId, warnings } = this.#progress;
    const refusal: EarlyRefusal = {
      requestId: this.#request.id,
      protocol: 'scep',
      operation: attemptOperation,
      endpointLabel: label,
      transactionId,
      remoteAddress: this.#request.remoteAddress,
      error,
      warnings,
    };
    return this.#authority.recordRefusal(refusal).catch((failure: unknown) => {
      // The client is owed an answer even if the registry is away; its id is then in the access log alone.
      this.#onError?.(failure, this.#request);
      return this.#request.id;
    });
  }
}

function checkMethod(request: HttpRequest, methods: readonly string[]): void {
  if (methods.includes(request.method)) return;
  const allow = methods.join(', ');
  throw refuse(405, 'operationNotSupported', `This operation answers ${allow}.`, [['Allow', allow]]);
}

function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof CaError) return new Refusal(error);
  if (error instanceof HttpError) {
    const code = error instanceof BodyTooLarge ? 'requestTooLarge' : 'messageMalformed';
    return new Refusal(new CaError(code, error.message, { cause: error }), error.status);
  }
  return new Refusal(internal(error));
}

function internal(cause: unknown): CaError {
  return new CaError('internal', 'The service failed.', { cause });
}
