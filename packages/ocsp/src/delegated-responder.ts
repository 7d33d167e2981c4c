/** Whoever signs the answers: a delegated responder with its certificate (RFC 6960 §4.2.2.2), or the authority itself. */
import { equalBytes, rfc5280, rfc6960 } from '@touchmark/asn1';
import { parsePublicKey } from '@touchmark/crypto';
import type { Signer } from '@touchmark/crypto';
import { findExtension, parseCertificate, parseExtendedKeyUsage, verifyCertificateSignature } from '@touchmark/x509';
import type { Certificate } from '@touchmark/x509';
import { encodeCertificates, encodeResponderId } from './ocsp-response.ts';

export interface OcspSigner {
  readonly signer: Signer;
  readonly certificateDer: Uint8Array;
}

/** A signer that was checked to be one that clients of this authority accept. */
export interface Responder {
  readonly source: OcspSigner;
  readonly signer: Signer;
  readonly responderIdDer: Uint8Array;
  /** The `certs` field; undefined when the authority signs by itself. */
  readonly certificatesDer: Uint8Array | undefined;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Throws when clients would refuse what this signer signs. */
export function checkResponder(source: OcspSigner, authority: Certificate): Responder {
  const certificate = parseCertificate(source.certificateDer);
  if (!equalBytes(certificate.subjectPublicKeyInfoDer, source.signer.subjectPublicKeyInfoDer)) {
    throw new Error('The key of the OCSP responder does not belong to its certificate.');
  }
  const isAuthority = equalBytes(certificate.der, authority.der);
  if (!isAuthority) checkDelegation(certificate, authority);
  return {
    source,
    signer: source.signer,
    responderIdDer: encodeResponderId(certificate.subjectPublicKeyInfoDer),
    certificatesDer: isAuthority ? undefined : encodeCertificates([certificate.der]),
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
  };
}

/** RFC 6960 §4.2.2.2: issued directly by the authority asked about, with id-kp-OCSPSigning. */
function checkDelegation(certificate: Certificate, authority: Certificate): void {
  const usage = findExtension(certificate, rfc5280['id-ce-extKeyUsage']);
  if (usage === undefined || !parseExtendedKeyUsage(usage.value).includes(rfc6960['id-kp-OCSPSigning'])) {
    throw new Error('The certificate of the OCSP responder lacks id-kp-OCSPSigning.');
  }
  const authorityKey = parsePublicKey(authority.subjectPublicKeyInfoDer).keyObject;
  if (
    !equalBytes(certificate.issuer.der, authority.subject.der) ||
    !verifyCertificateSignature(certificate, authorityKey)
  ) {
    throw new Error('The certificate of the OCSP responder is not issued by the authority it answers for.');
  }
}
