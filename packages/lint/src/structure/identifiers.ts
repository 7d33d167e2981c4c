/** Object identifiers that the lints tell apart, by the name their specification gives them. */

/** RFC 5280, with id-pkix-ocsp-nocheck of RFC 6960. */
export const extensionId = {
  subjectDirectoryAttributes: '2.5.29.9',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  issuerAltName: '2.5.29.18',
  basicConstraints: '2.5.29.19',
  cRLNumber: '2.5.29.20',
  cRLReasons: '2.5.29.21',
  invalidityDate: '2.5.29.24',
  deltaCRLIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  certificateIssuer: '2.5.29.29',
  nameConstraints: '2.5.29.30',
  cRLDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extKeyUsage: '2.5.29.37',
  freshestCRL: '2.5.29.46',
  inhibitAnyPolicy: '2.5.29.54',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  subjectInfoAccess: '1.3.6.1.5.5.7.1.11',
  ocspNoCheck: '1.3.6.1.5.5.7.48.1.5',
} as const;

/** RFC 5280 §4.2.1.12 */
export const keyPurposeId = {
  anyExtendedKeyUsage: '2.5.29.37.0',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  OCSPSigning: '1.3.6.1.5.5.7.3.9',
} as const;

/** RFC 5280 §4.2.2.1 */
export const accessMethodId = {
  ocsp: '1.3.6.1.5.5.7.48.1',
  caIssuers: '1.3.6.1.5.5.7.48.2',
} as const;

/** RFC 5280 §4.2.1.4 */
export const anyPolicy = '2.5.29.32.0';
export const userNoticeQualifier = '1.3.6.1.5.5.7.2.2';

/** RFC 9598 §3 */
export const smtpUtf8Mailbox = '1.3.6.1.5.5.7.8.9';

/** Public key algorithms: RFC 3279, 5480, 8410, 9881. */
export const keyAlgorithmId = {
  rsaEncryption: '1.2.840.113549.1.1.1',
  ecPublicKey: '1.2.840.10045.2.1',
  Ed25519: '1.3.101.112',
  Ed448: '1.3.101.113',
} as const;

/** RFC 9881 §4: octets of the public key per parameter set. */
export const mlDsaPublicKeyLength: Readonly<Record<string, number>> = {
  '2.16.840.1.101.3.4.3.17': 1312,
  '2.16.840.1.101.3.4.3.18': 1952,
  '2.16.840.1.101.3.4.3.19': 2592,
};

/** RFC 5480 §2.1.1.1 with octets of a coordinate. */
export const namedCurveCoordinateLength: Readonly<Record<string, number>> = {
  '1.2.840.10045.3.1.7': 32,
  '1.3.132.0.34': 48,
  '1.3.132.0.35': 66,
};
