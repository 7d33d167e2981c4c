/** The keys of SCEP: made here, or given to be used again. */
import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { decodePem, equalBytes, toHex } from '@touchmark/asn1';
import { createSoftwareSigner, generateKeyPair, keyAlgorithmOf, keyKindOf, sha256 } from '@touchmark/crypto';
import type { KeyAlgorithmName } from '@touchmark/crypto';
import { parseCertificate } from '@touchmark/x509';
import type { Certificate } from '@touchmark/x509';
import type { ScepSigner } from './pki-message.ts';
import { ScepError } from './scep-error.ts';

/** A new key, or the one in the PKCS #8 PEM. Throws ScepError `keyNotUsable` unless it is RSA. */
export async function requestKey(
  privateKeyPem: string | undefined,
  keyAlgorithm: KeyAlgorithmName = 'rsa-2048',
): Promise<KeyObject> {
  if (privateKeyPem !== undefined) return loadRsaKey(privateKeyPem);
  if (keyKindOf(keyAlgorithm) !== 'rsa') throw notRsa(keyAlgorithm);
  return (await generateKeyPair(keyAlgorithm)).privateKey;
}

/** Who has a certificate already. */
export function signerOf(certificate: Certificate, privateKeyPem: string): ScepSigner {
  const privateKey = loadRsaKey(privateKeyPem);
  const { subjectPublicKeyInfoDer } = createSoftwareSigner(privateKey);
  if (equalBytes(subjectPublicKeyInfoDer, certificate.subjectPublicKeyInfoDer)) return { certificate, privateKey };
  throw new ScepError(
    'keyNotUsable',
    'The private key is not that of the certificate. Give the two that belong together.',
  );
}

/** RFC 8894 §3.2.1.1: the same for the same key, so that a request sent again is the same transaction. */
export function transactionIdOf(subjectPublicKeyInfoDer: Uint8Array): string {
  return toHex(sha256(subjectPublicKeyInfoDer));
}

function loadRsaKey(privateKeyPem: string): KeyObject {
  const key = loadKey(privateKeyPem);
  const keyAlgorithm = keyAlgorithmOf(key);
  if (keyAlgorithm !== undefined && keyKindOf(keyAlgorithm) === 'rsa') return key;
  throw notRsa(keyAlgorithm ?? key.asymmetricKeyType ?? 'of an unknown kind');
}

/** The first in the PEM text. Throws ScepError `certificateNotUsable`. */
export function loadCertificate(pem: string): Certificate {
  try {
    const block = decodePem(pem).find(({ label }) => label === 'CERTIFICATE');
    if (block !== undefined) return parseCertificate(block.bytes);
  } catch (error) {
    throw new ScepError('certificateNotUsable', 'The certificate cannot be read. Give it in PEM.', { cause: error });
  }
  throw new ScepError('certificateNotUsable', 'There is no certificate in the PEM text. Give one.');
}

function loadKey(privateKeyPem: string): KeyObject {
  try {
    return createPrivateKey(privateKeyPem);
  } catch (error) {
    throw new ScepError(
      'keyNotUsable',
      'The private key cannot be read. Give it in PEM (PKCS #8), without a password.',
      {
        cause: error,
      },
    );
  }
}

function notRsa(kind: string): ScepError {
  return new ScepError(
    'keyNotUsable',
    `The key is ${kind}, and the answer of a SCEP server is encrypted for it, which takes RSA (RFC 8894 §3.2.2). Use rsa-2048, rsa-3072 or rsa-4096, or enroll over EST.`,
  );
}
