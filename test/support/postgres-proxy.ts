/** A proxy in front of PostgreSQL that can keep back the answer to a statement that is committed. */
import type { NetConnectOpts, Socket } from 'node:net';
import { TcpProxy } from './tcp-proxy.ts';
import type { Relay } from './tcp-proxy.ts';

/** An answer that is waited for, and then kept back. */
export interface HeldAnswer {
  /** Resolves when PostgreSQL has committed the statement and its answer is here. */
  readonly reached: Promise<void>;
  readonly release: () => void;
}

interface Wanted {
  readonly statement: string;
  readonly marker: Buffer;
  readonly released: Promise<void>;
  readonly arrive: () => void;
}

export class PostgresProxy {
  readonly databaseUrl: string;
  readonly #proxy: TcpProxy;
  readonly #wanted: Set<Wanted>;

  private constructor(databaseUrl: string, proxy: TcpProxy, wanted: Set<Wanted>) {
    this.databaseUrl = databaseUrl;
    this.#proxy = proxy;
    this.#wanted = wanted;
  }

  static async start(databaseUrl: string): Promise<PostgresProxy> {
    const wanted = new Set<Wanted>();
    const proxy = await TcpProxy.start(addressOf(databaseUrl), (client, server) => relay(client, server, wanted));
    const url = new URL(databaseUrl);
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    url.search = '';
    return new PostgresProxy(url.href, proxy, wanted);
  }

  /** @param marker a text among the parameters of the statement's execution */
  holdAnswer(statement: string, marker: string): HeldAnswer {
    const arrival = Promise.withResolvers<undefined>();
    const release = Promise.withResolvers<undefined>();
    this.#wanted.add({
      statement,
      marker: Buffer.from(marker),
      released: release.promise,
      arrive: () => arrival.resolve(undefined),
    });
    return { reached: arrival.promise, release: () => release.resolve(undefined) };
  }

  reset(): void {
    this.#proxy.reset();
  }

  stop(): Promise<void> {
    return this.#proxy.stop();
  }
}

function addressOf(databaseUrl: string): NetConnectOpts {
  const { hostname, port, searchParams } = new URL(databaseUrl);
  const directory = searchParams.get('host');
  if (directory !== null) return { path: `${directory}/.s.PGSQL.${port === '' ? '5432' : port}` };
  return { host: hostname, port: Number(port) };
}

/** Messages of the protocol, version 3: Bind names the statement and brings its parameters, ReadyForQuery says that it is committed. */
const bind = 0x42;
const readyForQuery = 0x5a;

function relay(client: Socket, server: Socket, wanted: Set<Wanted>): Relay {
  let holding: Wanted[] = [];
  let kept: Buffer[] = [];
  const fromClient = new Messages(false, (type, message) => {
    if (type !== bind) return;
    const portalEnd = message.indexOf(0, 5);
    const statement = message.toString('utf8', portalEnd + 1, message.indexOf(0, portalEnd + 1));
    const matching = [...wanted].filter((each) => each.statement === statement && message.includes(each.marker));
    for (const each of matching) wanted.delete(each);
    holding.push(...matching);
  });
  const fromServer = new Messages(true, (type) => {
    if (type !== readyForQuery || holding.length === 0) return;
    const held = holding;
    holding = [];
    for (const { arrive } of held) arrive();
    void Promise.all(held.map(({ released }) => released)).then(() => {
      const answer = Buffer.concat(kept);
      kept = [];
      if (client.writable) client.write(answer);
    });
  });
  return {
    toServer(chunk) {
      fromClient.take(chunk);
      server.write(chunk);
    },
    toClient(chunk) {
      const keeps = holding.length > 0 || kept.length > 0;
      fromServer.take(chunk);
      if (keeps) kept.push(chunk);
      else client.write(chunk);
    },
  };
}

/** Cuts a stream into its messages. */
class Messages {
  readonly #onMessage: (type: number, message: Buffer) => void;
  #rest: Buffer = Buffer.alloc(0);
  /** The first message of a client has a length and no type. */
  #typed: boolean;

  constructor(typed: boolean, onMessage: (type: number, message: Buffer) => void) {
    this.#typed = typed;
    this.#onMessage = onMessage;
  }

  take(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const head = this.#typed ? 1 : 0;
      if (this.#rest.length < head + 4) return;
      const length = head + this.#rest.readInt32BE(head);
      if (this.#rest.length < length) return;
      const message = this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(length);
      if (this.#typed) this.#onMessage(message[0] ?? 0, message);
      this.#typed = true;
    }
  }
}
