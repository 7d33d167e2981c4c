/** Refusals of the public key that is to be certified. */
import type { KeyPolicyCode } from '@touchmark/crypto';
import type { Refusal } from './refusal.ts';

/** What the key itself tells: one row for each code of the key policy. */
const keyPolicyRefusals = {
  keyMalformed: {
    category: 'request',
    meaning: 'The public key cannot be read.',
    why: 'A key that is not in the one form of its algorithm is read differently by different programs.',
    hint: 'Make a new key with a current tool.',
    citation: 'RFC 5280 §4.1.2.7',
  },
  keyAlgorithmUnknown: {
    category: 'request',
    meaning: 'The kind of the public key is not known here.',
    why: 'Only keys whose strength can be judged, and that relying parties can use, are certified.',
    hint: 'Use EC P-256, or another algorithm that the profile lists.',
  },
  keyTooSmall: {
    category: 'request',
    meaning: 'The key is too short to be safe.',
    why: 'RSA below 2048 bits can be broken within the life of a device.',
    hint: 'Use RSA with 2048 bits or more, or EC P-256.',
    citation: 'NIST SP 800-131A',
  },
  keyTooLarge: {
    category: 'request',
    meaning: 'The key is longer than accepted.',
    why: 'Every verifier pays for the length of a key at each connection, and some cannot load it at all.',
    hint: 'Use RSA with 4096 bits or fewer, or EC P-256.',
  },
  keyExponentNotAllowed: {
    category: 'request',
    meaning: 'The RSA public exponent is not 65537.',
    why: 'Small exponents opened the door to attacks, large ones cost time, and no current tool makes another one.',
    hint: 'Make the key with the exponent 65537, which is the default of every current tool.',
  },
  keyModulusWeak: {
    category: 'request',
    meaning: 'The RSA modulus can be factored.',
    why: 'Who factors the modulus has the private key.',
    hint: 'The generator that made it is faulty: make the key elsewhere and check the device.',
  },
  keyCurveNotAllowed: {
    category: 'request',
    meaning: 'The elliptic curve is not accepted.',
    why: 'Relying parties know the NIST curves; others are too weak, or cannot be verified in the field.',
    hint: 'Use the named curve P-256, P-384 or P-521.',
    citation: 'RFC 5480 §2.1.1',
  },
  keyPointInvalid: {
    category: 'request',
    meaning: 'The public point is not on its curve.',
    why: 'Such a key belongs to nobody, and computing with it can tell the private keys of others.',
    hint: 'Make a new key with a current tool.',
    citation: 'RFC 5480 §2.2',
  },
  keyKnownWeak: {
    category: 'request',
    meaning: 'The key is publicly known or made by a known faulty generator.',
    why: 'Its private key can be computed from the public one by anybody.',
    hint: 'Make a new key; find out which component made this one.',
    citation: 'CVE-2017-15361',
  },
} as const satisfies Readonly<Record<KeyPolicyCode, Refusal>>;

export const keyRefusals = {
  ...keyPolicyRefusals,
  keyAlgorithmNotAllowed: {
    category: 'request',
    meaning: 'The profile does not accept this kind of key.',
    why: 'Who wrote the profile chose the algorithms that the servers of these devices can verify.',
    hint: 'See the keyAlgorithms of the profile.',
  },
  keyOfAnotherDevice: {
    category: 'policy',
    meaning: 'The key is certified for another device.',
    why: 'Two devices with one key can each pass for the other.',
    hint: 'Each device needs a key of its own; look for a cloned image.',
  },
  keyBlocked: {
    category: 'policy',
    meaning: 'The key was revoked for keyCompromise.',
    why: 'Somebody else may have the private key.',
    hint: 'Make a new key.',
  },
} as const satisfies Readonly<Record<string, Refusal>>;
