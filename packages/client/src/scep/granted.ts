/** What a SUCCESS brings: a certificate or a CRL, and whether it is the one that was asked for. */
import { equalBytes } from '@touchmark/asn1';
import type { SignedData } from '@touchmark/cms';
import { parseCertificate, parseCertificateList, sameName, verifyCrlSignature } from '@touchmark/x509';
import type { Certificate } from '@touchmark/x509';
import { acceptableKeyOf, maySignCrls } from '../issuing-certificates.ts';
import { issuersOf, trustedCas } from './authority.ts';
import type { ScepAuthority } from './authority.ts';
import { readAnswer, ScepError } from './scep-error.ts';

export interface GrantedCertificate {
  readonly certificate: Certificate;
  /** Nearest first, up to the trusted one. */
  readonly issuers: readonly Certificate[];
}

/** Throws ScepError `wrongCertificate` unless there is one that `isWanted` and that the trusted CA vouches for. */
export function findCertificate(
  { certificatesDer }: SignedData,
  authority: ScepAuthority,
  isWanted: (certificate: Certificate) => boolean,
  now: Date,
): GrantedCertificate {
  const certificates = readAnswer('A certificate in the answer', () =>
    certificatesDer.map((certificateDer) => parseCertificate(certificateDer)),
  );
  const certificate = certificates.find(isWanted);
  if (certificate === undefined) {
    throw new ScepError(
      'wrongCertificate',
      'The answer has another certificate than the one that was asked for. Tell the operator of the CA.',
    );
  }
  const issuers = issuersOf(certificate, casOf(authority, certificates, now), authority.anchors);
  if (issuers === undefined) {
    throw new ScepError(
      'wrongCertificate',
      'The certificate in the answer is not issued by the trusted CA or one below it. Tell the operator of the CA.',
    );
  }
  return { certificate, issuers };
}

/** Throws ScepError `wrongCrl` unless there is a CRL by the CA that issued the certificate. */
export function findCrl({ crlsDer }: SignedData, authority: ScepAuthority, issuerDer: Uint8Array): Uint8Array {
  const issuers = casOf(authority, [], new Date()).filter(
    (ca) => equalBytes(ca.subject.der, issuerDer) && maySignCrls(ca),
  );
  const crl = readAnswer('The CRL in the answer', () =>
    crlsDer.map((crlDer) => ({ crlDer, ...parseCertificateList(crlDer) })),
  );
  const found = crl.find((list) =>
    issuers.some((issuer) => {
      const key = acceptableKeyOf(issuer);
      return key !== undefined && sameName(list.issuer, issuer.subject) && verifyCrlSignature(list, key);
    }),
  );
  if (found === undefined) {
    throw new ScepError(
      'wrongCrl',
      'The answer has no CRL by the CA of the certificate. Fetch it from where the certificate says.',
    );
  }
  return found.crlDer;
}

/** The CAs of GetCACert, and those in the answer that they vouch for. */
function casOf(
  { anchors, ca, chain }: ScepAuthority,
  certificates: readonly Certificate[],
  now: Date,
): readonly Certificate[] {
  return trustedCas(anchors, [ca, ...chain, ...certificates], now);
}
