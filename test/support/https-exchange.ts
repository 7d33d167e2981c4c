/** One HTTPS request and its answer, with the times that decide who was first. */
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import type { RequestOptions } from 'node:https';

export interface HttpsAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** When the first byte of the answer was seen, by `performance.now()`. */
  readonly beganAt: number;
}

/** Rejects when no whole answer comes: whether the request was carried out is then unknown. */
export function exchange(url: string, options: RequestOptions, body?: string): Promise<HttpsAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, (incoming) => {
      const beganAt = performance.now();
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.once('error', reject);
      incoming.once('end', () => {
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks), beganAt });
      });
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
