/** Public keys that belong to nobody: of the right form for their algorithm, to try profiles out with. */
import { der, rfc5480, rfc8017, rfc8410, rfc9881 } from '@touchmark/asn1';
import { keyKindOf } from '@touchmark/crypto';
import type { KeyAlgorithmName, KeyKind } from '@touchmark/crypto';

export interface SampleKey {
  readonly kind: KeyKind;
  readonly subjectPublicKeyInfoDer: Uint8Array;
}

export function sampleKey(keyAlgorithm: KeyAlgorithmName): SampleKey {
  return { kind: keyKindOf(keyAlgorithm), subjectPublicKeyInfoDer: sampleKeys[keyAlgorithm]() };
}

const sampleKeys: Readonly<Record<KeyAlgorithmName, () => Uint8Array>> = {
  'ec-p256': () => ec(rfc5480.secp256r1, 32),
  'ec-p384': () => ec(rfc5480.secp384r1, 48),
  'ec-p521': () => ec(rfc5480.secp521r1, 66),
  'rsa-2048': () => rsa(2048),
  'rsa-3072': () => rsa(3072),
  'rsa-4096': () => rsa(4096),
  ed25519: () => raw(rfc8410['id-Ed25519'], 32),
  'ml-dsa-44': () => raw(rfc9881['id-ml-dsa-44'], 1312),
  'ml-dsa-65': () => raw(rfc9881['id-ml-dsa-65'], 1952),
  'ml-dsa-87': () => raw(rfc9881['id-ml-dsa-87'], 2592),
};

function ec(curve: string, coordinateLength: number): Uint8Array {
  const point = new Uint8Array(1 + 2 * coordinateLength).fill(1);
  point[0] = 0x04;
  return der.sequence(der.sequence(der.oid(rfc5480['id-ecPublicKey']), der.oid(curve)), der.bitString(point));
}

function rsa(modulusBits: number): Uint8Array {
  const modulus = new Uint8Array(1 + modulusBits / 8).fill(0xff);
  modulus[0] = 0;
  const publicKey = der.sequence(der.integerBytes(modulus), der.integer(65537));
  return der.sequence(der.sequence(der.oid(rfc8017.rsaEncryption), der.null()), der.bitString(publicKey));
}

function raw(algorithm: string, length: number): Uint8Array {
  return der.sequence(der.sequence(der.oid(algorithm)), der.bitString(new Uint8Array(length).fill(1)));
}
