/** What the key policy asks of RSA keys; Node itself takes any modulus and exponent. */
import { DerReader, tag } from '@touchmark/asn1';
import { isDebianWeakKey } from './debian-weak-key.ts';
import { hasClosePrimes } from './fermat.ts';
import { KeyPolicyError } from './key-policy-error.ts';
import { hasRocaFingerprint } from './roca.ts';
import { smallPrimeResidues, smallPrimes } from './small-primes.ts';
import { readStrictly } from './subject-public-key-info.ts';
import type { SubjectPublicKeyInfo } from './subject-public-key-info.ts';

const minimumBits = 2048;
const publicExponent = 65_537n;

/** Refuses by throwing; returns the size of the modulus in bits. */
export function checkRsaPublicKey(info: SubjectPublicKeyInfo, maximumBits: number): number {
  checkParameters(info.parametersDer);
  const { modulusBytes, exponent } = parseRsaPublicKey(info.subjectPublicKey);
  const bits = bitsOf(modulusBytes);
  checkSize(bits, maximumBits);
  checkExponent(exponent);
  checkModulus(modulusBytes);
  return bits;
}

/** RFC 3279 §2.3.1: "The parameters field MUST have ASN.1 type NULL". */
function checkParameters(parametersDer: Uint8Array | undefined): void {
  if (parametersDer?.length === 2 && parametersDer[0] === tag.null && parametersDer[1] === 0) return;
  throw new KeyPolicyError(
    'keyParametersInvalid',
    'The algorithm parameters of an RSA key must be NULL (RFC 3279 §2.3.1). Export the key again with a current tool.',
  );
}

/** RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER } (RFC 8017 §A.1.1) */
function parseRsaPublicKey(subjectPublicKey: Uint8Array): { modulusBytes: Uint8Array; exponent: bigint } {
  return readStrictly('RSAPublicKey', () => {
    const outer = new DerReader(subjectPublicKey);
    const key = outer.enter(tag.sequence);
    outer.end();
    const modulusBytes = key.integerBytes();
    const exponent = key.integer();
    key.end();
    if ((modulusBytes[0] ?? 0) >= 0x80) {
      throw new KeyPolicyError(
        'keyModulusNegative',
        'The RSA modulus is a negative INTEGER: the octet 00 in front of it was left out (X.690 §8.3). Correct the encoder of the device.',
      );
    }
    return { modulusBytes, exponent };
  });
}

/** Of a non-negative INTEGER's contents: at most one leading zero octet. */
function bitsOf(integerBytes: Uint8Array): number {
  const leading = integerBytes[0] === 0 ? 1 : 0;
  return (integerBytes.length - leading) * 8 - (Math.clz32(integerBytes[leading] ?? 0) - 24);
}

function checkSize(bits: number, maximumBits: number): void {
  if (bits < minimumBits) {
    throw new KeyPolicyError(
      'keyTooSmall',
      `The RSA key has ${Math.max(bits, 0)} bits; fewer than ${minimumBits} can be broken. Make a key of ${minimumBits} bits or more, or an EC P-256 key.`,
    );
  }
  if (bits > maximumBits) {
    throw new KeyPolicyError(
      'keyTooLarge',
      `The RSA key has ${bits} bits; more than ${maximumBits} only cost time to everybody who verifies. Make a key of ${maximumBits} bits or less, or an EC P-384 key.`,
    );
  }
}

function checkExponent(exponent: bigint): void {
  if (exponent === publicExponent) return;
  const shown = exponent >> 64n === 0n ? exponent.toString() : 'a number of more than 64 bits';
  throw new KeyPolicyError(
    'keyExponentNotAllowed',
    `The public exponent of the RSA key is ${shown}; only 65537 is accepted, since others have opened the door to attacks. Make a new key with e = 65537.`,
  );
}

function checkModulus(modulusBytes: Uint8Array): void {
  const modulus = BigInt(`0x${Buffer.from(modulusBytes).toString('hex')}`);
  if (modulus % 2n === 0n) {
    throw new KeyPolicyError(
      'keyModulusEven',
      'The RSA modulus is even, which the product of two odd primes never is: it was damaged on its way, or its octets are in the wrong order. Correct the encoder of the device.',
    );
  }
  const residues = smallPrimeResidues(modulus);
  const divisor = residues.indexOf(0);
  if (divisor !== -1) {
    throw new KeyPolicyError(
      'keyModulusWeak',
      `The RSA modulus is weak: ${smallPrimes[divisor] ?? 'a small prime'} divides it. Its generator or its transport is broken; make a new key with another one.`,
    );
  }
  if (hasRocaFingerprint(residues)) {
    throw new KeyPolicyError(
      'keyKnownWeak',
      'The RSA key has the fingerprint of ROCA (CVE-2017-15361): its private key can be computed. Update the firmware of the chip that made it, or make the key elsewhere, and enroll a new key.',
    );
  }
  if (isDebianWeakKey(modulusBytes[0] === 0 ? modulusBytes.subarray(1) : modulusBytes)) {
    throw new KeyPolicyError(
      'keyDebianWeak',
      'The RSA key was made by the broken OpenSSL of Debian (CVE-2008-0166): its private key is in public lists. Update the system that made it, and make a new key.',
    );
  }
  if (hasClosePrimes(modulus)) {
    throw new KeyPolicyError(
      'keyPrimesClose',
      'The RSA modulus is weak: its primes are so close that Fermat’s method factors it (CVE-2022-26320). Its generator is broken; update it or make the key elsewhere.',
    );
  }
}
