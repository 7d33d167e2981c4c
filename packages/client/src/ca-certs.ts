/** Which of the CA certificates of a server to believe: those that a trusted root vouches for. */
import { decodePem, encodePem, equalBytes } from '@touchmark/asn1';
import type { Certificate } from '@touchmark/x509';
import type { CaCerts, EstTrust } from './est-client.ts';
import { EstError } from './est-error.ts';
import { fingerprintOf, hasIssued, isCa } from './issuing-certificates.ts';

const longestChain = 8;

export function selectTrusted(certificates: readonly Certificate[], trust: EstTrust): CaCerts {
  const isRoot = rootTest(trust);
  const roots = certificates.filter(
    (certificate) => isCa(certificate) && hasIssued(certificate, certificate) && isRoot(certificate),
  );
  if (roots.length === 0) {
    throw new EstError(
      'rootNotFound',
      'The server does not present the root that was to be trusted. Compare the fingerprint with the operator, and check the URL.',
    );
  }
  const trusted = [...roots];
  // Each pass takes in what the certificates trusted so far have issued.
  for (let pass = 0; pass < longestChain; pass++) {
    const vouchedFor = certificates.filter(
      (certificate) =>
        !trusted.includes(certificate) && isCa(certificate) && trusted.some((issuer) => hasIssued(issuer, certificate)),
    );
    if (vouchedFor.length === 0) break;
    trusted.push(...vouchedFor);
  }
  return {
    rootsPem: roots.map((root) => encodePem('CERTIFICATE', root.der)).join(''),
    certificatesDer: trusted.map((certificate) => certificate.der),
  };
}

function rootTest(trust: EstTrust): (certificate: Certificate) => boolean {
  if ('rootFingerprint' in trust) {
    const wanted = trust.rootFingerprint.replaceAll(':', '').toLowerCase();
    return (certificate) => fingerprintOf(certificate.der) === wanted;
  }
  const roots = decodePem(trust.roots).filter(({ label }) => label === 'CERTIFICATE');
  return (certificate) => roots.some(({ bytes }) => equalBytes(bytes, certificate.der));
}

/** The issuing CAs of a certificate, nearest first, without the root. Throws `wrongCertificate` when there is no chain. */
export function chainFor(certificate: Certificate, issuers: readonly Certificate[]): Certificate[] {
  const chain: Certificate[] = [];
  let current = certificate;
  while (chain.length < longestChain) {
    const issuer = issuers.find((candidate) => hasIssued(candidate, current));
    if (issuer === undefined) break;
    if (hasIssued(issuer, issuer)) return chain;
    chain.push(issuer);
    current = issuer;
  }
  throw new EstError('wrongCertificate', 'The certificate in the answer is not issued by a CA of this server.');
}
