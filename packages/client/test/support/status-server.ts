/** Serves bytes at paths over plain HTTP and counts what was asked. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Served {
  status?: number;
  headers?: Record<string, string>;
  body: Uint8Array | string;
}

export class StatusServer {
  readonly #server: Server;
  readonly #content = new Map<string, Served | ((body: Uint8Array) => Promise<Served>)>();
  readonly requests: {
    readonly path: string;
    readonly headers: IncomingMessage['headers'];
    readonly status: number;
  }[] = [];

  private constructor() {
    this.#server = createServer((incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        void this.#answer(incoming, new Uint8Array(Buffer.concat(chunks))).then(
          ({ status = 200, headers = {}, body }) => {
            this.requests.push({ path: incoming.url ?? '', headers: incoming.headers, status });
            outgoing.writeHead(status, headers).end(body);
          },
        );
      });
    });
  }

  static async start(): Promise<StatusServer> {
    const server = new StatusServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  serve(path: string, content: Served | ((body: Uint8Array) => Promise<Served>)): void {
    this.#content.set(path, content);
  }

  remove(path: string): void {
    this.#content.delete(path);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(incoming: IncomingMessage, body: Uint8Array): Promise<Served> {
    const content = this.#content.get(incoming.url ?? '');
    if (content === undefined) return { status: 404, body: 'nothing here' };
    if (typeof content === 'function') return content(body);
    const etag = content.headers?.ETag;
    if (etag !== undefined && incoming.headers['if-none-match'] === etag)
      return { status: 304, headers: { ETag: etag }, body: '' };
    return content;
  }
}
