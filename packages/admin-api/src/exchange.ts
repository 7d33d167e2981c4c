/** What every request of this listener has, matched by a route or not: an id, a record of what became of it, an answer. */
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { newRequestId } from '@touchmark/http';
import { toProblemException } from './failure.ts';
import type { AdminServices } from './ports.ts';
import { requestProblem } from './problem.ts';
import type { ProblemException } from './problem.ts';
import type { Principal } from './roles.ts';

/** What happened with one request, for logs and metrics: no secrets, no bodies. */
export interface RequestEvent {
  readonly requestId: string;
  readonly method: string;
  /** The route's name; undefined when none matched. */
  readonly route: string | undefined;
  readonly status: number;
  readonly code: string | undefined;
  readonly principal: Principal | undefined;
  readonly remoteAddress: string;
  readonly durationSeconds: number;
}

export interface AdminApiOptions {
  readonly services: AdminServices;
  readonly now?: () => Date;
  /** After each answer. */
  readonly onRequest?: (event: RequestEvent) => void;
  /** What failed inside, with the id that the client was told; the client was told nothing else. */
  readonly onError?: (error: unknown, requestId: string) => void;
}

/** Kept on `response.locals`. */
interface Locals {
  readonly requestId: string;
  route?: string;
  principal?: Principal;
  code?: string;
}

export function beginRequest(options: AdminApiOptions): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    const locals: Locals = { requestId: newRequestId() };
    Object.assign(response.locals, locals);
    response.setHeader('Touchmark-Request', locals.requestId);
    response.setHeader('Cache-Control', 'no-store');
    const remoteAddress = remoteAddressOf(request);
    response.once('close', () => {
      const { requestId, route, code, principal } = localsOf(response);
      const durationSeconds = (performance.now() - started) / 1000;
      const { method } = request;
      const status = response.statusCode;
      options.onRequest?.({ requestId, method, route, status, code, principal, remoteAddress, durationSeconds });
    });
    next();
  };
}

/** The last handler: everything that was thrown becomes a problem, and nothing but the log sees more of it. */
export function answerProblem(options: AdminApiOptions): ErrorRequestHandler {
  return (thrown: unknown, _request, response, next) => {
    const locals = localsOf(response);
    const problem = toProblemException(isPathError(thrown) ? pathProblem() : thrown);
    if (problem.status >= 500) options.onError?.(thrown, locals.requestId);
    if (response.headersSent) {
      next(thrown);
      return;
    }
    locals.code = problem.code;
    response
      .status(problem.status)
      .set(problem.options.headers ?? {})
      .type('application/problem+json')
      .send(JSON.stringify(problem.toProblem(locals.requestId)));
  };
}

export function localsOf(response: Response): Locals {
  // Express types locals as any record; only beginRequest makes them.
  return response.locals as unknown as Locals;
}

export function remoteAddressOf(request: Request): string {
  return request.socket.remoteAddress ?? 'unknown';
}

/** Express fails so when a path is not percent-encoded UTF-8. */
function isPathError(thrown: unknown): boolean {
  return thrown instanceof URIError;
}

function pathProblem(): ProblemException {
  const detail = 'The path is not percent-encoded UTF-8.';
  return requestProblem(400, 'requestInvalid', detail, { errors: [{ parameter: 'path', detail }] });
}
