/** A TCP proxy on loopback whose connections can be reset. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, NetConnectOpts, Server, Socket } from 'node:net';

/** What passes between a client and its server; by default all of it, at once. */
export interface Relay {
  toServer(chunk: Buffer): void;
  toClient(chunk: Buffer): void;
}

export class TcpProxy {
  readonly #server: Server;
  readonly #connections = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param relay what stands between the two sockets of a connection */
  static async start(
    target: NetConnectOpts,
    relay: (client: Socket, server: Socket) => Relay = (client, server) => ({
      toServer: (chunk) => void server.write(chunk),
      toClient: (chunk) => void client.write(chunk),
    }),
  ): Promise<TcpProxy> {
    const listener = createServer({ allowHalfOpen: false, noDelay: true });
    await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
    const proxy = new TcpProxy(listener);
    listener.on('connection', (client) => {
      const server = connect(target);
      const { toServer, toClient } = relay(client, server);
      client.on('data', toServer);
      server.on('data', toClient);
      for (const [socket, other] of [
        [client, server],
        [server, client],
      ] as const) {
        proxy.#connections.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          proxy.#connections.delete(socket);
          other.destroy();
        });
      }
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Both ends of every connection get a reset (RST), where the kind of socket knows one. */
  reset(): void {
    for (const socket of this.#connections) {
      if (socket.remoteAddress === undefined) socket.destroy();
      else socket.resetAndDestroy();
    }
  }

  async stop(): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }
}
