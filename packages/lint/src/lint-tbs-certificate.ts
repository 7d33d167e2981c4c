/** Lints the very bytes that a CA is about to sign as a certificate. */
import { Asn1Error } from '@touchmark/asn1';
import { certificateLints } from './certificate-lints.ts';
import { runLints, type LintFinding } from './lint.ts';
import { notDer } from './not-der.ts';
import { criticalExtensionKnown, criticalExtensionKnownOr } from './signed/critical-extension-known.ts';
import { parseTbsCertificate, type TbsCertificate } from './structure/tbs-certificate.ts';

/**
 * Every requirement that the DER TBSCertificate breaks; none means that it may be signed. Bytes that cannot be taken
 * apart are one finding, `not-der`. Never throws for what the bytes hold.
 *
 * @param agreedCriticalExtensions object identifiers of critical extensions that are not of RFC 5280 and yet wanted
 */
export function lintTbsCertificate(
  tbsCertificateDer: Uint8Array,
  agreedCriticalExtensions: readonly string[] = [],
): LintFinding[] {
  let tbsCertificate: TbsCertificate;
  try {
    tbsCertificate = parseTbsCertificate(tbsCertificateDer);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return [notDer('TBSCertificate', error)];
  }
  if (agreedCriticalExtensions.length === 0) return runLints(certificateLints, tbsCertificate);
  const known = criticalExtensionKnownOr(agreedCriticalExtensions);
  const lints = certificateLints.map((lint) => (lint === criticalExtensionKnown ? known : lint));
  return runLints(lints, tbsCertificate);
}
