/** Fermat's factorisation of RSA moduli whose primes are too close (CVE-2022-26320 and its like). */
import { integerSquareRoot } from './integer-square-root.ts';

/** A random 2048-bit modulus would need about 2^1000 rounds; generators with the fault needed one to a few. */
const rounds = 100;

/** Coprime moduli by which all but one in several thousand non-squares are told from squares without big numbers. */
const filters: readonly { readonly modulus: number; readonly isSquare: Uint8Array }[] = [
  64, 63, 65, 11, 17, 19, 23,
].map((modulus) => ({ modulus, isSquare: squaresModulo(modulus) }));

/** Whether 100 rounds of Fermat's method factor `n`, an odd number above 1. */
export function hasClosePrimes(n: bigint): boolean {
  const floor = integerSquareRoot(n);
  const first = floor * floor === n ? floor : floor + 1n;
  const residues = filters.map(({ modulus }) => ({
    a: Number(first % BigInt(modulus)),
    n: Number(n % BigInt(modulus)),
  }));
  for (let round = 0; round < rounds; round += 1) {
    if (mayBeSquare(residues, round) && isSquare((first + BigInt(round)) ** 2n - n)) return true;
  }
  return false;
}

/** Looks at (a + round)² - n through the filters. */
function mayBeSquare(residues: readonly { a: number; n: number }[], round: number): boolean {
  return filters.every(({ modulus, isSquare }, index) => {
    const { a, n } = residues[index] ?? { a: 0, n: 0 };
    return isSquare[((a + round) ** 2 - n + modulus) % modulus] === 1;
  });
}

function isSquare(n: bigint): boolean {
  return integerSquareRoot(n) ** 2n === n;
}

function squaresModulo(modulus: number): Uint8Array {
  const isSquare = new Uint8Array(modulus);
  for (let root = 0; root < modulus; root += 1) isSquare[(root * root) % modulus] = 1;
  return isSquare;
}
