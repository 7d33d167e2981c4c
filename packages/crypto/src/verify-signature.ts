/** Verifies signatures by the table of algorithms. */
import { constants, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { SignatureAlgorithm } from './signature-algorithm.ts';

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

/**
 * The same beside the event loop: a verification with P-256 takes as long as all else that a request costs, and on the
 * threadpool another core may do it. The trip there costs a tenth of it (`pnpm bench issue`).
 */
export function verifySignatureOffLoop(
  algorithm: SignatureAlgorithm,
  publicKey: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (publicKey.asymmetricKeyType !== algorithm.keyType) return Promise.resolve(false);
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
