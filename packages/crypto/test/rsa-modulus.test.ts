/** The tests that tell weak RSA moduli. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hasClosePrimes } from '../src/fermat.ts';
import { bitLength, integerSquareRoot } from '../src/integer-square-root.ts';
import { hasRocaFingerprint } from '../src/roca.ts';
import { smallPrimeResidues, smallPrimes } from '../src/small-primes.ts';
import { modulusOfPrimesApart, prime, rocaModulus, soundModulus } from './weak-rsa-key.ts';

const big = fc.bigInt({ min: 0n, max: 2n ** 4096n });

describe('integerSquareRoot', () => {
  it('is the greatest integer whose square is at most n', () => {
    fc.assert(
      fc.property(big, (n) => {
        const root = integerSquareRoot(n);
        return root * root <= n && (root + 1n) * (root + 1n) > n;
      }),
    );
  });

  it('is exact around squares', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 2n, max: 2n ** 2048n }), (root) => {
        expect(integerSquareRoot(root * root)).toBe(root);
        expect(integerSquareRoot(root * root - 1n)).toBe(root - 1n);
        expect(integerSquareRoot(root * root + 1n)).toBe(root);
      }),
    );
  });

  it('is right for small numbers', () => {
    for (let n = 0; n < 5000; n += 1) expect(integerSquareRoot(BigInt(n))).toBe(BigInt(Math.floor(Math.sqrt(n))));
  });
});

describe('bitLength', () => {
  it('counts binary digits', () => {
    expect(bitLength(0n)).toBe(0);
    fc.assert(fc.property(fc.bigInt({ min: 1n, max: 2n ** 4096n }), (n) => bitLength(n) === n.toString(2).length));
  });
});

describe('smallPrimeResidues', () => {
  it('knows the 302 odd primes below 2000', () => {
    expect(smallPrimes.slice(0, 5)).toEqual([3, 5, 7, 11, 13]);
    expect(smallPrimes.at(-1)).toBe(1999);
    expect(smallPrimes).toHaveLength(302);
  });

  it('agrees with division', () => {
    fc.assert(
      fc.property(big, (n) => {
        expect(smallPrimeResidues(n)).toEqual(smallPrimes.map((p) => Number(n % BigInt(p))));
      }),
    );
  });
});

describe('hasClosePrimes', () => {
  it('finds primes next to each other', () => {
    expect(hasClosePrimes(modulusOfPrimesApart(2n))).toBe(true);
  });

  it('finds the square of a prime', () => {
    expect(hasClosePrimes(prime(1024) ** 2n)).toBe(true);
  });

  it('finds primes that take several rounds, and stops at 100', () => {
    // Fermat needs about distance² / 8p rounds, p just below 2^1024.
    expect(hasClosePrimes(modulusOfPrimesApart(2n ** 516n))).toBe(true);
    expect(hasClosePrimes(modulusOfPrimesApart(2n ** 519n))).toBe(false);
  });

  it('agrees with a plain search over small numbers', () => {
    for (let n = 9; n < 20_000; n += 2) {
      let factored = false;
      for (let a = Math.ceil(Math.sqrt(n)), round = 0; round < 100; a += 1, round += 1) {
        if (Number.isInteger(Math.sqrt(a * a - n))) factored = true;
      }
      expect({ n, found: hasClosePrimes(BigInt(n)) }).toEqual({ n, found: factored });
    }
  });

  it('lets sound moduli pass', () => {
    for (const bits of [2048, 2049, 3072, 4096]) expect(hasClosePrimes(soundModulus(bits))).toBe(false);
  });
});

describe('hasRocaFingerprint', () => {
  it('finds moduli of the broken generator', () => {
    for (let count = 0; count < 3; count += 1) expect(hasRocaFingerprint(smallPrimeResidues(rocaModulus()))).toBe(true);
  });

  it('lets sound moduli pass', () => {
    for (const bits of [2048, 3072]) expect(hasRocaFingerprint(smallPrimeResidues(soundModulus(bits)))).toBe(false);
  });

  it('takes a random modulus for one of them with a probability below 2^-27', () => {
    const fingerprintPrimes = smallPrimes.filter((p) => p <= 167);
    const probability = fingerprintPrimes.reduce((product, p) => {
      let order = 1;
      for (let power = 65_537 % p; power !== 1; power = (power * 65_537) % p) order += 1;
      return (product * order) / (p - 1);
    }, 1);
    expect(probability).toBeLessThan(2 ** -27);
  });
});
