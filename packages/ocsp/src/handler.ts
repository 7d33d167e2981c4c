/** OCSP over HTTP (RFC 6960 appendix A, RFC 9919 §6): POST and GET on `/ocsp/{ca}`. */
import type { Clock } from '@touchmark/ca';
import { createRouter, problem } from '@touchmark/http';
import type { HttpHandler, HttpRequest, HttpResponse, Route, RouteParameters } from '@touchmark/http';
import { decodeGetRequest } from './get-request.ts';
import type { OcspAnswer, OcspResponder } from './responder.ts';
import { encodeErrorResponse, OcspError } from './response-status.ts';

export interface OcspHandlerDependencies {
  /** The responder of the authority with this name. */
  readonly findResponder: (ca: string) => OcspResponder | undefined;
  readonly clock: Clock;
}

const bodyLimitBytes = 4096;
/** A GET that no cache along the way may hold for longer, so that a revocation is seen within minutes there too. */
const maxAgeSeconds = 300;
const contentType = ['Content-Type', 'application/ocsp-response'] as const;
/** Errors, answers to nonces and to POST are for this one client. */
const notCacheable = [contentType, ['Cache-Control', 'no-store']] as const;

export function createOcspHandler(dependencies: OcspHandlerDependencies): HttpHandler {
  return createRouter(ocspRoutes(dependencies));
}

export function ocspRoutes({ findResponder, clock }: OcspHandlerDependencies): Route[] {
  const post = async (request: HttpRequest, parameters: RouteParameters): Promise<HttpResponse> => {
    const responder = findResponder(parameters.ca ?? '');
    if (responder === undefined) return unknownAuthority(request);
    const { responseDer } = await responder.respond(await request.readBody(bodyLimitBytes));
    return { status: 200, headers: notCacheable, body: responseDer };
  };
  const get = async (request: HttpRequest, parameters: RouteParameters): Promise<HttpResponse> => {
    const responder = findResponder(parameters.ca ?? '');
    if (responder === undefined) return unknownAuthority(request);
    const requestDer = tryDecode(parameters.request ?? '');
    if (requestDer === undefined) {
      return { status: 200, headers: notCacheable, body: encodeErrorResponse('malformedRequest') };
    }
    return answerGet(request, await responder.respond(requestDer), clock.now());
  };
  return [
    { method: 'POST', pattern: '/ocsp/{ca}', handler: post },
    { method: 'POST', pattern: '/ocsp/{ca}/', handler: post },
    { method: 'GET', pattern: '/ocsp/{ca}/{request...}', handler: get },
  ];
}

function tryDecode(encoded: string): Uint8Array | undefined {
  if (encoded.length > 2 * bodyLimitBytes) return undefined;
  try {
    return decodeGetRequest(encoded);
  } catch (error) {
    if (error instanceof OcspError) return undefined;
    throw error;
  }
}

/** Header fields of RFC 5019 §6.2; max-age outweighs Expires wherever both are understood. */
function answerGet(request: HttpRequest, answer: OcspAnswer, now: Date): HttpResponse {
  if (answer.kind === 'error' || answer.tag === undefined)
    return { status: 200, headers: notCacheable, body: answer.responseDer };
  const remainingSeconds = Math.floor((answer.nextUpdate.getTime() - now.getTime()) / 1000);
  const etag = `"${answer.tag}"`;
  const caching = [
    [
      'Cache-Control',
      `max-age=${Math.max(0, Math.min(maxAgeSeconds, remainingSeconds))}, public, no-transform, must-revalidate`,
    ],
    ['ETag', etag],
    ['Last-Modified', answer.thisUpdate.toUTCString()],
    ['Expires', answer.nextUpdate.toUTCString()],
  ] as const;
  if (isFresh(request, etag)) return { status: 304, headers: caching, body: '' };
  return { status: 200, headers: [contentType, ...caching], body: answer.responseDer };
}

function isFresh(request: HttpRequest, etag: string): boolean {
  const ifNoneMatch = request.headers.get('if-none-match');
  return ifNoneMatch?.split(',').some((part) => part.trim().replace(/^W\//, '') === etag) ?? false;
}

function unknownAuthority(request: HttpRequest): HttpResponse {
  return problem({ status: 404, code: 'notFound', detail: 'There is no such authority.', requestId: request.id });
}
