/** Verifies signatures by the table of algorithms. */
import { constants, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { SignatureAlgorithm, SignatureAlgorithmName } from './signature-algorithm.ts';

/**
 * Whether `signature` is one of `data` by the owner of `publicKey`. False as well for signatures of the wrong length or
 * encoding and for keys that the algorithm cannot use.
 *
 * @param signature as it stands in a BIT STRING; for ECDSA the DER of Ecdsa-Sig-Value (RFC 3279 §2.2.3)
 */
export function verifySignature(
  algorithm: SignatureAlgorithm,
  publicKey: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (publicKey.asymmetricKeyType !== algorithm.keyType) return false;
  return verify(algorithm.digest, data, keyInput(algorithm, publicKey), signature);
}

/** Algorithms whose verification costs less than the trip to the threadpool is worth on a busy machine (`pnpm bench issue`). */
const fastAlgorithms: ReadonlySet<SignatureAlgorithmName> = new Set([
  'ecdsa-with-SHA256',
  'sha256WithRSAEncryption',
  'sha384WithRSAEncryption',
  'sha512WithRSAEncryption',
  'id-RSASSA-PSS-SHA256',
  'id-RSASSA-PSS-SHA384',
  'id-RSASSA-PSS-SHA512',
  'id-Ed25519',
]);

/** The same, never for long on the event loop: ML-DSA and the larger curves are verified on the threadpool. */
export function verifySignatureUnblocking(
  algorithm: SignatureAlgorithm,
  publicKey: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (fastAlgorithms.has(algorithm.name) || publicKey.asymmetricKeyType !== algorithm.keyType) {
    return Promise.resolve(verifySignature(algorithm, publicKey, data, signature));
  }
  return new Promise((resolve, reject) => {
    verify(algorithm.digest, data, keyInput(algorithm, publicKey), signature, (error, verified) => {
      if (error === null) resolve(verified);
      else reject(error);
    });
  });
}

/** A key with what the algorithm needs beside it. */
export function keyInput(algorithm: SignatureAlgorithm, key: KeyObject): KeyObject | PssKeyInput {
  if (algorithm.saltLength === undefined) return key;
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: algorithm.saltLength };
}

export interface PssKeyInput {
  readonly key: KeyObject;
  readonly padding: number;
  readonly saltLength: number;
}
