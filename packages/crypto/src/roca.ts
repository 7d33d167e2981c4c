/** The fingerprint of RSA keys made by the broken generator of ROCA (CVE-2017-15361). */
import { smallPrimes } from './small-primes.ts';

/**
 * The primes whose residues tell. The generator made primes of the form k·M + (65537^a mod M), M the product of the first
 * primes, so that the modulus is a power of 65537 modulo every one of them (Nemec, Sys, Svenda, Klinec, Matyas, "The Return
 * of Coppersmith's Attack", CCS 2017, §2). Every affected key size has the primes up to 167 in its M.
 */
const fingerprintPrimes = smallPrimes.filter((prime) => prime <= 167);

/** For each fingerprint prime, which residues are powers of 65537. */
const subgroups: readonly Uint8Array[] = fingerprintPrimes.map(powersOf65537);

/**
 * Whether a modulus has the fingerprint. A modulus of random primes has it with a probability below 2^-27 (tested).
 *
 * @param residues of the modulus, as `smallPrimeResidues` gives them
 */
export function hasRocaFingerprint(residues: readonly number[]): boolean {
  return subgroups.every((subgroup, index) => subgroup[residues[index] ?? 0] === 1);
}

function powersOf65537(prime: number): Uint8Array {
  const isPower = new Uint8Array(prime);
  const generator = 65_537 % prime;
  let power = 1;
  do {
    isPower[power] = 1;
    power = (power * generator) % prime;
  } while (power !== 1);
  return isPower;
}
