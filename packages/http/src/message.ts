/** Requests and responses without a transport, so that a handler runs under node:http, Express or a test alike. */

export interface HttpRequest {
  readonly id: string;
  readonly method: string;
  /** Percent-encoded path as sent, without the query. */
  readonly path: string;
  /** The query as sent, without `?`; undefined when there is none. */
  readonly rawQuery: string | undefined;
  /** Names in lower case; repeated fields joined with `, `. */
  readonly headers: ReadonlyMap<string, string>;
  readonly remoteAddress: string;
  readonly tls: TlsConnection | undefined;
  /** The whole body. Rejects with `BodyTooLarge` past the limit, before buffering more than it, and with `BodyAborted`. */
  readBody(limitBytes: number): Promise<Uint8Array>;
}

export interface TlsConnection {
  readonly protocol: string;
  /** The client certificate presented in this connection's own handshake; undefined when none or when resumed. */
  readonly peerCertificateDer: Uint8Array | undefined;
  /** RFC 5929 tls-unique (TLS 1.2 only) */
  readonly tlsUnique: Uint8Array | undefined;
  /** RFC 9266 tls-exporter (TLS 1.3 only); computed when asked for, undefined after the connection's end. */
  readonly tlsExporter: Uint8Array | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** In canonical case, in the order sent. Content-Length and Date are added by the adapter. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array | string;
  /** The pattern of the route that answered, for logs and metrics; not sent. */
  readonly route?: string | undefined;
}

export type HttpHandler = (request: HttpRequest) => Promise<HttpResponse>;
