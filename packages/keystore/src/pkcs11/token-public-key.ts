/** The SubjectPublicKeyInfo of a key pair in a token. */
import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { Asn1Error, DerReader, der, rfc5480, rfc8017, tag } from '@touchmark/asn1';
import { KeyPolicyError, parsePublicKey } from '@touchmark/crypto';
import { KeyStoreError } from '../key-store-error.ts';
import type { TokenKey } from './token-commands.ts';

/** Under the same key policy as everybody's. @throws KeyStoreError `notSupported` when the token does not show the key, or shows one that is refused */
export function publicKeyOf(key: TokenKey, name: string): KeyObject {
  const spkiDer = subjectPublicKeyInfoOf(key);
  if (spkiDer === undefined) {
    throw new KeyStoreError(
      'notSupported',
      `The token does not show the public key of ${name}. Store the public key object with the same CKA_ID beside the private key; only RSA and EC keys can be used.`,
    );
  }
  try {
    parsePublicKey(spkiDer);
    return createPublicKey({ key: Buffer.from(spkiDer), format: 'der', type: 'spki' });
  } catch (error) {
    const reason = error instanceof KeyPolicyError ? error.message : 'it is no valid public key.';
    throw new KeyStoreError('notSupported', `The public key of ${name} cannot be used: ${reason}`);
  }
}

function subjectPublicKeyInfoOf({
  kind,
  modulus,
  publicExponent,
  ecParams,
  ecPoint,
}: TokenKey): Uint8Array | undefined {
  switch (kind) {
    case 'rsa':
      if (modulus === undefined || publicExponent === undefined) return undefined;
      return der.sequence(
        der.sequence(der.oid(rfc8017.rsaEncryption), der.null()),
        der.bitString(der.sequence(der.integer(unsigned(modulus)), der.integer(unsigned(publicExponent)))),
      );
    case 'ec':
      if (ecParams === undefined || ecPoint === undefined) return undefined;
      return der.sequence(der.sequence(der.oid(rfc5480['id-ecPublicKey']), ecParams), der.bitString(pointOf(ecPoint)));
    case 'other':
      return undefined;
  }
}

function unsigned(octets: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(octets).toString('hex')}`);
}

/** PKCS #11 v2.40 §2.3.3 wraps the point in an OCTET STRING; some modules give the point itself. */
function pointOf(ecPoint: Uint8Array): Uint8Array {
  try {
    const reader = new DerReader(ecPoint);
    if (ecPoint[0] !== tag.octetString) return ecPoint;
    const point = reader.octetString();
    reader.end();
    return point;
  } catch (error) {
    // 0x04 begins an uncompressed point as well as an OCTET STRING.
    if (error instanceof Asn1Error) return ecPoint;
    throw error;
  }
}
