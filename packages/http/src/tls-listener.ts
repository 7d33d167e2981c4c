/** HTTP over TLS 1.2 and 1.3, with a client certificate if wanted, and without any kind of session resumption. */
import { constants } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createServer } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { SecureContextOptions } from 'node:tls';
import { createContext, serverOptions, startListener } from './listener.ts';
import type { HttpListener, ServeHttpOptions } from './listener.ts';

/** The listener's own certificate. */
export interface ListenerCertificate {
  readonly key: KeyObject | string;
  /** Leaf first, then its issuers without the root; PEM. */
  readonly certificateChainPem: string;
}

export interface ServeHttpsOptions extends ServeHttpOptions {
  readonly tls: ListenerCertificate & {
    /** Ask clients for a certificate. None is refused here: the handler judges what was presented, per request. */
    readonly requestCert: boolean;
    /**
     * Names of CAs put into the CertificateRequest, from these certificates in PEM; by default none. Programs and
     * browsers that choose among several certificates then offer those of other issuers no longer, so leave it out
     * where certificates of foreign issuers, or of an earlier CA, are to be accepted.
     */
    readonly clientCaPem?: string | readonly string[] | undefined;
  };
}

export interface HttpsListener extends HttpListener {
  /** Later handshakes use this certificate; open connections stay. Throws, and changes nothing, if key and certificate do not fit. */
  setCertificate(certificate: ListenerCertificate): void;
}

/**
 * - No tickets and no session ids: a resumed session can be reported as authorized without any client certificate.
 *   (TLS 1.2 session ids need a cache, and node:tls has none unless somebody listens to `resumeSession`.)
 * - No renegotiation: the peer certificate is read once per connection, and must not change afterwards.
 */
const secureOptions = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION;

export async function serveHttps(options: ServeHttpsOptions): Promise<HttpsListener> {
  const context = createContext(options);
  const { limits, counters } = context;
  const secureContext = (certificate: ListenerCertificate): SecureContextOptions =>
    secureContextOptions(certificate, options.tls.clientCaPem);
  const server = createServer({
    ...serverOptions(limits),
    ...secureContext(options.tls),
    requestCert: options.tls.requestCert,
    rejectUnauthorized: false,
    handshakeTimeout: limits.handshakeTimeoutSeconds * 1000,
    // No HTTP/2. A client of HTTP/1.0 says so here (curl --http1.0), and would be sent away.
    ALPNProtocols: ['http/1.1', 'http/1.0'],
    requireHostHeader: false,
  });
  server.on('tlsClientError', (_error, socket) => {
    counters.tlsErrors++;
    socket.destroy();
  });
  const listener = await startListener(server, 'https', options.listen, context);
  return Object.assign(listener, {
    setCertificate: (certificate: ListenerCertificate): void => {
      const next = secureContext(certificate);
      createSecureContext(next);
      server.setSecureContext(next);
    },
  });
}

function secureContextOptions(
  { key, certificateChainPem }: ListenerCertificate,
  clientCaPem: string | readonly string[] | undefined,
): SecureContextOptions {
  return {
    key: typeof key === 'string' ? key : key.export({ type: 'pkcs8', format: 'pem' }),
    cert: certificateChainPem,
    // An empty list keeps Node from loading its 150 public roots, which say nothing about devices. Whom a certificate
    // makes its holder is decided by the registry, not by a chain to one of these.
    ca: clientCaPem === undefined ? [] : [clientCaPem].flat(),
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    honorCipherOrder: true,
    secureOptions,
  };
}
