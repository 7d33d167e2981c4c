/** Clients that write octets and look at octets, over TCP or TLS. */
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { serveHttp } from '../src/index.ts';
import type { HttpListener, ServeHttpOptions } from '../src/index.ts';

const loopback = { host: '127.0.0.1', port: 0 };

export interface Answer {
  readonly text: string;
  readonly status: number;
  /** From the last octet written to the end of the connection. */
  readonly milliseconds: number;
}

/** Runs `use` against a listener on a free port, and closes it. */
export async function withListener<T>(
  options: Omit<ServeHttpOptions, 'listen'>,
  use: (listener: HttpListener) => Promise<T>,
): Promise<T> {
  const listener = await serveHttp({ ...options, listen: loopback });
  try {
    return await use(listener);
  } finally {
    await listener.close({ drainSeconds: 0 });
  }
}

export async function openTcp(port: number): Promise<Socket> {
  const socket = connectTcp({ host: '127.0.0.1', port, allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
}

export async function openTls(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

/** Everything until the server ends the connection. A reset rejects. */
export async function readToEnd(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
}

/** Until `pattern` has come. */
export async function readUntil(socket: Socket, pattern: RegExp): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    const done = (): void => {
      socket.off('data', onData).off('close', onClose).off('error', reject);
      resolve(text);
    };
    const onData = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      if (pattern.test(text)) done();
    };
    const onClose = (): void => reject(new Error(`closed after ${JSON.stringify(text)}`));
    socket.on('data', onData).once('close', onClose).once('error', reject);
  });
}

/** Writes the octets as they are and reads until the server closes. */
export async function exchange(port: number, octets: string | Uint8Array): Promise<Answer> {
  const socket = await openTcp(port);
  socket.write(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets);
  const start = performance.now();
  const text = await readToEnd(socket);
  socket.destroy();
  return { text, status: statusOf(text), milliseconds: performance.now() - start };
}

export function statusOf(text: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? Number.NaN);
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, milliseconds));
}
