/** Answers what node:http could not parse or gave up waiting for, and closes the connection. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { findConnection } from './connection.ts';
import { BodyMalformed, BodyTimeout } from './errors.ts';
import type { ListenerLimits } from './limits.ts';
import { lingeringClose } from './lingering-close.ts';

interface ParseError extends Error {
  readonly code?: string;
  readonly rawPacket?: Uint8Array;
}

export function answerClientError(error: ParseError, socket: Socket, limits: ListenerLimits): void {
  const connection = findConnection(socket);
  if (!socket.writable || error.code === 'ECONNRESET' || connection?.closing === true) {
    socket.destroy();
    return;
  }
  if (connection !== undefined && connection.inFlight > 0) {
    if (connection.body === undefined) {
      socket.destroy();
      return;
    }
    // A request is being handled: its body fails, and its own answer goes out before the connection is closed.
    const timedOut = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    connection.body.fail(timedOut ? new BodyTimeout(limits.requestTimeoutSeconds) : new BodyMalformed(error));
    return;
  }
  if (connection !== undefined) connection.closing = true;
  const { status, text } = describe(error);
  socket.write(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: text/plain\r\n` +
      `Content-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`,
  );
  lingeringClose(socket);
}

interface Refusal {
  readonly status: number;
  /** ASCII only: its length in characters is the Content-Length. */
  readonly text: string;
}

const refusals: Readonly<Record<string, Refusal>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, text: 'The request did not come in time.\n' },
  HPE_HEADER_OVERFLOW: { status: 431, text: 'The header section of the request is too large.\n' },
};

function describe(error: ParseError): Refusal {
  const refusal = refusals[error.code ?? ''];
  if (refusal !== undefined) return refusal;
  // 0x16: a TLS record of type handshake.
  const isTls = error.rawPacket?.[0] === 0x16;
  return {
    status: 400,
    text: isTls ? 'This port speaks plain HTTP, not TLS.\n' : 'This is not an HTTP/1.1 request.\n',
  };
}
