/** Plain HTTP: a node:http server with limits, overload shedding and a graceful end. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server as HttpServer, ServerOptions, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { answerClientError } from './client-error.ts';
import { findConnection } from './connection.ts';
import { abandon, handleExchange } from './exchange.ts';
import type { ExchangeContext, ExchangeOptions, ListenerCounters } from './exchange-context.ts';
import { defaultLimits } from './limits.ts';
import type { ListenerLimits } from './limits.ts';

export interface ServeHttpOptions extends ExchangeOptions {
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly limits?: Partial<ListenerLimits> | undefined;
}

export interface HttpListener {
  /** `http://host:port` or `https://host:port`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly server: HttpServer | HttpsServer;
  readonly counters: Readonly<ListenerCounters>;
  /**
   * Stops accepting, closes idle connections, lets requests that are being handled finish, and after `drainSeconds` (10)
   * closes what is left.
   */
  close(options?: { readonly drainSeconds?: number }): Promise<void>;
}

/** Rejects when the address cannot be listened on. */
export async function serveHttp(options: ServeHttpOptions): Promise<HttpListener> {
  const context = createContext(options);
  // Devices that speak HTTP/1.0 send no Host.
  const server = createServer({ ...serverOptions(context.limits), requireHostHeader: false });
  return startListener(server, 'http', options.listen, context);
}

export function createContext(options: ServeHttpOptions): ExchangeContext {
  const { handler, requestListener, onResponse, onError, overloaded } = options;
  if ((handler === undefined) === (requestListener === undefined)) {
    throw new TypeError('A listener takes either a handler or a requestListener.');
  }
  return {
    handler,
    requestListener,
    onResponse,
    onError: onError === undefined ? undefined : quietly(onError),
    overloaded,
    limits: { ...defaultLimits, ...options.limits },
    counters: { requests: 0, inFlight: 0, shed: 0, droppedConnections: 0, clientErrors: 0, tlsErrors: 0 },
    draining: false,
  };
}

/** A reporter that fails must not take with it what it reports on. */
function quietly(onError: NonNullable<ExchangeOptions['onError']>): NonNullable<ExchangeOptions['onError']> {
  return (error, request) => {
    try {
      onError(error, request);
    } catch {
      // there is nobody left to tell
    }
  };
}

export function serverOptions(limits: ListenerLimits): ServerOptions {
  return {
    // Node wants it not above the requestTimeout.
    headersTimeout: Math.min(limits.headersTimeoutSeconds, limits.requestTimeoutSeconds) * 1000,
    // The body reader times out first and lets the handler answer; this one is for bodies that nobody reads.
    requestTimeout: (limits.requestTimeoutSeconds + 2) * 1000,
    keepAliveTimeout: limits.keepAliveSeconds * 1000,
    // The two time-outs above are looked after at this interval.
    connectionsCheckingInterval: 1000,
    maxHeaderSize: limits.maxHeaderBytes,
    joinDuplicateHeaders: true,
    noDelay: true,
  };
}

/** Wires the server's events and listens. */
export async function startListener(
  server: HttpServer | HttpsServer,
  scheme: 'http' | 'https',
  listen: ServeHttpOptions['listen'],
  context: ExchangeContext,
): Promise<HttpListener> {
  const { limits, counters } = context;
  const sockets = new Set<Socket>();
  // Node drops what is over this number without a word: one more, so that the excess is seen and refused.
  server.maxHeadersCount = limits.maxHeaders + 1;
  server.maxConnections = limits.maxConnections;
  server.timeout = limits.idleSeconds * 1000;
  // A client that half-closes after its request still gets the answer.
  Object.assign(server, { httpAllowHalfOpen: true });
  const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse, waitsForContinue: boolean): void => {
    try {
      handleExchange(context, incoming, outgoing, waitsForContinue);
    } catch (error) {
      abandon(context, incoming, error);
    }
  };
  server.on('request', (incoming, outgoing) => onRequest(incoming, outgoing, false));
  server.on('checkContinue', (incoming, outgoing) => onRequest(incoming, outgoing, true));
  server.on('clientError', (error: Error, stream: Duplex) => {
    counters.clientErrors++;
    // A server that only listens on TCP has only sockets.
    if (stream instanceof Socket) answerClientError(error, stream, limits);
  });
  server.on('drop', () => counters.droppedConnections++);
  const watch = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', ignore).once('close', () => sockets.delete(socket));
  };
  server.on('connection', watch);
  // The TLS socket on top of that one: only it tells whether more than the handshake has come.
  server.on('secureConnection', watch);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error: Error) => context.onError?.(error, undefined));
  const { port } = server.address() as AddressInfo;
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  let closed: Promise<void> | undefined;
  return {
    url: `${scheme}://${host}:${port}`,
    port,
    server,
    counters,
    close: ({ drainSeconds = 10 } = {}) => (closed ??= drain(server, sockets, context, drainSeconds)),
  };
}

function drain(
  server: HttpServer | HttpsServer,
  sockets: ReadonlySet<Socket>,
  context: ExchangeContext,
  drainSeconds: number,
): Promise<void> {
  context.draining = true;
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.closeAllConnections();
      for (const socket of sockets) socket.destroy();
    }, drainSeconds * 1000);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
    // Node takes a connection that has not sent anything yet for an active one.
    for (const socket of sockets) if (socket.bytesRead === 0 && findConnection(socket) === undefined) socket.destroy();
  });
}

function ignore(): void {
  // reported by clientError or tlsClientError; without a listener it would end the process
}
