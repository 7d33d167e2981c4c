/** Lints the very bytes that a CA is about to sign as a certificate. */
import { Asn1Error } from '@touchmark/asn1';
import { certificateLints } from './certificate-lints.ts';
import { runLints, type LintFinding } from './lint.ts';
import { notDer } from './not-der.ts';
import { parseTbsCertificate, type TbsCertificate } from './structure/tbs-certificate.ts';

/**
 * Every requirement that the DER TBSCertificate breaks; none means that it may be signed. Bytes that cannot be taken
 * apart are one finding, `not-der`. Never throws for what the bytes hold.
 */
export function lintTbsCertificate(tbsCertificateDer: Uint8Array): LintFinding[] {
  let tbsCertificate: TbsCertificate;
  try {
    tbsCertificate = parseTbsCertificate(tbsCertificateDer);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return [notDer('TBSCertificate', error)];
  }
  return runLints(certificateLints, tbsCertificate);
}
