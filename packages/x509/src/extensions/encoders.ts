/** The encoders of extensions, each to the DER of one whole Extension. */
import { encodeAuthorityInfoAccess } from './authority-info-access.ts';
import { encodeBasicConstraints } from './basic-constraints.ts';
import { encodeCertificatePolicies, encodeOcspNoCheck } from './certificate-policies.ts';
import { encodeCrlNumber, encodeDeltaCrlIndicator } from './crl-number.ts';
import {
  encodeCrlDistributionPoints,
  encodeFreshestCrl,
  encodeIssuingDistributionPoint,
} from './distribution-points.ts';
import { encodeAuthorityKeyIdentifier, encodeSubjectKeyIdentifier } from './key-identifiers.ts';
import { encodeExtendedKeyUsage, encodeKeyUsage } from './key-usage.ts';
import { encodeNameConstraints } from './name-constraints.ts';
import { encodeSubjectAltName } from './subject-alt-name.ts';

export const extension = {
  basicConstraints: encodeBasicConstraints,
  keyUsage: encodeKeyUsage,
  extendedKeyUsage: encodeExtendedKeyUsage,
  subjectKeyIdentifier: encodeSubjectKeyIdentifier,
  authorityKeyIdentifier: encodeAuthorityKeyIdentifier,
  subjectAltName: encodeSubjectAltName,
  nameConstraints: encodeNameConstraints,
  crlDistributionPoints: encodeCrlDistributionPoints,
  authorityInfoAccess: encodeAuthorityInfoAccess,
  certificatePolicies: encodeCertificatePolicies,
  ocspNoCheck: encodeOcspNoCheck,
  crlNumber: encodeCrlNumber,
  deltaCrlIndicator: encodeDeltaCrlIndicator,
  issuingDistributionPoint: encodeIssuingDistributionPoint,
  freshestCrl: encodeFreshestCrl,
} as const;
