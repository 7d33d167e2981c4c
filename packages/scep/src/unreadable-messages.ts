/**
 * How often the same encrypted key came with a content that could not be read. Who has recorded a message and tries what comes
 * of changing it must send its encrypted key each time: he cannot make another one of the same key.
 */
import { toHex } from '@touchmark/asn1';
import { sha256 } from '@touchmark/crypto';

/** A client that sends its own message again is far below. */
const most = 16;
/** Each costs who sends it a signature, and this service another. */
const remembered = 10_000;

export class UnreadableMessages {
  /** By the digest of the encrypted key; the one that was counted last is the last. */
  readonly #counts = new Map<string, number>();

  /** Whether nothing of that key is decrypted any more. */
  isSpent(encryptedKey: Uint8Array): boolean {
    return (this.#counts.get(digestOf(encryptedKey)) ?? 0) >= most;
  }

  add(encryptedKey: Uint8Array): void {
    const digest = digestOf(encryptedKey);
    const count = this.#counts.get(digest) ?? 0;
    this.#counts.delete(digest);
    this.#counts.set(digest, count + 1);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > remembered && oldest !== undefined) this.#counts.delete(oldest);
  }
}

function digestOf(encryptedKey: Uint8Array): string {
  return toHex(sha256(encryptedKey));
}
