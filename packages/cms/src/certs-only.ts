/**
 * The "certs-only" message: a SignedData that carries certificates and CRLs and signs nothing (RFC 5652 §5.1, RFC 5272
 * §4.1; simple PKI response).
 *
 *     SignedData ::= SEQUENCE {
 *       version CMSVersion,
 *       digestAlgorithms DigestAlgorithmIdentifiers,
 *       encapContentInfo EncapsulatedContentInfo,
 *       certificates [0] IMPLICIT CertificateSet OPTIONAL,
 *       crls [1] IMPLICIT RevocationInfoChoices OPTIONAL,
 *       signerInfos SignerInfos }
 */
import type { DerReader } from '@touchmark/asn1';
import { contextTag, der, readWhole, rfc5652, tag } from '@touchmark/asn1';

export interface CertsOnly {
  readonly certificatesDer: readonly Uint8Array[];
  readonly crlsDer: readonly Uint8Array[];
}

const signedDataOid = der.oid(rfc5652['id-signedData']);
/** Version, no digest algorithm, content of type id-data that is absent. */
const beginning = [der.integer(1), der.set(), der.sequence(der.oid(rfc5652['id-data']))];
const noSignerInfos = der.set();

/**
 * The certificates stand in the given order, which is not the order of SET OF in DER: clients take the first for the
 * leaf or the nearest CA, and RFC 5652 §5.1 wants BER only.
 */
export function encodeCertsOnly(
  certificatesDer: readonly Uint8Array[],
  crlsDer: readonly Uint8Array[] = [],
): Uint8Array {
  const parts = [...beginning];
  if (certificatesDer.length > 0) parts.push(der.explicit(0, ...certificatesDer));
  if (crlsDer.length > 0) parts.push(der.explicit(1, ...crlsDer));
  parts.push(noSignerInfos);
  return der.sequence(signedDataOid, der.explicit(0, der.sequence(...parts)));
}

/**
 * The certificates and CRLs in the order in which they stand; what is in them is not looked at. Throws Asn1Error for other
 * content types, for signed messages, for certificates of kinds other than X.509, and for BER that is not DER.
 */
export function parseCertsOnly(contentInfoDer: Uint8Array): CertsOnly {
  const contentInfo = readWhole(contentInfoDer);
  readContentType(contentInfo, rfc5652['id-signedData'], 'SignedData');
  const explicit = contentInfo.enter(contextTag(0, true));
  contentInfo.end();
  const signedData = explicit.enter(tag.sequence);
  explicit.end();

  const { offset } = signedData;
  const version = signedData.smallInteger();
  if (version !== 1 && version !== 3) throw signedData.error(`a certs-only message has no version ${version}`, offset);
  // Some servers name the digest of their certificates here although nothing is digested.
  signedData.element(tag.set);
  const encapContentInfo = signedData.enter(tag.sequence);
  readContentType(encapContentInfo, rfc5652['id-data'], 'data');
  readEmptyContent(encapContentInfo);
  const certificatesDer = readChoices(signedData, 0, 'certificates');
  const crlsDer = readChoices(signedData, 1, 'CRLs');
  const signerInfos = signedData.enter(tag.set);
  if (!signerInfos.done) throw signerInfos.error('a certs-only message has no signer');
  signedData.end();
  return { certificatesDer, crlsDer };
}

function readContentType(reader: DerReader, expected: string, name: string): void {
  const { offset } = reader;
  const oid = reader.oid();
  if (oid !== expected) throw reader.error(`the content is of type ${oid} instead of ${name}`, offset);
}

/** Absent as RFC 5652 §5.2 says for certs-only, or an empty OCTET STRING as PKCS #7 libraries write. */
function readEmptyContent(encapContentInfo: DerReader): void {
  const explicit = encapContentInfo.optionalEnter(contextTag(0, true));
  encapContentInfo.end();
  if (explicit === undefined) return;
  if (explicit.octetString().length > 0) throw explicit.error('a certs-only message has no content of its own');
  explicit.end();
}

/** X.509 certificates and CRLs are the untagged alternatives of CertificateChoices and RevocationInfoChoice. */
export function readChoices(signedData: DerReader, number: number, what: string): Uint8Array[] {
  const set = signedData.optionalEnter(contextTag(number, true));
  const elements: Uint8Array[] = [];
  while (set?.done === false) {
    if (set.peek() !== tag.sequence) throw set.error(`there are other ${what} than those of X.509`);
    elements.push(set.element(tag.sequence));
  }
  return elements;
}
