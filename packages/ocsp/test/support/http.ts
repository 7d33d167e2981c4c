/** Requests to handlers without a socket. */
import type { HttpRequest } from '@touchmark/http';
import { BodyTooLarge } from '@touchmark/http';

export function httpRequest(
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: Uint8Array } = {},
): HttpRequest {
  const body = options.body ?? new Uint8Array(0);
  return {
    id: 'test',
    method,
    path,
    rawQuery: undefined,
    headers: new Map(Object.entries(options.headers ?? {})),
    remoteAddress: '127.0.0.1',
    tls: undefined,
    async readBody(limitBytes) {
      if (body.length > limitBytes) throw new BodyTooLarge(limitBytes);
      return body;
    },
  };
}
