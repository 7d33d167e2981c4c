/** A table of routes over raw paths: nothing is decoded, collapsed or redirected. */
import { HttpError } from './errors.ts';
import type { HttpHandler, HttpRequest, HttpResponse } from './message.ts';
import { problem, problemOf } from './problem.ts';

/** Values of the pattern's `{name}`s, percent-encoded as sent. */
export type RouteParameters = Readonly<Record<string, string>>;

export interface Route {
  /** `GET` answers HEAD too. */
  readonly method: string;
  /** A path in which `{name}` stands for a part without `/`, and `{name...}` for all the rest, `/` included. */
  readonly pattern: string;
  readonly handler: (request: HttpRequest, parameters: RouteParameters) => Promise<HttpResponse>;
}

interface CompiledRoute extends Route {
  readonly literalPrefix: string;
  readonly expression: RegExp;
}

/** The first route that fits answers. 404 for a path of no route, 405 with Allow for a method of none. */
export function createRouter(
  routes: readonly Route[],
  options: { readonly notFound?: HttpHandler | undefined } = {},
): HttpHandler {
  const compiled = routes.map(compile);
  const notFound = options.notFound ?? answerNotFound;
  return async (request) => {
    const allowed: string[] = [];
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    for (const route of compiled) {
      if (!request.path.startsWith(route.literalPrefix)) continue;
      const match = route.expression.exec(request.path);
      if (match === null) continue;
      if (route.method !== method) allowed.push(route.method);
      else return callRoute(route, request, match.groups ?? {});
    }
    return allowed.length === 0 ? notFound(request) : methodNotAllowed(request, allowed);
  };
}

/** A 405 (RFC 9110 §15.5.6). */
export function methodNotAllowed(request: HttpRequest, methods: readonly string[]): HttpResponse {
  const allow = allowField(methods);
  return problem({
    status: 405,
    code: 'methodNotAllowed',
    detail: `This path answers ${allow}.`,
    requestId: request.id,
    headers: [['Allow', allow]],
  });
}

/** The value of Allow: whatever answers GET answers HEAD. */
export function allowField(methods: readonly string[]): string {
  return [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))].join(', ');
}

async function callRoute(route: Route, request: HttpRequest, parameters: RouteParameters): Promise<HttpResponse> {
  let response: HttpResponse;
  try {
    response = await route.handler(request, parameters);
  } catch (error) {
    // Only what was meant as an answer: anything else is for the listener to report.
    if (!(error instanceof HttpError)) throw error;
    response = problemOf(error, request.id);
  }
  return response.route === undefined ? { ...response, route: route.pattern } : response;
}

function compile(route: Route): CompiledRoute {
  const brace = route.pattern.indexOf('{');
  const expression = route.pattern
    .split(/(\{\w+(?:\.\.\.)?\})/)
    .map((part) => {
      const parameter = /^\{(\w+)(\.\.\.)?\}$/.exec(part);
      if (parameter === null) return part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
      return parameter[2] === undefined ? `(?<${parameter[1] ?? ''}>[^/]+)` : `(?<${parameter[1] ?? ''}>.*)`;
    })
    .join('');
  return {
    ...route,
    literalPrefix: brace === -1 ? route.pattern : route.pattern.slice(0, brace),
    expression: new RegExp(`^${expression}$`, 's'),
  };
}

async function answerNotFound(request: HttpRequest): Promise<HttpResponse> {
  return problem({ status: 404, code: 'notFound', detail: 'There is nothing at this path.', requestId: request.id });
}
