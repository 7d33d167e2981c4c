/** Signature algorithms, signers and the key policy. */
export { isDebianWeakKey } from './debian-weak-key.ts';
export { sha1, sha256 } from './digest.ts';
export { keyAlgorithmNames, keyAlgorithmOf, keyKindOf } from './key-algorithm.ts';
export type { KeyAlgorithmName, KeyKind } from './key-algorithm.ts';
export { generateKeyPair } from './key-pair.ts';
export type { KeyPair } from './key-pair.ts';
export { KeyPolicyError } from './key-policy-error.ts';
export type { KeyPolicyCode } from './key-policy-error.ts';
export { parsePublicKey } from './public-key.ts';
export type { KeyPolicyOptions, PublicKey } from './public-key.ts';
export { createRandomBytes } from './random-bytes.ts';
export { defaultSignatureAlgorithm, findSignatureAlgorithm, signatureAlgorithms } from './signature-algorithm.ts';
export type { DigestName, SignatureAlgorithm, SignatureAlgorithmName } from './signature-algorithm.ts';
export { createSoftwareSigner } from './signer.ts';
export type { Signer } from './signer.ts';
export { verifySignature, verifySignatureUnblocking } from './verify-signature.ts';
