/** What is known about a certificate's revocation. There is no fourth kind: not knowing is never "good". */
import type { Certificate } from '@touchmark/x509';

export type RevocationVerdict =
  | { readonly kind: 'good' }
  | { readonly kind: 'revoked'; readonly revokedAt: Date; readonly reason: string }
  /** No current CRL or OCSP answer covers the certificate; `message` says why. To be treated as a refusal. */
  | { readonly kind: 'unavailable'; readonly message: string };

export interface RevocationChecker {
  /**
   * The verdict on a certificate, as of now. Never rejects.
   *
   * @param chain CA certificates above it, nearest first, not trusted by themselves
   */
  check(certificate: Certificate, chain?: readonly Certificate[]): Promise<RevocationVerdict>;
  /** Fetches anew; resolves when done, also when it failed (see `onStale`). */
  refresh(): Promise<void>;
  /** Stops refreshing. */
  close(): void;
}

/** Told when something could not be refreshed, or was refused. */
export interface StaleEvent {
  readonly url: string;
  readonly message: string;
  /** Until when the checker answers from what it has; undefined: it has nothing and refuses already. */
  readonly currentUntil: Date | undefined;
}
