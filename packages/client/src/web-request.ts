/** One HTTP request over node:http or node:https, with a limit on size and time, without redirects or pooled connections. */
import { request as requestHttp } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { SecureContextOptions } from 'node:tls';

export interface WebRequest {
  readonly method?: 'GET' | 'POST' | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | string | undefined;
  /** For https: trust and client certificate. `rejectUnauthorized: false` only where the content proves itself. */
  readonly tls?:
    (Pick<SecureContextOptions, 'ca' | 'cert' | 'key'> & { readonly rejectUnauthorized?: boolean }) | undefined;
  /** A longer body is an error. */
  readonly maximumBytes: number;
  readonly timeoutSeconds: number;
}

export interface WebResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/** More came than `maximumBytes`. */
export class AnswerTooLarge extends Error {
  constructor(maximumBytes: number) {
    super(`The answer is larger than ${maximumBytes} bytes.`);
    this.name = 'AnswerTooLarge';
  }
}

/** Rejects when nothing whole comes back; any HTTP status resolves. */
export function sendWebRequest(url: URL, options: WebRequest): Promise<WebResponse> {
  const { method = 'GET', headers = {}, body, tls, maximumBytes, timeoutSeconds } = options;
  return new Promise((resolve, reject) => {
    const common = {
      method,
      headers: body === undefined ? headers : { ...headers, 'Content-Length': String(Buffer.byteLength(body)) },
      // No pool: a resumed TLS session would not be a fresh proof of either side.
      agent: false,
      signal: AbortSignal.timeout(timeoutSeconds * 1000),
    } as const;
    const onResponse = (response: IncomingMessage): void => {
      readBody(response, maximumBytes).then(
        (bytes) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes }),
        (error: unknown) => {
          outgoing.destroy();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    };
    const outgoing =
      url.protocol === 'https:'
        ? requestHttps(url, { ...common, minVersion: 'TLSv1.2', ...tls }, onResponse)
        : requestHttp(url, common, onResponse);
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function readBody(response: IncomingMessage, maximumBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maximumBytes) throw new AnswerTooLarge(maximumBytes);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** The first of that name, which is given in lower case. */
export function fieldOf(response: WebResponse, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Retry-After: seconds or a date (RFC 9110 §10.2.3). */
export function retryAfterSecondsOf(response: WebResponse): number | undefined {
  const value = response.headers['retry-after'];
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}
