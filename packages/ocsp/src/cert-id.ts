/**
 * CertID (RFC 6960 §4.1.1): a certificate by its issuer and serial number.
 *
 *     CertID ::= SEQUENCE {
 *       hashAlgorithm   AlgorithmIdentifier,
 *       issuerNameHash  OCTET STRING, -- hash of the issuer's DN
 *       issuerKeyHash   OCTET STRING, -- hash of the issuer's public key
 *       serialNumber    CertificateSerialNumber }
 */
import { equalBytes, readWhole, rfc8017, tag, toHex } from '@touchmark/asn1';
import { sha1, sha256 } from '@touchmark/crypto';

export interface CertId {
  /** As sent: the answer repeats it octet by octet. */
  readonly der: Uint8Array;
  /** Dotted OID of the hash algorithm. */
  readonly hashAlgorithm: string;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  /** Content octets in lower-case hex, as the registry keys it. */
  readonly serialNumberHex: string;
}

/** The hashes that requests may use: SHA-1 is what deployed clients send (RFC 5019), SHA-256 what RFC 9919 wants. */
const hashes: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  [rfc8017['id-sha1']]: sha1,
  [rfc8017['id-sha256']]: sha256,
};

export function parseCertId(der: Uint8Array): CertId {
  const reader = readWhole(der);
  const algorithm = reader.enter(tag.sequence);
  const hashAlgorithm = algorithm.oid();
  // NULL or absent (RFC 8017 §A.2.4, RFC 5754 §2): both are in use.
  if (!algorithm.done) algorithm.null();
  algorithm.end();
  const issuerNameHash = reader.octetString();
  const issuerKeyHash = reader.octetString();
  const serialNumberHex = toHex(reader.integerBytes());
  reader.end();
  return { der, hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumberHex };
}

/** An authority as CertIDs name it. */
export type IssuerHashes = Readonly<Record<string, { readonly name: Uint8Array; readonly key: Uint8Array }>>;

/**
 * @param nameDer the authority's subject, which is the issuer of its certificates
 * @param publicKey content of the subjectPublicKey BIT STRING, without the octet of unused bits
 */
export function hashIssuer(nameDer: Uint8Array, publicKey: Uint8Array): IssuerHashes {
  return Object.fromEntries(
    Object.entries(hashes).map(([algorithm, hash]) => [algorithm, { name: hash(nameDer), key: hash(publicKey) }]),
  );
}

export function isIssuedBy(certId: CertId, issuer: IssuerHashes): boolean {
  const expected = Object.hasOwn(issuer, certId.hashAlgorithm) ? issuer[certId.hashAlgorithm] : undefined;
  return (
    expected !== undefined &&
    equalBytes(certId.issuerKeyHash, expected.key) &&
    equalBytes(certId.issuerNameHash, expected.name)
  );
}

/** Content of the subjectPublicKey BIT STRING of a SubjectPublicKeyInfo: what issuerKeyHash and KeyHash are over. */
export function publicKeyBits(subjectPublicKeyInfoDer: Uint8Array): Uint8Array {
  const reader = readWhole(subjectPublicKeyInfoDer);
  reader.element(tag.sequence);
  return reader.bitString().bytes;
}
