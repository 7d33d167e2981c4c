/** How many refusals of callers without a valid credential are written down, per address: the registry is not theirs to fill. */

interface Bucket {
  tokens: number;
  at: number;
}

const burst = 1000;
const refillPerSecond = 1;
const maxAddresses = 10_000;

/** Token buckets by address; the addresses not seen for longest are forgotten. */
export class StrangerLimiter {
  readonly #buckets = new Map<string, Bucket>();

  /** Whether one more refusal of this address is to be recorded. */
  take(address: string, now: Date): boolean {
    const at = now.getTime();
    const known = this.#buckets.get(address);
    const bucket = known ?? { tokens: burst, at };
    const elapsedSeconds = Math.max(0, at - bucket.at) / 1000;
    bucket.tokens = Math.min(burst, bucket.tokens + elapsedSeconds * refillPerSecond);
    bucket.at = at;
    // Last in the order of insertion: first to be kept.
    this.#buckets.delete(address);
    this.#buckets.set(address, bucket);
    if (this.#buckets.size > maxAddresses) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest);
        break;
      }
    }
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
