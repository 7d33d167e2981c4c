/** The key store as the domain sees it: a key that cannot be had means "not ready", with the reason for the operator. */
import { equalBytes } from '@touchmark/asn1';
import { CaError } from '@touchmark/ca';
import type { Catalog, SignerSource } from '@touchmark/ca';
import type { KeyAlgorithmName, SignatureAlgorithm, Signer } from '@touchmark/crypto';
import { KeyStoreError } from '@touchmark/keystore';
import type { KeyStore } from '@touchmark/keystore';

/** Hands out a key of an authority only when it is the one that a certificate of the authority names. */
export function signerSource(keys: KeyStore, catalog: Pick<Catalog, 'issuers'>): SignerSource {
  const checked = new WeakMap<Signer, Signer>();
  return {
    async getSigner(keyId, algorithm) {
      const signer = await available(() => keys.getSigner(keyId, algorithm));
      const known = checked.get(signer);
      if (known !== undefined) return known;
      checkIsCertified(signer, keyId, catalog);
      const handedOut = { ...signer, sign: (data: Uint8Array) => available(() => signer.sign(data)) };
      checked.set(signer, handedOut);
      return handedOut;
    },
  };
}

export async function available<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof KeyStoreError)) throw error;
    throw new CaError('notReady', 'The key of the authority is not available.', {
      cause: error,
      retryAfterSeconds: 60,
    });
  }
}

/** A store that was restored, or a token that was exchanged, may hold another key under the same name. */
function checkIsCertified(signer: Signer, keyId: string, { issuers }: Pick<Catalog, 'issuers'>): void {
  const certified = issuers.filter(({ authority }) => authority.keyId === keyId);
  const fits = certified.some(({ certificate }) =>
    equalBytes(certificate.subjectPublicKeyInfoDer, signer.subjectPublicKeyInfoDer),
  );
  // An authority that is being made has no certificate yet.
  if (certified.length === 0 || fits) return;
  throw new CaError('notReady', 'The key of the authority is not available.', {
    cause: new KeyStoreError(
      'keySwapped',
      `The key "${keyId}" is not the one that the certificate of its authority names. Restore the right key; the certificate stays as it is.`,
    ),
    retryAfterSeconds: 60,
  });
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
        if (conflict instanceof KeyStoreError && conflict.code === 'keyExists') {
          return keys.getSigner(keyId, signatureAlgorithm);
        }
        throw conflict;
      }
    }
    throw error;
  }
}
