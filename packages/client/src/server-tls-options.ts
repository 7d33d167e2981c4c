/** TLS options for servers that authenticate devices. */
import { constants } from 'node:crypto';
import type { TlsOptions } from 'node:tls';

export interface ServerTlsInput {
  readonly key: string;
  readonly cert: string;
  /** PEM of the CAs whose devices are accepted, issuing CAs included (`chain.pem`); both roots during a roll-over. */
  readonly ca: string;
  /**
   * `required`: the handshake fails without an accepted certificate. `optional` (default): the handshake succeeds and
   * `requireDevice` answers with a reason; routes without it stay open to everybody.
   */
  readonly clientCertificate?: 'required' | 'optional' | undefined;
}

/**
 * For `https.createServer` or `tls.createServer`. No session tickets: a resumed session would carry the verdict of an
 * earlier handshake past expiry and revocation, and Node reports resumed clients without a certificate as authorized. No
 * CRL either: one that is out of date would lock everybody out of the handshake without a word; `requireDevice` says why.
 */
export function serverTlsOptions(input: ServerTlsInput): TlsOptions {
  return {
    key: input.key,
    cert: input.cert,
    ca: input.ca,
    requestCert: true,
    rejectUnauthorized: input.clientCertificate === 'required',
    minVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    handshakeTimeout: 10_000,
  };
}
