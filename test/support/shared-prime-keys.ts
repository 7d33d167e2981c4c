/**
 * RSA keys by the hundred. Finding primes is what takes long, so few of them are found and every two make a key. Whoever has
 * two such keys can compute both: for tests alone.
 */
import { createPrivateKey, createPublicKey, generatePrimeSync } from 'node:crypto';
import type { KeyPair } from '@touchmark/crypto';

const exponent = 65_537n;

/** 2048 bits, no two of them the same. */
export function sharedPrimeKeys(count: number): KeyPair[] {
  const primes: bigint[] = [];
  const pairs: KeyPair[] = [];
  while (pairs.length < count) {
    const next = prime();
    for (const other of primes) if (pairs.length < count) pairs.push(keyPairOf(next, other));
    primes.push(next);
  }
  return pairs;
}

/** Its two highest bits are set, so that the product of two has 2048. */
function prime(): bigint {
  for (;;) {
    const candidate = generatePrimeSync(1024, { bigint: true });
    if (candidate >> 1022n === 3n && (candidate - 1n) % exponent !== 0n) return candidate;
  }
}

function keyPairOf(p: bigint, q: bigint): KeyPair {
  const d = inverse(exponent, (p - 1n) * (q - 1n));
  const numbers = { n: p * q, e: exponent, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
  const key = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, base64url(value)]));
  const privateKey = createPrivateKey({ key: { kty: 'RSA', ...key }, format: 'jwk' });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

/** By Euclid's algorithm. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [low, high] = [value % modulus, modulus];
  let [x, y] = [1n, 0n];
  while (low !== 0n) {
    const quotient = high / low;
    [high, low] = [low, high - quotient * low];
    [y, x] = [x, y - quotient * x];
  }
  return ((y % modulus) + modulus) % modulus;
}

function base64url(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url');
}
