/** The kinds and sizes of key that profiles can allow. */
import type { KeyObject } from 'node:crypto';

export const keyAlgorithmNames = [
  'ec-p256',
  'ec-p384',
  'ec-p521',
  'rsa-2048',
  'rsa-3072',
  'rsa-4096',
  'ed25519',
  'ml-dsa-44',
  'ml-dsa-65',
  'ml-dsa-87',
] as const;

/** For RSA a class: `rsa-2048` covers 2048 to 3071 bits, `rsa-3072` 3072 to 4095, `rsa-4096` exactly 4096. */
export type KeyAlgorithmName = (typeof keyAlgorithmNames)[number];

/** A family of keys that share signature algorithms. */
export type KeyKind = 'ec' | 'rsa' | 'ed25519' | 'ml-dsa';

/** Curves by Node's name. */
const curveAlgorithms: Readonly<Record<string, KeyAlgorithmName>> = {
  prime256v1: 'ec-p256',
  secp384r1: 'ec-p384',
  secp521r1: 'ec-p521',
};

export function keyKindOf(keyAlgorithm: KeyAlgorithmName | 'rsa-other'): KeyKind {
  switch (keyAlgorithm) {
    case 'ec-p256':
    case 'ec-p384':
    case 'ec-p521':
      return 'ec';
    case 'rsa-2048':
    case 'rsa-3072':
    case 'rsa-4096':
    case 'rsa-other':
      return 'rsa';
    case 'ed25519':
      return 'ed25519';
    case 'ml-dsa-44':
    case 'ml-dsa-65':
    case 'ml-dsa-87':
      return 'ml-dsa';
  }
}

/** The class of an RSA modulus; `rsa-other` for sizes of no class, which only a raised limit lets through. */
export function rsaKeyAlgorithm(modulusBits: number): KeyAlgorithmName | 'rsa-other' {
  if (modulusBits < 2048 || modulusBits > 4096) return 'rsa-other';
  if (modulusBits < 3072) return 'rsa-2048';
  return modulusBits < 4096 ? 'rsa-3072' : 'rsa-4096';
}

/** What a loaded key is, whatever the key policy thinks of it; undefined for keys that no algorithm here can use. */
export function keyAlgorithmOf(key: KeyObject): KeyAlgorithmName | 'rsa-other' | undefined {
  const { asymmetricKeyType, asymmetricKeyDetails } = key;
  if (asymmetricKeyType === 'ec') return curveAlgorithms[asymmetricKeyDetails?.namedCurve ?? ''];
  if (asymmetricKeyType === 'rsa') return rsaKeyAlgorithm(asymmetricKeyDetails?.modulusLength ?? 0);
  return keyAlgorithmNames.find((name) => name === asymmetricKeyType);
}
