/** The digests of SignedData, by object identifier (RFC 3370 §2.1, RFC 5754 §2). */
import { hash } from 'node:crypto';
import { der, rfc8017 } from '@touchmark/asn1';

export const cmsDigestNames = ['sha1', 'sha256', 'sha384', 'sha512'] as const;

/** Node's names. SHA-1 is read, and accepted only where a label of old equipment says so; MD5 is not known at all. */
export type CmsDigest = (typeof cmsDigestNames)[number];

const oids: Readonly<Record<CmsDigest, string>> = {
  sha1: rfc8017['id-sha1'],
  sha256: rfc8017['id-sha256'],
  sha384: rfc8017['id-sha384'],
  sha512: rfc8017['id-sha512'],
};

export function findDigest(oid: string): CmsDigest | undefined {
  return cmsDigestNames.find((name) => oids[name] === oid);
}

/** The AlgorithmIdentifier without parameters, as RFC 5754 §2 wants it written. */
export function encodeDigestAlgorithm(digest: CmsDigest): Uint8Array {
  return der.sequence(der.oid(oids[digest]));
}

export function digestOf(digest: CmsDigest, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(hash(digest, bytes, 'buffer'));
}
