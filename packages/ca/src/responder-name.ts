/** The subjects of an authority's OCSP responder and SCEP RA: near that of the authority, so that name constraints which fit the one fit the others. */
import { attributeTypes, encodeName, findAttribute, parseName } from '@touchmark/x509';
import type { AttributeName, Name, NameAttribute } from '@touchmark/x509';
import { CaError } from './errors.ts';
import { checkNameConstraints } from './path-constraints.ts';
import type { PathConstraints } from './path-constraints.ts';

/** In the order in which the profiles of both have them. */
const inherited = [
  'countryName',
  'stateOrProvinceName',
  'localityName',
  'organizationName',
  'organizationalUnitName',
] as const satisfies readonly AttributeName[];

const longestCommonName = 64;

export function responderSubject(authorityName: string, authoritySubject: Name): NameAttribute[] {
  return subjectNear(authoritySubject, `OCSP responder of ${authorityName}`);
}

export function registrationAuthoritySubject(authorityName: string, authoritySubject: Name): NameAttribute[] {
  return subjectNear(authoritySubject, `SCEP RA of ${authorityName}`);
}

function subjectNear(authoritySubject: Name, commonName: string): NameAttribute[] {
  const attributes = inherited.flatMap((attribute): NameAttribute[] => {
    const value = findAttribute(authoritySubject, attributeTypes[attribute].oid);
    return value === undefined ? [] : [{ attribute, value }];
  });
  return [...attributes, { attribute: 'commonName', value: commonName.slice(0, longestCommonName) }];
}

/** An authority that may not certify its own responder could not answer for what it issues. */
export function checkResponderName(constraints: PathConstraints, authorityName: string, authoritySubject: Name): void {
  const subject = parseName(encodeName(responderSubject(authorityName, authoritySubject)));
  try {
    checkNameConstraints(constraints, { subject, subjectAltNames: [] });
  } catch (error) {
    if (!(error instanceof CaError)) throw error;
    throw new CaError(
      error.code,
      `The name constraints leave no room for the OCSP responder of "${authorityName}", whose subject has the C, ST, L, O and OU of the authority in this order: permit a directoryName of these. ${error.message}`,
      { cause: error },
    );
  }
}
