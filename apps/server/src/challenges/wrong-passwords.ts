/** Wrong passwords by remote address, for as long as they count: in memory, on this node. */
import { toHex } from '@touchmark/asn1';

const windowMilliseconds = 15 * 60_000;
const maxAddresses = 10_000;

/** When each of the different wrong ones was seen last, by digest. */
type Tries = Map<string, number>;

/**
 * Counts different wrong passwords: who guesses sends different ones, and a device that goes on sending its stale one locks
 * nobody out behind the same address. The addresses not seen for longest are forgotten when there are too many.
 */
export class WrongPasswords {
  readonly #tries = new Map<string, Tries>();

  /** Undefined, or when the address is looked at again. */
  lockedUntil(key: string, limit: number, now: Date): Date | undefined {
    const tries = this.#current(key, now);
    if (tries === undefined || tries.size < limit) return undefined;
    // When the oldest of the last `limit` is not counted any more, there are fewer.
    const [decisive = 0] = [...tries.values()].sort((a, b) => b - a).slice(limit - 1);
    return new Date(decisive + windowMilliseconds);
  }

  /** Whether it was found wrong before: nothing has to be computed to say so again. */
  isKnown(key: string, digest: Uint8Array, now: Date): boolean {
    return this.#current(key, now)?.has(nameOf(digest)) === true;
  }

  add(key: string, digest: Uint8Array, now: Date): void {
    const tries = this.#current(key, now) ?? new Map<string, number>();
    tries.set(nameOf(digest), now.getTime());
    // Last in the order of insertion: first to be kept.
    this.#tries.delete(key);
    this.#tries.set(key, tries);
    if (this.#tries.size <= maxAddresses) return;
    for (const oldest of this.#tries.keys()) {
      this.#tries.delete(oldest);
      break;
    }
  }

  #current(key: string, now: Date): Tries | undefined {
    const tries = this.#tries.get(key);
    if (tries === undefined) return undefined;
    for (const [digest, at] of tries) if (at + windowMilliseconds <= now.getTime()) tries.delete(digest);
    if (tries.size > 0) return tries;
    this.#tries.delete(key);
    return undefined;
  }
}

/** Half of it tells them apart as well. */
function nameOf(digest: Uint8Array): string {
  return toHex(digest.subarray(0, 16));
}
