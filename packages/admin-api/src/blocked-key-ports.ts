/** What the administration interface needs for the operator's blocklist of keys. */
import type { Act, Page, PageRequest } from './ports.ts';

/** A key that is not certified, by the SHA-256 of its SubjectPublicKeyInfo. */
export interface BlockedKeyRecord {
  readonly publicKeySha256: Uint8Array;
  readonly blockedAt: Date;
  /** Name of a principal. */
  readonly blockedBy: string;
  readonly reason: string;
  /** When it was revoked as compromised too: unblocking does not lift that. */
  readonly compromisedAt: Date | undefined;
}

export interface BlockedKeyStanding extends BlockedKeyRecord {
  /** A block revokes nothing. */
  readonly activeCertificates: number;
}

export interface BlockOutcome extends BlockedKeyStanding {
  /** False: it was blocked before, and that block stands. */
  readonly changed: boolean;
}

export interface BlockedKeyServices {
  /** Last blocked first. */
  listBlockedKeys(page: PageRequest): Promise<Page<BlockedKeyRecord>>;
  getBlockedKey(publicKeySha256: Uint8Array): Promise<BlockedKeyStanding>;
  /**
   * All or none, in the order given. When it resolves, none of the keys is certified any more, by no node and in no protocol;
   * every certificate that was being issued for one of them is counted.
   */
  blockKeys(publicKeySha256s: readonly Uint8Array[], reason: string, act: Act): Promise<readonly BlockOutcome[]>;
  /** Not blocked: `notFound`. */
  unblockKey(publicKeySha256: Uint8Array, act: Act): Promise<void>;
}
