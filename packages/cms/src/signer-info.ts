/**
 * One signature over a message (RFC 5652 §5.3).
 *
 *     SignerInfo ::= SEQUENCE {
 *       version CMSVersion,
 *       sid SignerIdentifier,
 *       digestAlgorithm DigestAlgorithmIdentifier,
 *       signedAttrs [0] IMPLICIT SignedAttributes OPTIONAL,
 *       signatureAlgorithm SignatureAlgorithmIdentifier,
 *       signature SignatureValue,
 *       unsignedAttrs [1] IMPLICIT UnsignedAttributes OPTIONAL }
 */
import type { KeyObject } from 'node:crypto';
import { contextTag, der, equalBytes, readWhole, rfc5652, tag } from '@touchmark/asn1';
import type { DerReader } from '@touchmark/asn1';
import { readAttributes, singleValue } from './attribute.ts';
import type { CmsAttribute } from './attribute.ts';
import { readCertificateIdentifier } from './certificate-identifier.ts';
import type { CertificateIdentifier } from './certificate-identifier.ts';
import { digestOf, findDigest } from './digest-algorithm.ts';
import type { CmsDigest } from './digest-algorithm.ts';
import { verifyBySigner } from './signature-scheme.ts';

export interface SignerInfo {
  readonly sid: CertificateIdentifier;
  /** Undefined: one that is not in the table, with which nothing verifies. */
  readonly digest: CmsDigest | undefined;
  readonly signedAttributes: readonly CmsAttribute[];
  /** The attributes as they came, under the tag of SET; undefined when there are none and the content itself is signed. */
  readonly signedAttributesDer: Uint8Array | undefined;
  readonly signatureAlgorithmDer: Uint8Array;
  readonly signature: Uint8Array;
}

export const signedAttributesTag = contextTag(0, true);
const unsignedAttributesTag = contextTag(1, true);

/** Throws Asn1Error. */
export function readSignerInfo(reader: DerReader): SignerInfo {
  const signerInfo = reader.enter(tag.sequence);
  // The version says again how the signer is named; some clients say it wrong.
  signerInfo.smallInteger();
  const sid = readCertificateIdentifier(signerInfo);
  const digest = findDigest(signerInfo.enter(tag.sequence).oid());
  const attributes = signerInfo.peek() === signedAttributesTag ? signerInfo.peekElement() : undefined;
  const signedAttributes = readAttributes(signerInfo.optionalEnter(signedAttributesTag) ?? emptyReader());
  const signatureAlgorithmDer = signerInfo.element(tag.sequence);
  const signature = signerInfo.octetString();
  signerInfo.optionalElement(unsignedAttributesTag);
  signerInfo.end();
  return {
    sid,
    digest,
    signedAttributes,
    signedAttributesDer: attributes && der.retag(tag.set, attributes),
    signatureAlgorithmDer,
    signature,
  };
}

function emptyReader(): DerReader {
  return readWhole(der.set(), tag.set);
}

/**
 * Whether this signer signed this content: the digest and the type among the attributes are those of the content, and the
 * signature over the attributes verifies (RFC 5652 §5.4, §5.6, §11.1 and §11.2).
 */
export function verifySignerInfo(
  signer: SignerInfo,
  contentType: string,
  content: Uint8Array,
  publicKey: KeyObject,
): boolean {
  const { digest, signedAttributes, signedAttributesDer, signatureAlgorithmDer, signature } = signer;
  if (digest === undefined) return false;
  if (signedAttributesDer === undefined) {
    // §5.3: attributes must be there unless the content is plain data.
    if (contentType !== rfc5652['id-data']) return false;
    return verifyBySigner(signatureAlgorithmDer, digest, publicKey, content, signature);
  }
  const claimedType = singleValue(signedAttributes, rfc5652['id-contentType']);
  const claimedDigest = singleValue(signedAttributes, rfc5652['id-messageDigest']);
  if (claimedType === undefined || !equalBytes(claimedType, der.oid(contentType))) return false;
  if (claimedDigest === undefined || !equalBytes(claimedDigest, der.octetString(digestOf(digest, content))))
    return false;
  // What is signed is the DER of the set; some clients sign, and some send, its elements in another order.
  const sorted = der.set(...elementsOf(signedAttributesDer));
  return [sorted, signedAttributesDer].some((data) =>
    verifyBySigner(signatureAlgorithmDer, digest, publicKey, data, signature),
  );
}

function elementsOf(set: Uint8Array): Uint8Array[] {
  const reader = readWhole(set, tag.set);
  const elements: Uint8Array[] = [];
  while (!reader.done) elements.push(reader.element());
  return elements;
}
