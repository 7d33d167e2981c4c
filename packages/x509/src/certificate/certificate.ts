/** Certificate, read and verified (RFC 5280 §4.1). */
import type { KeyObject } from 'node:crypto';
import { Asn1Error, equalBytes } from '@touchmark/asn1';
import { parseSigned, verifySigned } from '../signed.ts';
import type { Signed } from '../signed.ts';
import { readTbsCertificate } from './parse-tbs-certificate.ts';
import type { TbsCertificate } from './parse-tbs-certificate.ts';

export interface Certificate extends TbsCertificate, Signed {}

/** Throws Asn1Error for what is not one certificate in DER. */
export function parseCertificate(certificateDer: Uint8Array): Certificate {
  const { toBeSignedDer, toBeSigned, ...signed } = parseSigned(certificateDer);
  const tbsCertificate = readTbsCertificate(toBeSignedDer, toBeSigned);
  // RFC 5280 §4.1.1.2; one of the two is not covered by the signature.
  if (!equalBytes(tbsCertificate.signatureAlgorithmDer, signed.signatureAlgorithmDer)) {
    throw new Asn1Error('the two signature algorithms of the certificate differ (RFC 5280 §4.1.1.2)');
  }
  return { ...tbsCertificate, ...signed };
}

/** False as well when the algorithm is unknown or does not fit the key. Names and validity are not looked at. */
export function verifyCertificateSignature(certificate: Certificate, issuerPublicKey: KeyObject): boolean {
  return verifySigned(certificate.tbsCertificateDer, certificate, issuerPublicKey);
}
