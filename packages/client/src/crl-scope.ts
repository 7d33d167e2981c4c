/** Whether a CRL speaks for a certificate (RFC 5280 §6.3.3 b and §5.2.5). */
import { rfc5280 } from '@touchmark/asn1';
import { findExtension, parseCrlDistributionPoints, parseIssuingDistributionPoint } from '@touchmark/x509';
import type { Certificate, CertificateList } from '@touchmark/x509';
import { isCa } from './issuing-certificates.ts';

/** Of the issuingDistributionPoint; `urls` empty: all certificates of the issuer. */
export interface CrlScope {
  readonly urls: readonly string[];
  readonly onlyContains: 'userCerts' | 'caCerts' | 'all';
}

/** Critical extensions of a CRL that change what it means, all of which we read or refuse. */
const understood: ReadonlySet<string> = new Set([
  rfc5280['id-ce-issuingDistributionPoint'],
  rfc5280['id-ce-authorityKeyIdentifier'],
  rfc5280['id-ce-cRLNumber'],
]);

/** Throws when the CRL is of a kind that proves nothing by itself: delta, indirect, some reasons only, or unknown. */
export function scopeOf(crl: CertificateList): CrlScope {
  const unknown = crl.extensions.find(({ critical, oid }) => critical && !understood.has(oid));
  if (unknown !== undefined)
    throw new Error(`The CRL has a critical extension that is not understood: ${unknown.oid}.`);
  const extension = crl.extensions.find(({ oid }) => oid === rfc5280['id-ce-issuingDistributionPoint']);
  if (extension === undefined) return { urls: [], onlyContains: 'all' };
  const point = parseIssuingDistributionPoint(extension.value);
  if (point.fullName !== undefined && point.urls.length === 0) {
    throw new Error('The CRL names its distribution point by other means than a URL.');
  }
  if (point.indirectCRL || point.onlyContainsAttributeCerts || point.onlySomeReasons !== undefined) {
    throw new Error('The CRL is indirect, or for attribute certificates or some reasons only.');
  }
  const onlyContains = point.onlyContainsUserCerts ? 'userCerts' : point.onlyContainsCACerts ? 'caCerts' : 'all';
  return { urls: point.urls, onlyContains };
}

export function covers(scope: CrlScope, certificate: Certificate): boolean {
  if (scope.onlyContains !== 'all' && (scope.onlyContains === 'caCerts') !== isCa(certificate)) return false;
  if (scope.urls.length === 0) return true;
  const extension = findExtension(certificate, rfc5280['id-ce-cRLDistributionPoints']);
  if (extension === undefined) return false;
  return parseCrlDistributionPoints(extension.value).some(
    ({ urls, reasons, cRLIssuer }) =>
      reasons === undefined && cRLIssuer === undefined && urls.some((url) => scope.urls.includes(url)),
  );
}
