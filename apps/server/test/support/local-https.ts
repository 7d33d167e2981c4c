/** An HTTPS server on loopback with a certificate of a test authority: what outgoing requests really meet. */
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodePem, rfc5280 } from '@touchmark/asn1';
import { createTestAuthority } from '@touchmark/testkit';
import type { TestAuthority } from '@touchmark/testkit';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers, or does whatever else a server may do with a response. */
export type Answering = (request: SeenRequest, response: ServerResponse) => void | Promise<void>;

export interface LocalHttps {
  readonly url: string;
  readonly port: number;
  /** The root alone; the server sends the rest. */
  readonly caCertificates: string;
  readonly seen: SeenRequest[];
  answer: Answering;
  close(): Promise<void>;
}

let shared: Promise<TestAuthority> | undefined;

/** @param names in the certificate beside 127.0.0.1 */
export async function startLocalHttps(
  answer: Answering,
  names: readonly string[] = ['localhost'],
): Promise<LocalHttps> {
  shared ??= createTestAuthority({ name: 'Servers' });
  const authority = await shared;
  const leaf = await authority.issue({
    subjectAltNames: [...names.map((value) => ({ kind: 'dns', value }) as const), { kind: 'ip', value: '127.0.0.1' }],
    extendedKeyUsage: [rfc5280['id-kp-serverAuth']],
  });
  const seen: SeenRequest[] = [];
  const server = createServer({
    key: leaf.privateKeyPem,
    cert: `${leaf.certificatePem}${encodePem('CERTIFICATE', authority.issuing.certificateDer)}`,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const local: LocalHttps = {
    url: `https://127.0.0.1:${port}`,
    port,
    caCertificates: encodePem('CERTIFICATE', authority.root.certificateDer),
    seen,
    answer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
      seen.push(one);
      void local.answer(one, response);
    });
  });
  return local;
}

/** @param value a string is sent as it is */
export function json(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof value === 'string' ? value : JSON.stringify(value));
}
