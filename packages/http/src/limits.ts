/** What a listener grants a client: the defaults of every listener, each of which can be set. */

export interface ListenerLimits {
  /** From the connection, or the end of the previous answer, to the end of the header section. */
  readonly headersTimeoutSeconds: number;
  /** From the first byte of a request to the last byte of its body. */
  readonly requestTimeoutSeconds: number;
  readonly handshakeTimeoutSeconds: number;
  /** How long an idle connection is kept for the next request. */
  readonly keepAliveSeconds: number;
  /** A connection on which nothing moves in either direction, e.g. a client that does not read its answer. */
  readonly idleSeconds: number;
  /** Header fields in a request; one more is refused with 431. */
  readonly maxHeaders: number;
  /** Octets of the header section; more is refused with 431. */
  readonly maxHeaderBytes: number;
  /** Open connections; further ones are dropped. */
  readonly maxConnections: number;
  /** Requests being handled; further ones are shed with 503 and Retry-After. */
  readonly maxInFlight: number;
  /** Mean of the jittered Retry-After of a shed request. */
  readonly retryAfterSeconds: number;
}

export const defaultLimits: ListenerLimits = {
  headersTimeoutSeconds: 10,
  requestTimeoutSeconds: 30,
  handshakeTimeoutSeconds: 10,
  keepAliveSeconds: 15,
  idleSeconds: 120,
  maxHeaders: 64,
  maxHeaderBytes: 16 * 1024,
  maxConnections: 10_000,
  maxInFlight: 1_000,
  retryAfterSeconds: 10,
};

/** Seconds between half and one and a half of the mean, so that clients that were shed together do not come back together. */
export function jitteredRetryAfter(meanSeconds: number, random: () => number = Math.random): number {
  return Math.max(1, Math.round(meanSeconds * (0.5 + random())));
}
