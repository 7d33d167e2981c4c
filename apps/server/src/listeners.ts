/** The four listeners of the service and what they share: metrics, error reports, limits. */
import { serveHttp, serveHttps } from '@touchmark/http';
import type { HttpListener, HttpsListener, ListenerCertificate, ServeHttpOptions } from '@touchmark/http';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { ListenAddress } from './settings.ts';
import { StartError } from './start-error.ts';

export class Listeners {
  readonly #metrics: Metrics;
  readonly #logger: Logger;
  readonly #plain: HttpListener[] = [];
  readonly #tls: HttpsListener[] = [];

  constructor(metrics: Metrics, logger: Logger) {
    this.#metrics = metrics;
    this.#logger = logger;
  }

  async openPlain(name: string, variable: string, listen: ListenAddress, answer: Answer): Promise<HttpListener> {
    const listener = await this.#open(variable, listen, () => serveHttp({ listen, ...answer, ...this.#hooks(name) }));
    this.#plain.push(listener);
    this.#metrics.watchListener(name, listener);
    return listener;
  }

  async openTls(
    name: string,
    variable: string,
    listen: ListenAddress,
    certificate: ListenerCertificate,
    answer: Answer,
  ): Promise<HttpsListener> {
    const listener = await this.#open(variable, listen, () =>
      serveHttps({ listen, ...answer, ...this.#hooks(name), tls: { ...certificate, requestCert: true } }),
    );
    this.#tls.push(listener);
    this.#metrics.watchListener(name, listener);
    return listener;
  }

  /** Later handshakes use this certificate. */
  setCertificate(certificate: ListenerCertificate): void {
    for (const listener of this.#tls) listener.setCertificate(certificate);
  }

  async close(drainSeconds: number): Promise<void> {
    await Promise.all([...this.#tls, ...this.#plain].map((listener) => listener.close({ drainSeconds })));
  }

  #hooks(name: string): Pick<ServeHttpOptions, 'onResponse' | 'onError'> {
    const count = this.#metrics.responses(name);
    return {
      onResponse: (event) => {
        count(event);
        if (!this.#logger.isLevelEnabled('debug')) return;
        this.#logger.debug(
          {
            event: 'http.response',
            listener: name,
            requestId: event.request.id,
            method: event.request.method,
            path: event.request.path,
            status: event.status,
            remoteAddress: event.request.remoteAddress,
            durationMicroseconds: event.durationMicroseconds,
          },
          'answered',
        );
      },
      onError: (error, request) => {
        this.#logger.error({ event: 'http.error', listener: name, requestId: request?.id, error }, 'request failed');
      },
    };
  }

  async #open<Listener>(
    variable: string,
    { host, port }: ListenAddress,
    open: () => Promise<Listener>,
  ): Promise<Listener> {
    try {
      return await open();
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EADDRINUSE') {
        throw new StartError(
          `${host}:${port} is in use by another process. Choose another address with ${variable}, for example ${variable}=127.0.0.1:${port + 1000}.`,
        );
      }
      if (code === 'EACCES' || code === 'EADDRNOTAVAIL') {
        throw new StartError(
          `${host}:${port} cannot be listened on (${code}). Choose another address with ${variable}.`,
        );
      }
      throw error;
    }
  }
}

type Answer = Pick<ServeHttpOptions, 'handler' | 'requestListener' | 'overloaded'>;
