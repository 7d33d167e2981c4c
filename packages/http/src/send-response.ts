/** Puts a neutral response on the wire: status line, headers and body in one write, with a true Content-Length. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { lingeringClose } from './lingering-close.ts';
import type { HttpResponse } from './message.ts';

/**
 * Up to here a body goes out in the same string, so in the same write and TLS record, as the head: strongSwan reads an
 * answer in two TLS reads. A larger one does not fit into one record (16 KiB) anyhow.
 */
const oneWriteBytes = 64 * 1024;

export type CloseMode =
  /** As the client wants it. */
  | 'keep'
  /** `Connection: close`, and at once. */
  | 'close'
  /** The same for a client that may still be sending. */
  | 'linger';

export function sendResponse(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  response: HttpResponse,
  mode: CloseMode,
): void {
  const { status, body } = response;
  const fields: string[] = [];
  for (const [name, value] of response.headers) fields.push(name, value);
  // RFC 9110 §8.6: no Content-Length in 1xx and 204; in 304 it would be that of the other answer.
  const bodyless = status === 204 || status === 304;
  if (!bodyless) {
    fields.push('Content-Length', String(typeof body === 'string' ? Buffer.byteLength(body) : body.length));
  }
  if (mode !== 'keep') fields.push('Connection', 'close');
  if (mode === 'linger') lingerAfter(incoming, outgoing);
  outgoing.writeHead(status, fields);
  if (bodyless || incoming.method === 'HEAD') outgoing.end();
  else if (typeof body === 'string') outgoing.end(body, 'utf8');
  else {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
    if (bytes.length <= oneWriteBytes) outgoing.end(bytes.toString('latin1'), 'latin1');
    else outgoing.end(bytes);
  }
}

/** node:http ends the connection with `destroySoon` once the last byte is with the kernel: here that becomes a linger. */
function lingerAfter(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { socket } = outgoing;
  if (socket === null) return;
  socket.destroySoon = () => {
    incoming.resume();
    lingeringClose(socket);
  };
}
