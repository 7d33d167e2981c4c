/** What the key policy asks of RSA keys; Node itself takes any modulus and exponent. */
import { DerReader, tag } from '@touchmark/asn1';
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
  checkModulus(BigInt(`0x${Buffer.from(modulusBytes).toString('hex')}`));
  return bits;
}

/** RFC 3279 §2.3.1: "The parameters field MUST have ASN.1 type NULL". */
function checkParameters(parametersDer: Uint8Array | undefined): void {
  if (parametersDer?.length === 2 && parametersDer[0] === tag.null && parametersDer[1] === 0) return;
  throw new KeyPolicyError(
    'keyMalformed',
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
    if ((modulusBytes[0] ?? 0) >= 0x80) throw new KeyPolicyError('keyMalformed', 'The RSA modulus is negative.');
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

function checkModulus(modulus: bigint): void {
  if (modulus % 2n === 0n) throw weakModulus('it is even');
  const residues = smallPrimeResidues(modulus);
  const divisor = residues.indexOf(0);
  if (divisor !== -1) throw weakModulus(`${smallPrimes[divisor] ?? 'a small prime'} divides it`);
  if (hasRocaFingerprint(residues)) {
    throw new KeyPolicyError(
      'keyKnownWeak',
      'The RSA key has the fingerprint of ROCA (CVE-2017-15361): its private key can be computed. Update the firmware of the chip that made it, or make the key elsewhere, and enroll a new key.',
    );
  }
  if (hasClosePrimes(modulus)) throw weakModulus('its primes are so close that Fermat’s method factors it');
}

function weakModulus(reason: string): KeyPolicyError {
  return new KeyPolicyError(
    'keyModulusWeak',
    `The RSA modulus is weak: ${reason}. Its generator or its transport is broken; make a new key with another one.`,
  );
}
