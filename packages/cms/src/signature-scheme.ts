/** Which signature a signer made: its AlgorithmIdentifier, read with the digest beside it (RFC 3370 §3.2, RFC 5754 §3). */
import { verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readWhole, rfc8017 } from '@touchmark/asn1';
import { findSignatureAlgorithm, signatureAlgorithms, verifySignature } from '@touchmark/crypto';
import type { CmsDigest } from './digest-algorithm.ts';

/**
 * Whether the signature verifies. False as well for algorithms that are not known and keys that do not fit.
 *
 * SignerInfo names RSA signatures in two ways: by the algorithm that has the digest in its name, and as `rsaEncryption`, where
 * the digest is the one of the message.
 */
export function verifyBySigner(
  signatureAlgorithmDer: Uint8Array,
  digest: CmsDigest,
  publicKey: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const known = findSignatureAlgorithm(signatureAlgorithmDer);
  if (known !== undefined) return verifySignature(known, publicKey, data, signature);
  const oid = readWhole(signatureAlgorithmDer).oid();
  const isSha1 = oid === rfc8017.sha1WithRSAEncryption || (oid === rfc8017.rsaEncryption && digest === 'sha1');
  if (isSha1) return publicKey.asymmetricKeyType === 'rsa' && verify('sha1', data, publicKey, signature);
  if (oid !== rfc8017.rsaEncryption || digest === 'sha1') return false;
  const size = { sha256: 256, sha384: 384, sha512: 512 } as const;
  return verifySignature(signatureAlgorithms[`sha${size[digest]}WithRSAEncryption`], publicKey, data, signature);
}
