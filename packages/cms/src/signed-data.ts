/**
 * A message with its signers (RFC 5652 §5.1); the ASN.1 is in certs-only.ts.
 */
import { contextTag, der, rfc5652, rfc8017, tag } from '@touchmark/asn1';
import type { DerReader, PrescanLimits } from '@touchmark/asn1';
import type { Certificate } from '@touchmark/x509';
import { encodeAttribute } from './attribute.ts';
import type { CmsAttribute } from './attribute.ts';
import { encodeIssuerAndSerialNumber } from './certificate-identifier.ts';
import { readChoices } from './certs-only.ts';
import { encodeContentInfo, openContentInfo } from './content-info.ts';
import { digestOf, encodeDigestAlgorithm } from './digest-algorithm.ts';
import type { CmsDigest } from './digest-algorithm.ts';
import { readSignerInfo, signedAttributesTag } from './signer-info.ts';
import type { SignerInfo } from './signer-info.ts';

export interface SignedData {
  readonly contentType: string;
  /** Undefined when it is elsewhere, or there is none. */
  readonly content: Uint8Array | undefined;
  /** As they came; nothing is proven of them. */
  readonly certificatesDer: readonly Uint8Array[];
  readonly crlsDer: readonly Uint8Array[];
  readonly signers: readonly SignerInfo[];
}

/**
 * BER or DER. Throws Asn1Error.
 *
 * @param limits wider ones for what carries a CRL: each of its entries is several elements
 */
export function parseSignedData(contentInfo: Uint8Array, limits?: PrescanLimits): SignedData {
  const signedData = openContentInfo(contentInfo, rfc5652['id-signedData'], limits);
  signedData.smallInteger();
  signedData.element(tag.set);
  const encapContentInfo = signedData.enter(tag.sequence);
  const contentType = encapContentInfo.oid();
  const explicit = encapContentInfo.optionalEnter(contextTag(0, true));
  encapContentInfo.end();
  const content = explicit?.octetString();
  explicit?.end();
  const certificatesDer = readChoices(signedData, 0, 'certificates');
  const crlsDer = readChoices(signedData, 1, 'CRLs');
  const signers = readSigners(signedData.enter(tag.set));
  signedData.end();
  return { contentType, content, certificatesDer, crlsDer, signers };
}

function readSigners(set: DerReader): SignerInfo[] {
  const signers: SignerInfo[] = [];
  while (!set.done) signers.push(readSignerInfo(set));
  return signers;
}

export interface SignedMessage {
  readonly contentType: string;
  /** Undefined: there is none, and the digest is that of nothing. */
  readonly content: Uint8Array | undefined;
  readonly digest: CmsDigest;
  /** Beside contentType and messageDigest. */
  readonly attributes: readonly CmsAttribute[];
  readonly signerCertificate: Certificate;
  readonly certificatesDer: readonly Uint8Array[];
}

/** What signs the attributes with an RSA key: RSASSA-PKCS1-v1_5 over that digest. */
export type SignAttributes = (digest: CmsDigest, data: Uint8Array) => Promise<Uint8Array>;

const rsaEncryption = der.sequence(der.oid(rfc8017.rsaEncryption), der.null());

/** In DER, with one signer. Its algorithm is named `rsaEncryption`, which every client reads (RFC 3370 §3.2). */
export async function encodeSignedData(message: SignedMessage, sign: SignAttributes): Promise<Uint8Array> {
  const { contentType, content, digest, attributes, signerCertificate, certificatesDer } = message;
  const digestAlgorithm = encodeDigestAlgorithm(digest);
  const signedAttributes = der.set(
    encodeAttribute({ oid: rfc5652['id-contentType'], values: [der.oid(contentType)] }),
    encodeAttribute({
      oid: rfc5652['id-messageDigest'],
      values: [der.octetString(digestOf(digest, content ?? new Uint8Array(0)))],
    }),
    ...attributes.map(encodeAttribute),
  );
  const signerInfo = der.sequence(
    der.integer(1),
    encodeIssuerAndSerialNumber(signerCertificate),
    digestAlgorithm,
    der.retag(signedAttributesTag, signedAttributes),
    rsaEncryption,
    der.octetString(await sign(digest, signedAttributes)),
  );
  const encapContentInfo = der.sequence(
    der.oid(contentType),
    ...(content === undefined ? [] : [der.explicit(0, der.octetString(content))]),
  );
  return encodeContentInfo(
    rfc5652['id-signedData'],
    der.sequence(
      der.integer(1),
      der.set(digestAlgorithm),
      encapContentInfo,
      ...(certificatesDer.length > 0 ? [der.explicit(0, ...certificatesDer)] : []),
      der.set(signerInfo),
    ),
  );
}
