/** The Express router made from the route table: for each request path, method, caller, role, input, then the handler. */
import { didYouMean, refusals } from '@touchmark/ca';
import express from 'express';
import type { Request, RequestHandler, Response, Router } from 'express';
import { authenticate } from './authenticate.ts';
import { checkNoBody, readJsonBody } from './body.ts';
import { checkSameSite } from './cross-site.ts';
import { localsOf, remoteAddressOf } from './exchange.ts';
import type { AdminApiOptions } from './exchange.ts';
import type { AdminServices } from './ports.ts';
import { ProblemException, requestProblem } from './problem.ts';
import { readIfMatch } from './precondition.ts';
import { parseQuery } from './query.ts';
import { permits } from './roles.ts';
import type { Principal } from './roles.ts';
import type { CallContext, Reply, Route } from './route.ts';
import { apiPrefix, routes } from './route-table.ts';

/** The routes of the table, to be mounted at the API's prefix, after `beginRequest` and before `answerProblem`. */
export function createAdminRouter(options: AdminApiOptions): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  for (const [path, atPath] of groupByPath(routes)) {
    router.all(expressPath(path), dispatch(atPath, options));
  }
  router.use((request) => {
    throw requestProblem(404, 'routeUnknown', `There is nothing at this path.${suggestPath(request)}`, {
      hint: `GET ${apiPrefix}/openapi.json lists every path.`,
    });
  });
  return router;
}

function dispatch(atPath: readonly Route[], options: AdminApiOptions): RequestHandler {
  const allowed = atPath.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  return async (request, response) => {
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const route = atPath.find((candidate) => candidate.method === method);
    if (route === undefined) {
      throw requestProblem(405, 'methodNotAllowed', `This path takes ${allowed}.`, { headers: { Allow: allowed } });
    }
    await serve(route, request, response, options);
  };
}

async function serve(route: Route, request: Request, response: Response, options: AdminApiOptions): Promise<void> {
  const locals = localsOf(response);
  locals.route = route.name;
  if (route.method !== 'GET') checkSameSite(request);
  const principal = await admit(route, request, options.services);
  if (principal !== undefined) locals.principal = principal;
  const idempotencyKey = readIdempotencyKey(route, request);
  const seenRevision = readIfMatch(route, request);
  if (route.body === undefined) checkNoBody(request);
  const query = parseQuery(rawQueryOf(request));
  const body = route.body === undefined ? undefined : await readJsonBody(request);
  const context: CallContext = {
    services: options.services,
    now: options.now ?? (() => new Date()),
    principal,
    remoteAddress: remoteAddressOf(request),
    requestId: locals.requestId,
    idempotencyKey,
    seenRevision,
    linkTo: (parameters) =>
      `${request.baseUrl}${request.path}?${new URLSearchParams({ ...query, ...parameters }).toString()}`,
  };
  send(response, await route.invoke({ params: { ...request.params }, query, body }, context));
}

/** Authentication, then the role; undefined on public routes only. */
async function admit(route: Route, request: Request, services: AdminServices): Promise<Principal | undefined> {
  if (route.access.kind === 'public') return undefined;
  const principal = await authenticate(request, services);
  if (permits(route.access, principal.role)) return principal;
  const needed = 'role' in route.access ? route.access.role : 'reporter or operator';
  throw new ProblemException(403, 'forbidden', `This needs the role ${needed}; you are ${principal.role}.`, {
    hint: refusals.forbidden.hint,
  });
}

function readIdempotencyKey(route: Route, request: Request): string | undefined {
  const key = request.headersDistinct['idempotency-key']?.join(', ');
  if (key === undefined) return undefined;
  const detail =
    route.idempotencyKey === undefined
      ? 'This route takes no Idempotency-Key.'
      : /^[\x21-\x7e]{1,128}$/.test(key)
        ? undefined
        : 'The Idempotency-Key must be 1 to 128 printable ASCII characters without spaces.';
  if (detail === undefined) return key;
  throw requestProblem(400, 'requestInvalid', detail, { errors: [{ parameter: 'Idempotency-Key', detail }] });
}

function send(response: Response, reply: Reply): void {
  switch (reply.kind) {
    case 'json':
      response.status(reply.status).set(reply.headers).type('application/json').send(JSON.stringify(reply.body));
      return;
    case 'bytes':
      response
        .status(200)
        .set({ 'Content-Type': reply.contentType, 'Content-Disposition': `attachment; filename="${reply.fileName}"` })
        .send(Buffer.from(reply.body));
      return;
    case 'empty':
      response.status(reply.status).end();
  }
}

function groupByPath(table: readonly Route[]): Map<string, Route[]> {
  return Map.groupBy(table, ({ path }) => path);
}

function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function suggestPath(request: Request): string {
  const nouns = [...new Set(routes.map(({ path }) => path.split('/')[1] ?? ''))];
  return didYouMean(request.path.split('/')[1] ?? '', nouns);
}

function rawQueryOf(request: Request): string {
  const start = request.originalUrl.indexOf('?');
  return start === -1 ? '' : request.originalUrl.slice(start + 1);
}
