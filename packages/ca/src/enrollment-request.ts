import type { CaError } from './errors.ts';
import type { EnrollmentAttempt } from './model.ts';

/** What a protocol hands to the issuance cycle: the bytes that were sent and who claims to have sent them. */
export interface EnrollmentRequest {
  /** Of the transport, to find the request again in its logs. */
  readonly requestId: string;
  readonly protocol: 'est' | 'scep';
  readonly operation: 'simpleenroll' | 'simplereenroll';
  readonly endpointLabel: string;
  readonly credentials: EnrollmentCredentials;
  /** PKCS #10 CertificationRequest, DER, as decoded by the protocol; not parsed yet. */
  readonly requestDer: Uint8Array;
  readonly channelBinding: ChannelBinding;
  readonly remoteAddress: string;
  /** Oddities the protocol tolerated, kept on the attempt, e.g. "no Content-Type". */
  readonly warnings: readonly string[];
}

export interface EnrollmentCredentials {
  /** HTTP Basic: the password is the enrollment secret. */
  readonly basic: { readonly userName: string; readonly password: string } | undefined;
  /** The certificate proven in this connection's own TLS handshake. */
  readonly clientCertificateDer: Uint8Array | undefined;
}

/** Values of this TLS connection that a request's challengePassword may repeat (RFC 7030 §3.5, RFC 9266). */
export interface ChannelBinding {
  readonly tlsUnique: Uint8Array | undefined;
  readonly tlsExporter: Uint8Array | undefined;
}

/** *Pending* is an outcome, not an error. The attempt is on record before any of these is returned. */
export type EnrollmentOutcome =
  | { readonly kind: 'issued'; readonly attemptId: string; readonly certificateDer: Uint8Array }
  | { readonly kind: 'pending'; readonly attemptId: string; readonly retryAfterSeconds: number }
  | { readonly kind: 'refused'; readonly attemptId: string; readonly error: CaError };

/** A refusal before the cycle began (unreadable body, unknown label, …), to be left as an attempt. */
export interface EarlyRefusal {
  readonly requestId: string;
  readonly protocol: EnrollmentAttempt['protocol'];
  readonly operation: EnrollmentAttempt['operation'];
  readonly endpointLabel: string | undefined;
  readonly remoteAddress: string;
  readonly error: CaError;
  readonly warnings: readonly string[];
}
