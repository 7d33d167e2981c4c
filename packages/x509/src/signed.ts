/** SIGNED{ToBeSigned}: what certificates, CRLs and requests have in common (RFC 5280 §4.1.1). */
import type { KeyObject } from 'node:crypto';
import type { DerReader } from '@touchmark/asn1';
import { Asn1Error, der, readWhole, tag } from '@touchmark/asn1';
import { findSignatureAlgorithm, verifySignature } from '@touchmark/crypto';

export interface Signed {
  /** The whole encoding, signature included. */
  readonly der: Uint8Array;
  /** The whole AlgorithmIdentifier. */
  readonly signatureAlgorithmDer: Uint8Array;
  /** Octets of the BIT STRING. */
  readonly signature: Uint8Array;
}

export function encodeSigned(
  toBeSignedDer: Uint8Array,
  algorithmIdentifierDer: Uint8Array,
  signature: Uint8Array,
): Uint8Array {
  return der.sequence(toBeSignedDer, algorithmIdentifierDer, der.bitString(signature));
}

/** @returns beside the parts, a reader of what is inside the signed one */
export function parseSigned(
  signedDer: Uint8Array,
): Signed & { readonly toBeSignedDer: Uint8Array; readonly toBeSigned: DerReader } {
  const signed = readWhole(signedDer);
  const toBeSignedDer = signed.peekElement(tag.sequence);
  const toBeSigned = signed.enter(tag.sequence);
  const signatureAlgorithmDer = readAlgorithmIdentifier(signed);
  const signature = readWholeOctets(signed);
  signed.end();
  return { der: signedDer, toBeSignedDer, toBeSigned, signatureAlgorithmDer, signature };
}

/** The whole AlgorithmIdentifier: SEQUENCE of an OID and at most one element of parameters. */
export function readAlgorithmIdentifier(reader: DerReader): Uint8Array {
  const algorithmIdentifierDer = reader.peekElement(tag.sequence);
  const algorithm = reader.enter(tag.sequence);
  algorithm.oid();
  if (!algorithm.done) algorithm.element();
  algorithm.end();
  return algorithmIdentifierDer;
}

/** The whole SubjectPublicKeyInfo; what is in it is for the key policy to judge. */
export function readSubjectPublicKeyInfo(reader: DerReader): Uint8Array {
  const subjectPublicKeyInfoDer = reader.peekElement(tag.sequence);
  const info = reader.enter(tag.sequence);
  readAlgorithmIdentifier(info);
  readWholeOctets(info);
  info.end();
  return subjectPublicKeyInfoDer;
}

/** A BIT STRING of keys and signatures: no bits unused. */
function readWholeOctets(reader: DerReader): Uint8Array {
  const { offset } = reader;
  const { unusedBits, bytes } = reader.bitString();
  if (unusedBits !== 0) throw new Asn1Error('a key or signature is not a whole number of octets', offset);
  return bytes;
}

/** False as well when the algorithm is not in our table, or does not fit the key. */
export function verifySigned(toBeSignedDer: Uint8Array, signed: Signed, publicKey: KeyObject): boolean {
  const algorithm = findSignatureAlgorithm(signed.signatureAlgorithmDer);
  return algorithm !== undefined && verifySignature(algorithm, publicKey, toBeSignedDer, signed.signature);
}
