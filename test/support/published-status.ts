/** What an authority publishes about a certificate, fetched and verified by the key of the authority alone. */
import { DerReader, contextTag, rfc6960, tag } from '@touchmark/asn1';
import { findSignatureAlgorithm, parsePublicKey, verifySignature } from '@touchmark/crypto';
import {
  findExtension,
  parseCertificate,
  parseCertificateList,
  sameName,
  verifyCertificateSignature,
  verifyCrlSignature,
} from '@touchmark/x509';
import type { Certificate, CertificateList } from '@touchmark/x509';

/** Whether the issuer signed it, by name, key and time. Nothing but Node's own cryptography is needed, so ML-DSA goes too. */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  const { keyObject } = parsePublicKey(issuer.subjectPublicKeyInfoDer);
  return (
    sameName(certificate.issuer, issuer.subject) &&
    verifyCertificateSignature(certificate, keyObject) &&
    certificate.notBefore >= issuer.notBefore &&
    certificate.notAfter <= issuer.notAfter
  );
}

/** From the leaf to a self-signed root. */
export function isChain(certificates: readonly Certificate[]): boolean {
  return certificates.every((certificate, index) => isIssuedBy(certificate, certificates[index + 1] ?? certificate));
}

/** Undefined: there is none. Throws when it is not signed by the authority. */
export async function fetchCrl(url: string, authority: Certificate): Promise<CertificateList | undefined> {
  const response = await fetch(url);
  if (response.status !== 200) return undefined;
  const crl = parseCertificateList(new Uint8Array(await response.arrayBuffer()));
  if (!verifyCrlSignature(crl, parsePublicKey(authority.subjectPublicKeyInfoDer).keyObject)) {
    throw new Error(`The CRL at ${url} is not signed by its authority.`);
  }
  return crl;
}

/** The delegated responder of an answer that verifies. Throws when signature, delegation or times do not hold. */
export async function fetchResponder(
  url: string,
  requestDer: Uint8Array,
  authority: Certificate,
): Promise<Certificate> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/ocsp-request' },
    body: Buffer.from(requestDer),
  });
  const { tbs, algorithm, signature, responder } = readBasicResponse(new Uint8Array(await response.arrayBuffer()));
  const signatureAlgorithm = findSignatureAlgorithm(algorithm);
  const { keyObject } = parsePublicKey(responder.subjectPublicKeyInfoDer);
  if (signatureAlgorithm === undefined || !verifySignature(signatureAlgorithm, keyObject, tbs, signature)) {
    throw new Error(`The answer of ${url} is not signed by the responder in it.`);
  }
  if (!isIssuedBy(responder, authority)) throw new Error(`The responder of ${url} is not of the authority.`);
  if (findExtension(responder, rfc6960['id-pkix-ocsp-nocheck']) === undefined) throw new Error('nocheck is missing');
  return responder;
}

/** RFC 6960 §4.2.1. */
function readBasicResponse(responseDer: Uint8Array) {
  const response = new DerReader(responseDer).enter(tag.sequence);
  if (response.element()[2] !== 0) throw new Error('The answer is an error.');
  const bytes = response.enter(contextTag(0, true)).enter(tag.sequence);
  bytes.oid();
  const basic = new DerReader(bytes.octetString()).enter(tag.sequence);
  const tbs = basic.element(tag.sequence);
  const algorithm = basic.element(tag.sequence);
  const signature = basic.bitString().bytes;
  const responder = parseCertificate(basic.enter(contextTag(0, true)).enter(tag.sequence).element(tag.sequence));
  return { tbs, algorithm, signature, responder };
}
