/** Makes key pairs of the algorithms that the key policy accepts. */
import { generateKeyPair as generateKeyPairWithCallback } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { KeyAlgorithmName } from './key-algorithm.ts';

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const generate = promisify(generateKeyPairWithCallback);

const rsa = (modulusLength: number): Promise<KeyPair> => generate('rsa', { modulusLength, publicExponent: 65_537 });

/** A fresh pair, made on the threadpool; RSA-4096 takes seconds. */
export async function generateKeyPair(name: KeyAlgorithmName): Promise<KeyPair> {
  switch (name) {
    case 'ec-p256':
      return generate('ec', { namedCurve: 'P-256' });
    case 'ec-p384':
      return generate('ec', { namedCurve: 'P-384' });
    case 'ec-p521':
      return generate('ec', { namedCurve: 'P-521' });
    case 'rsa-2048':
      return rsa(2048);
    case 'rsa-3072':
      return rsa(3072);
    case 'rsa-4096':
      return rsa(4096);
    case 'ed25519':
      return generate('ed25519');
    case 'ml-dsa-44':
      return generate('ml-dsa-44');
    case 'ml-dsa-65':
      return generate('ml-dsa-65');
    case 'ml-dsa-87':
      return generate('ml-dsa-87');
  }
}
