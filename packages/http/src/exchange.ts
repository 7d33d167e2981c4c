/** One request and its answer: from node:http to a neutral handler and back, within the listener's limits. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { BodyReader } from './body-reader.ts';
import { connectionOf } from './connection.ts';
import type { Connection } from './connection.ts';
import type { ExchangeContext, ResponseEvent } from './exchange-context.ts';
import { jitteredRetryAfter } from './limits.ts';
import type { HttpRequest, HttpResponse } from './message.ts';
import { NodeRequest } from './node-request.ts';
import { problem, problemOf } from './problem.ts';
import { sendResponse } from './send-response.ts';
import type { CloseMode } from './send-response.ts';

/** `waitsForContinue`: the client sent `Expect: 100-continue` and holds its body back. */
export function handleExchange(
  context: ExchangeContext,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  waitsForContinue: boolean,
): void {
  const startedAt = performance.now();
  const connection = connectionOf(incoming.socket);
  if (connection.closing) {
    incoming.resume();
    return;
  }
  const body = new BodyReader(incoming, {
    timeoutSeconds: context.limits.requestTimeoutSeconds,
    sendContinue: waitsForContinue ? () => outgoing.writeContinue() : undefined,
  });
  const request = new NodeRequest(incoming, connection, body);
  const { counters } = context;
  counters.requests++;
  const refusal = refuseUnhandled(context, request, incoming);
  if (refusal === undefined && context.requestListener !== undefined) {
    passOn(context, context.requestListener, { request, incoming, outgoing, connection, startedAt, waitsForContinue });
    return;
  }
  connection.body = body;
  connection.inFlight++;
  counters.inFlight++;
  outgoing.on('error', (error) => context.onError?.(error, request));
  const finish = (response: HttpResponse): void => {
    counters.inFlight--;
    connection.inFlight--;
    if (connection.body === body) connection.body = undefined;
    const aborted = incoming.socket.destroyed;
    if (!aborted) answer(context, connection, request, incoming, outgoing, response);
    report(context, { request, status: response.status, route: response.route, aborted }, startedAt);
  };
  if (refusal !== undefined) finish(refusal);
  else
    callHandler(context, request)
      .then(finish)
      .catch((error: unknown) => abandon(context, incoming, error));
}

/** What cannot happen, if it happens: one connection is lost, not the process. */
export function abandon(context: ExchangeContext, incoming: IncomingMessage, error: unknown): void {
  context.onError?.(error, undefined);
  incoming.socket.destroy();
}

async function callHandler(context: ExchangeContext, request: HttpRequest): Promise<HttpResponse> {
  try {
    if (context.handler === undefined) throw new Error('The listener has neither a handler nor a requestListener.');
    return await context.handler(request);
  } catch (error) {
    const response = problemOf(error, request.id);
    if (response.status >= 500) context.onError?.(error, request);
    return response;
  }
}

/** What is answered without asking the handler. */
function refuseUnhandled(
  context: ExchangeContext,
  request: HttpRequest,
  incoming: IncomingMessage,
): HttpResponse | undefined {
  const { limits, counters } = context;
  if (incoming.rawHeaders.length > 2 * limits.maxHeaders) {
    const detail = `A request may have ${limits.maxHeaders} header fields.`;
    return problem({ status: 431, code: 'tooManyHeaders', detail, requestId: request.id });
  }
  if (counters.inFlight >= limits.maxInFlight) {
    counters.shed++;
    const retryAfterSeconds = jitteredRetryAfter(limits.retryAfterSeconds);
    return (context.overloaded ?? overloadedProblem)(request, retryAfterSeconds);
  }
  return undefined;
}

function overloadedProblem(request: HttpRequest, retryAfterSeconds: number): HttpResponse {
  return problem({
    status: 503,
    code: 'overloaded',
    detail: `The service has more requests than it can handle. Try again in ${retryAfterSeconds} seconds.`,
    requestId: request.id,
    headers: [['Retry-After', String(retryAfterSeconds)]],
  });
}

function answer(
  context: ExchangeContext,
  connection: Connection,
  request: NodeRequest,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  response: HttpResponse,
): void {
  let mode: CloseMode = 'keep';
  if (request.body.leavesRest) mode = 'linger';
  else if (context.draining) mode = 'close';
  if (mode !== 'keep') connection.closing = true;
  try {
    sendResponse(incoming, outgoing, response, mode);
  } catch (error) {
    // A field that HTTP forbids, e.g. a line break in a value: nothing has been sent yet.
    context.onError?.(error, request);
    sendResponse(incoming, outgoing, problem({ status: 500, code: 'internal', requestId: request.id }), mode);
  }
}

interface NodeExchange {
  readonly request: NodeRequest;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly connection: Connection;
  readonly startedAt: number;
  readonly waitsForContinue: boolean;
}

function passOn(context: ExchangeContext, requestListener: RequestListener, exchange: NodeExchange): void {
  const { request, incoming, outgoing, connection, startedAt } = exchange;
  connection.inFlight++;
  context.counters.inFlight++;
  if (context.draining) outgoing.setHeader('Connection', 'close');
  outgoing.once('close', () => {
    connection.inFlight--;
    context.counters.inFlight--;
    const status = outgoing.statusCode;
    report(context, { request, status, route: undefined, aborted: !outgoing.writableFinished }, startedAt);
  });
  if (exchange.waitsForContinue) outgoing.writeContinue();
  try {
    requestListener(incoming, outgoing);
  } catch (error) {
    context.onError?.(error, request);
    if (outgoing.headersSent) outgoing.destroy();
    else sendResponse(incoming, outgoing, problem({ status: 500, code: 'internal', requestId: request.id }), 'close');
  }
}

function report(context: ExchangeContext, event: Omit<ResponseEvent, 'durationMicroseconds'>, startedAt: number): void {
  if (context.onResponse === undefined) return;
  const durationMicroseconds = Math.round((performance.now() - startedAt) * 1000);
  try {
    context.onResponse({ ...event, durationMicroseconds });
  } catch (error) {
    context.onError?.(error, event.request);
  }
}
