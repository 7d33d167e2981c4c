/** Residues of a big number modulo all small primes, at the price of some sixty short divisions. */

/** Odd primes below 2000. */
export const smallPrimes: readonly number[] = oddPrimesBelow(2000);

interface PrimeProduct {
  readonly product: bigint;
  readonly primes: readonly number[];
}

/** Dividing the big number once by a product below 2^53 leaves plain numbers for each of its primes. */
const products: readonly PrimeProduct[] = groupPrimes(smallPrimes);

/** `n` modulo each prime of `smallPrimes`, in their order. */
export function smallPrimeResidues(n: bigint): number[] {
  const residues: number[] = [];
  for (const { product, primes } of products) {
    const remainder = Number(n % product);
    for (const prime of primes) residues.push(remainderOf(remainder, prime));
  }
  return residues;
}

/** `n` % `divisor` for safe integers, by a multiplication: V8 takes ten times as long for the remainder of a large number. */
function remainderOf(n: number, divisor: number): number {
  const remainder = n - Math.floor(n / divisor) * divisor;
  // The quotient may have been rounded up to the next integer.
  return remainder < 0 ? remainder + divisor : remainder;
}

function oddPrimesBelow(limit: number): number[] {
  const composite = new Uint8Array(limit);
  const primes: number[] = [];
  for (let n = 3; n < limit; n += 2) {
    if (composite[n] === 1) continue;
    primes.push(n);
    for (let multiple = n * n; multiple < limit; multiple += 2 * n) composite[multiple] = 1;
  }
  return primes;
}

function groupPrimes(primes: readonly number[]): PrimeProduct[] {
  const groups: PrimeProduct[] = [];
  let product = 1;
  let members: number[] = [];
  for (const prime of primes) {
    if (product * prime > Number.MAX_SAFE_INTEGER) {
      groups.push({ product: BigInt(product), primes: members });
      product = 1;
      members = [];
    }
    product *= prime;
    members.push(prime);
  }
  groups.push({ product: BigInt(product), primes: members });
  return groups;
}
