/** Strong randomness in small pieces, drawn in bulk: a call to the generator costs as much for 10 octets as for 4096. */
import { randomFillSync } from 'node:crypto';

/** Cryptographically strong randomness of any length; no octet is ever given twice. */
export function createRandomBytes(poolLength = 4096): (length: number) => Uint8Array {
  const pool = new Uint8Array(poolLength);
  let next = poolLength;
  return (length) => {
    if (length > poolLength) return randomFillSync(new Uint8Array(length));
    if (next + length > poolLength) {
      randomFillSync(pool);
      next = 0;
    }
    const bytes = pool.slice(next, next + length);
    // What was given is nobody else's: it does not stay behind in the pool.
    pool.fill(0, next, next + length);
    next += length;
    return bytes;
  };
}
