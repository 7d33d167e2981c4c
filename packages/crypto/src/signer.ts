/** What signs: a private key that may be anywhere, known by its public half and its one algorithm. */
import { createPublicKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { keyAlgorithmOf } from './key-algorithm.ts';
import { defaultSignatureAlgorithm } from './signature-algorithm.ts';
import type { SignatureAlgorithm } from './signature-algorithm.ts';
import { keyInput } from './verify-signature.ts';

export interface Signer {
  readonly algorithm: SignatureAlgorithm;
  readonly publicKey: KeyObject;
  readonly subjectPublicKeyInfoDer: Uint8Array;
  /** Signs the data itself, not a digest of it; the result goes into a BIT STRING as it is. */
  sign(data: Uint8Array): Promise<Uint8Array>;
}

/**
 * A signer with a private key in this process. P-256 and Ed25519 sign at once, since that takes less than a trip to the
 * threadpool; all others sign on the threadpool, so that the event loop stays free.
 *
 * The key policy is not applied: tests and clients hold keys that an authority would refuse.
 *
 * @param algorithm by default the one of the key's kind and size
 * @throws TypeError when the key is not private, or the algorithm cannot use it
 */
export function createSoftwareSigner(privateKey: KeyObject, algorithm = algorithmFor(privateKey)): Signer {
  if (privateKey.type !== 'private') throw new TypeError('A signer needs a private key.');
  if (privateKey.asymmetricKeyType !== algorithm.keyType) {
    throw new TypeError(`A key of type ${privateKey.asymmetricKeyType ?? 'unknown'} cannot sign ${algorithm.name}.`);
  }
  const publicKey = createPublicKey(privateKey);
  const key = keyInput(algorithm, privateKey);
  return {
    algorithm,
    publicKey,
    subjectPublicKeyInfoDer: bytesOf(publicKey.export({ format: 'der', type: 'spki' })),
    sign: signsFast(privateKey)
      ? async (data) => bytesOf(sign(algorithm.digest, data, key))
      : (data) =>
          new Promise((resolve, reject) => {
            sign(algorithm.digest, data, key, (error, signature) => {
              if (error === null) resolve(bytesOf(signature));
              else reject(error);
            });
          }),
  };
}

function algorithmFor(key: KeyObject): SignatureAlgorithm {
  const keyAlgorithm = keyAlgorithmOf(key);
  if (keyAlgorithm === undefined) {
    throw new TypeError(`No signature algorithm is known for a key of type ${key.asymmetricKeyType ?? key.type}.`);
  }
  return defaultSignatureAlgorithm(keyAlgorithm);
}

function signsFast(key: KeyObject): boolean {
  const keyAlgorithm = keyAlgorithmOf(key);
  return keyAlgorithm === 'ec-p256' || keyAlgorithm === 'ed25519';
}

function bytesOf(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
