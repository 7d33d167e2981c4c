/** The key store as the domain sees it: a key that cannot be had means "not ready", with the reason for the operator. */
import { CaError } from '@touchmark/ca';
import type { SignerSource } from '@touchmark/ca';
import type { KeyAlgorithmName, SignatureAlgorithm, Signer } from '@touchmark/crypto';
import { KeyStoreError } from '@touchmark/keystore';
import type { KeyStore } from '@touchmark/keystore';

export function signerSource(keys: KeyStore): SignerSource {
  return {
    async getSigner(keyId, algorithm) {
      try {
        return await keys.getSigner(keyId, algorithm);
      } catch (error) {
        if (!(error instanceof KeyStoreError)) throw error;
        throw new CaError('notReady', 'The key of the authority is not available.', {
          cause: error,
          retryAfterSeconds: 60,
        });
      }
    },
  };
}

/** The key with this id, made if there is none. Any other failure stands: a damaged key is not replaced. */
export async function getOrGenerateSigner(
  keys: KeyStore,
  keyId: string,
  keyAlgorithm: KeyAlgorithmName,
  signatureAlgorithm?: SignatureAlgorithm,
): Promise<Signer> {
  try {
    return await keys.getSigner(keyId, signatureAlgorithm);
  } catch (error) {
    if (error instanceof KeyStoreError && error.code === 'keyNotFound') {
      try {
        return await keys.generateKey(keyId, keyAlgorithm, signatureAlgorithm);
      } catch (conflict) {
        // Another node was faster.
        if (conflict instanceof Error && 'code' in conflict && conflict.code === 'keyExists')
          return keys.getSigner(keyId, signatureAlgorithm);
        throw conflict;
      }
    }
    throw error;
  }
}
