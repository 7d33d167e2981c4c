/** An authority ready to issue: its certificate parsed once, its public key loaded, its status URLs known. */
import { rfc5280 } from '@touchmark/asn1';
import type { KeyObject } from 'node:crypto';
import { parsePublicKey, signatureAlgorithms } from '@touchmark/crypto';
import type { SignatureAlgorithm } from '@touchmark/crypto';
import { findExtension, parseCertificate, parseSubjectKeyIdentifier } from '@touchmark/x509';
import type { Certificate } from '@touchmark/x509';
import { CaError } from './errors.ts';
import type { Authority } from './model.ts';

/** What signing needs to know of an authority; a root that is being made has no certificate yet. */
export interface SigningAuthority {
  readonly authority: Pick<Authority, 'id' | 'name' | 'keyId'>;
  readonly publicKey: KeyObject;
  readonly signatureAlgorithm: SignatureAlgorithm;
}

/** What of an authority stands in the certificates that it issues, or limits them. */
export interface IssuerContent {
  readonly authority: Pick<Authority, 'name' | 'crlShards'>;
  readonly certificate: Pick<Certificate, 'subject' | 'notBefore' | 'notAfter'>;
  readonly signatureAlgorithm: Pick<SignatureAlgorithm, 'algorithmIdentifierDer'>;
  readonly subjectKeyIdentifier: Uint8Array;
}

export interface Issuer extends SigningAuthority {
  readonly authority: Authority;
  readonly certificate: Certificate;
  readonly subjectKeyIdentifier: Uint8Array;
}

export function loadIssuer(authority: Authority): Issuer {
  const certificate = parseCertificate(authority.certificateDer);
  const extension = findExtension(certificate, rfc5280['id-ce-subjectKeyIdentifier']);
  if (extension === undefined) {
    throw new CaError('notReady', `The certificate of authority "${authority.name}" has no subjectKeyIdentifier.`);
  }
  const publicKey = parsePublicKey(certificate.subjectPublicKeyInfoDer);
  return {
    authority,
    certificate,
    publicKey: publicKey.keyObject,
    signatureAlgorithm: signatureAlgorithms[authority.signatureAlgorithm],
    subjectKeyIdentifier: parseSubjectKeyIdentifier(extension.value),
  };
}
