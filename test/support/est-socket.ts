/** EST over a TLS socket, octet by octet: what a test writes is what is sent, and what it reads is what came. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';

export interface WireAnswer {
  readonly status: number;
  /** Status line and fields as they came, without the empty line. */
  readonly head: string;
  /** As they came, in their order and case. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** TLS records with application data: more than one means more than one write, or a body over 16 KiB. */
  readonly records: number;
  /** The value of a field whose name is written exactly so. */
  field(name: string): string | undefined;
}

/** The certificate and key that a client presents in the handshake. */
export interface ClientCredential {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** What a client must know of a service: where it is, and the root under which its certificate stands. */
export interface EstServer {
  readonly firstRun: { readonly estUrl: string };
  readonly rootCertificateFile: string;
}

/** No answer came: the peer closed the connection first, or nothing happened for too long. */
export class NoAnswerError extends Error {
  readonly received: string;

  constructor(message: string, received: Buffer) {
    super(`${message} after ${received.length} octets`);
    this.name = 'NoAnswerError';
    this.received = received.toString('latin1');
  }
}

export class EstSocket {
  readonly tls: TLSSocket;
  /** When the peer closed its side; undefined while it has not. */
  closedAt: Date | undefined;
  readonly #openedAt = performance.now();
  #received = Buffer.alloc(0);
  #records = 0;
  #wake = (): void => undefined;

  private constructor(tls: TLSSocket) {
    this.tls = tls;
    const close = (): void => {
      this.closedAt ??= new Date();
      this.#wake();
    };
    tls.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#records++;
      this.#wake();
    });
    tls.on('error', close).on('end', close).on('close', close);
  }

  /** A new connection; the server is trusted by the root of the home. */
  static async open(server: EstServer, client?: ClientCredential, options: ConnectionOptions = {}): Promise<EstSocket> {
    const { hostname, port } = new URL(server.firstRun.estUrl);
    const tls = connect({
      host: hostname,
      port: Number(port),
      ca: readFileSync(server.rootCertificateFile),
      ...(client === undefined ? {} : { cert: client.certificatePem, key: client.privateKeyPem }),
      ...options,
    });
    await new Promise<void>((done, fail) => {
      tls.once('error', fail).once('secureConnect', () => {
        tls.off('error', fail);
        done();
      });
    });
    return new EstSocket(tls);
  }

  get secondsOpen(): number {
    return (performance.now() - this.#openedAt) / 1000;
  }

  write(octets: string | Uint8Array): void {
    if (this.tls.writable) this.tls.write(octets);
  }

  /** The next whole answer; one to HEAD has no body, whatever its Content-Length. @throws NoAnswerError */
  async answer(seconds = 60, hasBody = true): Promise<WireAnswer> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const answer = this.#take(hasBody);
      if (answer !== undefined) return answer;
      if (this.closedAt !== undefined) throw new NoAnswerError('The connection was closed', this.#received);
      const left = deadline - Date.now();
      if (left <= 0) throw new NoAnswerError(`No whole answer in ${seconds} s`, this.#received);
      await new Promise<void>((done) => {
        const timer = setTimeout(done, left);
        this.#wake = () => {
          clearTimeout(timer);
          done();
        };
      });
    }
  }

  close(): void {
    this.tls.destroy();
  }

  #take(hasBody: boolean): WireAnswer | undefined {
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const head = this.#received.toString('latin1', 0, end);
    const [statusLine = '', ...lines] = head.split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
    if (status === 100) {
      this.#received = this.#received.subarray(end + 4);
      this.#records = 0;
      return this.#take(hasBody);
    }
    const fields = lines.map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)] as const;
    });
    const field = (name: string): string | undefined => fields.find(([given]) => given === name)?.[1];
    const bodyEnd = end + 4 + (hasBody ? Number(field('Content-Length') ?? 0) : 0);
    if (this.#received.length < bodyEnd) return undefined;
    const body = Buffer.from(this.#received.subarray(end + 4, bodyEnd));
    const records = this.#records;
    this.#received = this.#received.subarray(bodyEnd);
    this.#records = 0;
    return { status, head, fields, body, records, field };
  }
}
