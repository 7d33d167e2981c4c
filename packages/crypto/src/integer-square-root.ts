/** Integer square roots of big numbers. */

/** The number of bits of `n` ≥ 0; 0 for 0. */
export function bitLength(n: bigint): number {
  if (n === 0n) return 0;
  const hex = n.toString(16);
  return (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex.charAt(0), 16)));
}

/**
 * The greatest integer whose square is at most `n` ≥ 0.
 *
 * Newton's iteration at growing precision: each step doubles the number of right leading bits, so a 4096-bit number takes
 * eleven divisions, most of them short (Bressoud and Wagon, "A Course in Computational Number Theory", §5).
 */
export function integerSquareRoot(n: bigint): bigint {
  if (n < 2n) return n;
  const halfBits = (bitLength(n) - 1) >> 1;
  let root = 1n;
  let precision = 0;
  for (let shift = 31 - Math.clz32(halfBits); shift >= 0; shift -= 1) {
    const before = precision;
    precision = halfBits >> shift;
    root = (root << BigInt(precision - before - 1)) + (n >> BigInt(2 * halfBits - before - precision + 1)) / root;
  }
  return root * root > n ? root - 1n : root;
}
