/** The settings of an authority that nobody asked for otherwise. */
import type { KeyAlgorithmName } from '@touchmark/crypto';
import type { AuthoritySettings } from './model.ts';

const day = 86_400;

/**
 * A CRL holds for a week and is made anew daily, so that a weekend without the authority locks nobody out. An OCSP answer
 * holds for a day.
 */
export function defaultSettings(keyAlgorithm: KeyAlgorithmName): AuthoritySettings {
  return {
    state: 'active',
    crlShards: 1,
    crlValiditySeconds: 7 * day,
    crlIntervalSeconds: day,
    ocspValiditySeconds: day,
    ocspKeyAlgorithm: responderKeyAlgorithm(keyAlgorithm),
  };
}

/**
 * Whoever can verify the certificates of an authority can verify its answers: the responder's key is of the same kind. Its
 * certificate lasts for a month, so that the shortest RSA key does, and each answer costs less.
 */
function responderKeyAlgorithm(keyAlgorithm: KeyAlgorithmName): KeyAlgorithmName {
  switch (keyAlgorithm) {
    case 'rsa-2048':
    case 'rsa-3072':
    case 'rsa-4096':
      return 'rsa-2048';
    case 'ec-p256':
    case 'ec-p384':
    case 'ec-p521':
    case 'ed25519':
    case 'ml-dsa-44':
    case 'ml-dsa-65':
    case 'ml-dsa-87':
      return keyAlgorithm;
  }
}
