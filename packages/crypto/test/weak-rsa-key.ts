/** Builds RSA public keys, sound ones and those with the faults that the key policy looks for. */
import { checkPrimeSync, generatePrimeSync, randomBytes } from 'node:crypto';
import { der, rfc8017 } from '@touchmark/asn1';

export function rsaSpki(modulus: bigint, exponent = 65_537n, parameters: Uint8Array = der.null()): Uint8Array {
  return der.sequence(
    der.sequence(der.oid(rfc8017.rsaEncryption), parameters),
    der.bitString(der.sequence(der.integer(modulus), der.integer(exponent))),
  );
}

/** A product of two random primes, with exactly that many bits. */
export function soundModulus(bits: number): bigint {
  for (;;) {
    const modulus = prime(Math.ceil(bits / 2)) * prime(Math.floor(bits / 2));
    if (modulus.toString(2).length === bits) return modulus;
  }
}

export function prime(bits: number): bigint {
  return generatePrimeSync(bits, { bigint: true });
}

/** 2048 bits from two primes about `distance` apart. */
export function modulusOfPrimesApart(distance: bigint): bigint {
  const p = prime(1024);
  let q = (p - distance) | 1n;
  while (q === p || !checkPrimeSync(q)) q -= 2n;
  return p * q;
}

/** 2048 bits as the generator of CVE-2017-15361 made them: primes k·M + (65537^a mod M), M the product of the first 126 primes. */
export function rocaModulus(): bigint {
  const primes: bigint[] = [];
  for (let n = 2n; primes.length < 126; n += 1n) if (primes.every((p) => n % p !== 0n)) primes.push(n);
  const m = primes.reduce((product, p) => product * p, 1n);
  const rocaPrime = (): bigint => {
    for (;;) {
      const k = (2n ** 1024n - 1n) / m - BigInt(`0x${randomBytes(4).toString('hex')}`);
      const candidate = k * m + power(65_537n, BigInt(`0x${randomBytes(32).toString('hex')}`), m);
      if (candidate < 2n ** 1024n && checkPrimeSync(candidate)) return candidate;
    }
  };
  return rocaPrime() * rocaPrime();
}

export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let square = base % modulus; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}
