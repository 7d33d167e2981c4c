/** An authority ready to issue: its certificate parsed once, its public key loaded, its chain's constraints gathered. */
import { rfc5280 } from '@touchmark/asn1';
import type { KeyObject } from 'node:crypto';
import { parsePublicKey, signatureAlgorithms } from '@touchmark/crypto';
import type { SignatureAlgorithm } from '@touchmark/crypto';
import { findExtension, parseCertificate, parseName, parseSubjectKeyIdentifier } from '@touchmark/x509';
import type { Certificate, GeneralName } from '@touchmark/x509';
import { CaError } from './errors.ts';
import type { Authority } from './model.ts';
import { checkNameConstraints, constraintsBelow } from './path-constraints.ts';
import type { PathConstraints } from './path-constraints.ts';
import type { Profile } from './profile.ts';

/** What signing needs to know of an authority; a root that is being made has no certificate yet. */
export interface SigningAuthority {
  readonly authority: Pick<Authority, 'id' | 'name' | 'keyId' | 'state'>;
  readonly publicKey: KeyObject;
  readonly signatureAlgorithm: SignatureAlgorithm;
}

/** What of an authority stands in the certificates that it issues, or limits them. */
export interface IssuerContent {
  readonly authority: Pick<Authority, 'name' | 'crlShards' | 'state'>;
  readonly certificate: Pick<Certificate, 'subject' | 'notBefore' | 'notAfter'>;
  readonly signatureAlgorithm: Pick<SignatureAlgorithm, 'algorithmIdentifierDer'>;
  readonly subjectKeyIdentifier: Uint8Array;
  /** For what it issues. */
  readonly constraints: PathConstraints;
}

export interface Issuer extends SigningAuthority {
  readonly authority: Authority;
  readonly certificate: Certificate;
  readonly subjectKeyIdentifier: Uint8Array;
  readonly constraints: PathConstraints;
}

/** @param above the authority that certified this one; undefined for a root */
export function loadIssuer(authority: Authority, above?: Issuer): Issuer {
  const certificate = parseCertificate(authority.certificateDer);
  const extension = findExtension(certificate, rfc5280['id-ce-subjectKeyIdentifier']);
  if (extension === undefined) {
    throw new CaError('notReady', `The certificate of authority "${authority.name}" has no subjectKeyIdentifier.`);
  }
  return {
    authority,
    certificate,
    publicKey: parsePublicKey(certificate.subjectPublicKeyInfoDer).keyObject,
    signatureAlgorithm: signatureAlgorithms[authority.signatureAlgorithm],
    subjectKeyIdentifier: parseSubjectKeyIdentifier(extension.value),
    constraints: constraintsBelow(certificate, authority.name, above?.constraints),
  };
}

/** @throws CaError `authorityRetired` */
export function checkInUse({ authority }: { readonly authority: Pick<Authority, 'name' | 'state'> }): void {
  if (authority.state === 'retired') throw authorityRetired(authority.name);
}

export function authorityRetired(name: string): CaError {
  return new CaError(
    'authorityRetired',
    `The authority "${name}" is retired and issues nothing any more. Use another one.`,
  );
}

/**
 * Whether the issuer may certify these names by this profile. What the service certifies for itself is exempt from the state
 * of the authority: a retired one still needs a responder.
 *
 * @throws CaError `authorityRetired` or `nameConstraintViolated`
 */
export function checkIssuerAllows(
  issuer: IssuerContent,
  { rules }: Profile,
  names: { readonly subjectDer: Uint8Array; readonly subjectAltNames: readonly GeneralName[] },
): void {
  if (!rules.service) checkInUse(issuer);
  if (issuer.constraints.nameConstraints.length === 0) return;
  const { subjectDer, subjectAltNames } = names;
  checkNameConstraints(issuer.constraints, { subject: parseName(subjectDer), subjectAltNames });
}
