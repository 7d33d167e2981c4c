/** What a listener remembers of a connection: the facts about its peer, and whether it is in use or being closed. */
import type { Socket } from 'node:net';
import type { BodyReader } from './body-reader.ts';
import type { TlsConnection } from './message.ts';
import { readTlsConnection } from './tls-connection.ts';

export interface Connection {
  readonly remoteAddress: string;
  readonly tls: TlsConnection | undefined;
  /** Requests that are being handled (more than one only if the client pipelines). */
  inFlight: number;
  /** The body of the newest request given to a neutral handler: a parse error is about this one. */
  body: BodyReader | undefined;
  /** Nothing more is answered on it. */
  closing: boolean;
}

const connections = new WeakMap<Socket, Connection>();

/** Reads the peer's facts at the first request of the connection. */
export function connectionOf(socket: Socket): Connection {
  let connection = connections.get(socket);
  if (connection === undefined) {
    connection = {
      remoteAddress: (socket.remoteAddress ?? 'unknown').replace(/^::ffff:(?=\d+\.)/i, ''),
      tls: readTlsConnection(socket),
      inFlight: 0,
      body: undefined,
      closing: false,
    };
    connections.set(socket, connection);
  }
  return connection;
}

/** Undefined when no request has come on it yet. */
export function findConnection(socket: Socket): Connection | undefined {
  return connections.get(socket);
}
