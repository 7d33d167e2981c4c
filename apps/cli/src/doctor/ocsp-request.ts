/** The smallest OCSPRequest (RFC 6960 §4.1.1): one CertID, no extensions. */
import { createHash, randomBytes } from 'node:crypto';
import { DerReader, der } from '@touchmark/asn1';
import { parseCertificate } from '@touchmark/x509';

/** Asks about a serial number that was never issued: any signed answer shows that the responder works. */
export function createOcspRequest(issuerDer: Uint8Array): Uint8Array {
  const issuer = parseCertificate(issuerDer);
  const subjectPublicKeyInfo = new DerReader(issuer.subjectPublicKeyInfoDer).enter(0x30);
  subjectPublicKeyInfo.element(0x30);
  const { bytes: publicKey } = subjectPublicKeyInfo.bitString();
  const sha1Identifier = der.sequence(der.oid('1.3.14.3.2.26'), der.null());
  const certId = der.sequence(
    sha1Identifier,
    der.octetString(sha1(issuer.subject.der)),
    der.octetString(sha1(publicKey)),
    der.integer(BigInt(`0x7f${randomBytes(18).toString('hex')}`)),
  );
  return der.sequence(der.sequence(der.sequence(der.sequence(certId))));
}

/** CertID names the issuer by SHA-1 by default (RFC 5019 §2.1.1); it is an identifier, not a protection. */
function sha1(bytes: Uint8Array): Uint8Array {
  return createHash('sha1').update(bytes).digest();
}
