/** Signed answers kept in memory, so that one signature serves many requests; the least recently used goes first. */
import type { CertStatus } from './single-response.ts';
import { sameStatus } from './single-response.ts';

export interface SignedAnswer {
  readonly kind: 'signed';
  readonly responseDer: Uint8Array;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /**
   * Entity tag without the quotes: SHA-256 of the response in hex (RFC 5019 §6.2 with a newer hash). Undefined when others
   * may not keep the answer: it is for a nonce, or about a certificate that does not exist.
   */
  readonly tag: string | undefined;
}

/** An answer about one certificate and what it says. */
export interface KeptAnswer {
  readonly certStatus: CertStatus;
  readonly answer: SignedAnswer;
}

export class ResponseCache {
  readonly #capacity: number;
  readonly #answers = new Map<string, KeptAnswer>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** An answer is used again up to half of its life, and only while it says what the registry says now. */
  find(certIdDer: Uint8Array, certStatus: CertStatus, now: Date): KeptAnswer | undefined {
    const key = keyOf(certIdDer);
    const kept = this.#answers.get(key);
    if (kept === undefined) return undefined;
    this.#answers.delete(key);
    const { thisUpdate, nextUpdate } = kept.answer;
    const refreshAt = (thisUpdate.getTime() + nextUpdate.getTime()) / 2;
    if (now.getTime() >= refreshAt || !sameStatus(kept.certStatus, certStatus)) return undefined;
    this.#answers.set(key, kept);
    return kept;
  }

  keep(certIdDer: Uint8Array, kept: KeptAnswer): void {
    const key = keyOf(certIdDer);
    this.#answers.delete(key);
    this.#answers.set(key, kept);
    if (this.#answers.size <= this.#capacity) return;
    const oldest = this.#answers.keys().next();
    if (oldest.done !== true) this.#answers.delete(oldest.value);
  }
}

function keyOf(certIdDer: Uint8Array): string {
  return Buffer.from(certIdDer.buffer, certIdDer.byteOffset, certIdDer.byteLength).toString('latin1');
}
