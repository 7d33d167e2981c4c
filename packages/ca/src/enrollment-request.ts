import type { CaError } from './errors.ts';
import type { EnrollmentAttempt, EnrollmentOperation } from './model.ts';

/** What a protocol hands to the issuance cycle: the bytes that were sent and who claims to have sent them. */
export interface EnrollmentRequest {
  /** Of the transport, to find the request again in its logs. */
  readonly requestId: string;
  readonly protocol: 'est' | 'scep';
  /** As the protocol calls it, for the record. */
  readonly operation: EnrollmentOperation;
  /** `renewal`: authenticated by the very certificate to renew, and by nothing else. */
  readonly kind: 'enrollment' | 'renewal';
  readonly endpointLabel: string;
  readonly credentials: EnrollmentCredentials;
  /** PKCS #10 CertificationRequest, DER, as decoded by the protocol; not parsed yet. */
  readonly requestDer: Uint8Array;
  /** Undefined where the protocol has no TLS: the challengePassword is a credential then, and the protocol's to read. */
  readonly channelBinding: ChannelBinding | undefined;
  /** Under which the client asks again for what is pending, where the protocol has such a thing. */
  readonly transactionId?: string | undefined;
  /**
   * Whether a request that a certificate authenticates may name another device than that of the certificate. Where messages
   * can be heard and signed anew by somebody else, it may not.
   */
  readonly mayNameAnother?: boolean | undefined;
  /** Whether possession of the key may be proven by a signature over SHA-1, as old equipment makes it. */
  readonly acceptsSha1?: boolean | undefined;
  readonly remoteAddress: string;
  /** Oddities the protocol tolerated, kept on the attempt, e.g. "no Content-Type". */
  readonly warnings: readonly string[];
}

export interface EnrollmentCredentials {
  /** An enrollment secret, or whatever else the endpoint takes for one. The user name is empty where there is none. */
  readonly password: { readonly userName: string; readonly value: string } | undefined;
  /** Whose key the caller has proven to hold: in this connection's own TLS handshake, or by signing the message. */
  readonly certificateDer: Uint8Array | undefined;
}

/** Asks what became of a request that was pending. */
export interface PollRequest {
  readonly requestId: string;
  readonly protocol: EnrollmentRequest['protocol'];
  readonly operation: EnrollmentAttempt['operation'];
  readonly endpointLabel: string;
  readonly transactionId: string;
  /** Of the SubjectPublicKeyInfo of the key that the caller has proven to hold: the one that was to be certified. */
  readonly publicKeySha256: Uint8Array;
  readonly remoteAddress: string;
  readonly warnings: readonly string[];
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
  /** As far as it could be read. */
  readonly transactionId?: string | undefined;
  readonly remoteAddress: string;
  readonly error: CaError;
  readonly warnings: readonly string[];
}
