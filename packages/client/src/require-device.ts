/** Connect-style middleware, for Express and its kin: only devices pass. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { authorizeSocket } from './authorize-socket.ts';
import type { Authorization, AuthorizeOptions } from './authorize-socket.ts';
import type { Device } from './device.ts';

/** A request behind `requireDevice`. */
export interface DeviceRequest extends IncomingMessage {
  device: Device;
}

export type DeviceMiddleware = (
  request: IncomingMessage & { device?: Device },
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * Sets `request.device` and goes on, or answers 401 (no certificate) or 403 with problem details whose `code` is a
 * `RefusalCode`. Not for servers behind a TLS-terminating proxy: the certificate must be of this very connection.
 */
export function requireDevice(options: AuthorizeOptions): DeviceMiddleware {
  return (request, response, next) => {
    authorizeSocket(request.socket, options).then((authorization) => {
      if (authorization.kind === 'refused') {
        answerRefusal(response, authorization);
        return;
      }
      request.device = authorization.device;
      next();
    }, next);
  };
}

function answerRefusal(response: ServerResponse, refusal: Extract<Authorization, { kind: 'refused' }>): void {
  const { status, code, message } = refusal;
  const title = status === 401 ? 'Unauthorized' : 'Forbidden';
  const body = JSON.stringify({ type: 'about:blank', title, status, code, detail: message });
  response.writeHead(status, {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    'Content-Length': Buffer.byteLength(body),
    // The connection stays what it is: another try needs another handshake.
    Connection: 'close',
    // RFC 9110 §15.5.2 wants a challenge; TLS client certificates have no registered scheme.
    ...(status === 401 ? { 'WWW-Authenticate': 'ClientCertificate' } : {}),
  });
  response.end(body);
}
