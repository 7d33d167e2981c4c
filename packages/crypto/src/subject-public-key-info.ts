/** SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), taken apart strictly. */
import { Asn1Error, DerReader, tag } from '@touchmark/asn1';
import { KeyPolicyError } from './key-policy-error.ts';

/**
 * SubjectPublicKeyInfo ::= SEQUENCE {
 *   algorithm         AlgorithmIdentifier,
 *   subjectPublicKey  BIT STRING }
 */
export interface SubjectPublicKeyInfo {
  readonly algorithmOid: string;
  /** The whole element; undefined when absent. */
  readonly parametersDer: Uint8Array | undefined;
  /** The octets of the BIT STRING. */
  readonly subjectPublicKey: Uint8Array;
}

/** Strict DER has one encoding for each value: what passes here re-encodes to itself. Throws `keyMalformed`. */
export function parseSubjectPublicKeyInfo(spkiDer: Uint8Array): SubjectPublicKeyInfo {
  return readStrictly('SubjectPublicKeyInfo', () => {
    const outer = new DerReader(spkiDer);
    const info = outer.enter(tag.sequence);
    outer.end();
    const algorithm = info.enter(tag.sequence);
    const algorithmOid = algorithm.oid();
    const parametersDer = algorithm.done ? undefined : algorithm.element();
    algorithm.end();
    const { unusedBits, bytes } = info.bitString();
    info.end();
    if (unusedBits !== 0) {
      throw new KeyPolicyError('keyMalformed', 'The subjectPublicKey does not consist of whole octets.');
    }
    return { algorithmOid, parametersDer, subjectPublicKey: bytes };
  });
}

/** Turns what the reader finds into a refusal of the key. */
export function readStrictly<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    throw new KeyPolicyError(
      'keyMalformed',
      `The public key is not a ${what} in DER: ${error.message}. Export it again, for example with "openssl pkey -pubout".`,
      { cause: error },
    );
  }
}
