/** EST (RFC 7030) over a neutral HTTP request: decode, ask the authority, encode. */
import { CaError } from '@touchmark/ca';
import type { EarlyRefusal } from '@touchmark/ca';
import { BodyTooLarge, HttpError, problem } from '@touchmark/http';
import type { HttpHandler, HttpRequest, HttpResponse } from '@touchmark/http';
import type { EstAuthority } from './authority.ts';
import { encodeCsrAttributes } from './csr-attributes.ts';
import { enroll } from './enroll.ts';
import { encodeRefusal, Refusal, refuse, statusOfRefusal } from './refusal.ts';
import { caCertificatesResponse, csrAttributesResponse } from './responses.ts';
import { estOperations, isEstPath, parseTarget, unknownEndpoint } from './target.ts';
import type { EstTarget } from './target.ts';

export interface EstHandlerOptions {
  /** Told of faults of ours, with their cause; refusals are not faults. */
  readonly onError?: ((error: unknown, request: HttpRequest) => void) | undefined;
}

/** What is known of a request while it is handled; the record of a refusal is made of it. */
interface Progress {
  target: EstTarget | undefined;
  readonly warnings: string[];
}

/** Answers `/.well-known/est/…` and refuses every other path with a plain 404. */
export function createEstHandler(authority: EstAuthority, { onError }: EstHandlerOptions = {}): HttpHandler {
  return async (request) => {
    if (!isEstPath(request.path)) {
      return problem({ status: 404, code: 'notFound', detail: 'This is an EST service.', requestId: request.id });
    }
    const progress: Progress = { target: undefined, warnings: [] };
    let response: HttpResponse;
    try {
      progress.target = parseTarget(request.path);
      response = await answer(authority, request, progress.target, progress.warnings);
    } catch (error) {
      const refusal = toRefusal(error);
      if (refusal.error.code === 'internal') onError?.(error, request);
      const attemptId = await recordRefusal(authority, request, progress, refusal.error).catch((failure: unknown) => {
        // The client is owed an answer even if the registry is away; its id is then in the access log alone.
        onError?.(failure, request);
        return request.id;
      });
      response = encodeRefusal(refusal, attemptId);
    }
    return { ...response, route: routeOf(progress.target) };
  };
}

/** The answer for a listener that sheds load before the handler is asked. */
export function estOverloaded(request: HttpRequest, retryAfterSeconds: number): HttpResponse {
  const error = new CaError(
    'overloaded',
    `The service has more requests than it can handle. Try again in ${retryAfterSeconds} seconds.`,
    { retryAfterSeconds },
  );
  return encodeRefusal(new Refusal(error, 503), request.id);
}

async function answer(
  authority: EstAuthority,
  request: HttpRequest,
  { operation, label = authority.defaultLabel }: EstTarget,
  warnings: string[],
): Promise<HttpResponse> {
  if (request.tls === undefined) throw refuse(403, 'forbidden', 'EST is served over TLS only (RFC 7030 §3.3).');
  checkMethod(request, estOperations[operation]);
  if (label === undefined) throw unknownEndpoint();
  switch (operation) {
    case 'cacerts':
      return caCertificatesResponse(await authority.getCaCertificates(label));
    case 'csrattrs':
      return csrAttributesResponse(encodeCsrAttributes(await authority.getCsrAttributes(label)));
    case 'simpleenroll':
    case 'simplereenroll':
      return enroll(authority, request, operation, label, warnings);
    case 'serverkeygen':
      throw refuse(
        501,
        'operationNotSupported',
        'The service makes no keys for clients. Make the key on the device and use simpleenroll.',
      );
    case 'fullcmc':
      throw refuse(501, 'operationNotSupported', 'Full CMC is not served. Use simpleenroll or simplereenroll.');
  }
}

function checkMethod(request: HttpRequest, method: 'GET' | 'POST'): void {
  if (request.method === method || (method === 'GET' && request.method === 'HEAD')) return;
  const allow = method === 'GET' ? 'GET, HEAD' : 'POST';
  throw refuse(405, 'operationNotSupported', `This operation answers ${allow}.`, [['Allow', allow]]);
}

function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof CaError) return new Refusal(error, statusOfRefusal(error.code));
  if (error instanceof HttpError) {
    const code = error instanceof BodyTooLarge ? 'requestTooLarge' : 'requestMalformed';
    return new Refusal(new CaError(code, error.message, { cause: error }), error.status);
  }
  return new Refusal(new CaError('internal', 'The service failed.', { cause: error }), 500);
}

async function recordRefusal(
  authority: EstAuthority,
  request: HttpRequest,
  { target, warnings }: Progress,
  error: CaError,
): Promise<string> {
  return authority.recordRefusal({
    requestId: request.id,
    protocol: 'est',
    operation: attemptOperation(target),
    endpointLabel: target === undefined ? undefined : (target.label ?? authority.defaultLabel),
    remoteAddress: request.remoteAddress,
    error,
    warnings,
  });
}

function attemptOperation(target: EstTarget | undefined): EarlyRefusal['operation'] {
  switch (target?.operation) {
    case 'cacerts':
    case 'csrattrs':
    case 'simpleenroll':
    case 'simplereenroll':
      return target.operation;
    case 'serverkeygen':
    case 'fullcmc':
    case undefined:
      return 'other';
  }
}

function routeOf(target: EstTarget | undefined): string {
  return target === undefined ? '/.well-known/est/{rest...}' : `/.well-known/est/{label}/${target.operation}`;
}
