/** What the exchanges of a listener have in common: who answers, within which limits, and who is told. */
import type { RequestListener } from 'node:http';
import type { ListenerLimits } from './limits.ts';
import type { HttpHandler, HttpRequest, HttpResponse } from './message.ts';

/** What is told of each answer: for access logs and metrics. */
export interface ResponseEvent {
  readonly request: HttpRequest;
  readonly status: number;
  readonly durationMicroseconds: number;
  /** Pattern of the route that answered, if there is a router. */
  readonly route: string | undefined;
  /** The client had gone before the answer was ready. */
  readonly aborted: boolean;
}

export interface ExchangeOptions {
  /** Answers neutral requests. */
  readonly handler?: HttpHandler | undefined;
  /** Instead of `handler`: takes over node:http's own objects, e.g. an Express application. */
  readonly requestListener?: RequestListener | undefined;
  readonly onResponse?: ((event: ResponseEvent) => void) | undefined;
  /** Told of everything unexpected: what a handler threw that is no `HttpError`, TLS and server errors. */
  readonly onError?: ((error: unknown, request: HttpRequest | undefined) => void) | undefined;
  /** The answer to a request that is shed; by default a 503 problem. */
  readonly overloaded?: ((request: HttpRequest, retryAfterSeconds: number) => HttpResponse) | undefined;
}

/** Counters of a listener since its start, and what is in use now. */
export interface ListenerCounters {
  requests: number;
  inFlight: number;
  shed: number;
  droppedConnections: number;
  clientErrors: number;
  tlsErrors: number;
}

export interface ExchangeContext extends ExchangeOptions {
  readonly limits: ListenerLimits;
  readonly counters: ListenerCounters;
  draining: boolean;
}
