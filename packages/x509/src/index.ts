/** RFC 5280 and RFC 2986: names, extensions, requests, certificates, CRLs. */
export { parseCertificate, verifyCertificateSignature } from './certificate/certificate.ts';
export type { Certificate } from './certificate/certificate.ts';
export { encodeTbsCertificate } from './certificate/encode-tbs-certificate.ts';
export { parseTbsCertificate } from './certificate/parse-tbs-certificate.ts';
export type { TbsCertificate } from './certificate/parse-tbs-certificate.ts';
export type { IssuerFields, SubjectFields, TbsCertificateFields } from './certificate/tbs-certificate-fields.ts';
export { compileTbsCertificate } from './certificate/tbs-certificate-template.ts';
export type { TbsCertificateTemplate } from './certificate/tbs-certificate-template.ts';
export { parseCertificateList, parseTbsCertList, verifyCrlSignature } from './crl/certificate-list.ts';
export type { CertificateList, TbsCertList } from './crl/certificate-list.ts';
export { encodeCrlEntry } from './crl/crl-entry.ts';
export type { CrlEntry, CrlEntryFields } from './crl/crl-entry.ts';
export { crlReasonCodes, findCrlReason } from './crl/crl-reason.ts';
export type { CrlReason } from './crl/crl-reason.ts';
export { encodeTbsCertList, encodeTbsCertListParts } from './crl/tbs-cert-list.ts';
export type { TbsCertListFields } from './crl/tbs-cert-list.ts';
export { parseAuthorityInfoAccess } from './extensions/authority-info-access.ts';
export type { AuthorityInfoAccess } from './extensions/authority-info-access.ts';
export { parseBasicConstraints } from './extensions/basic-constraints.ts';
export type { BasicConstraints } from './extensions/basic-constraints.ts';
export { parseCertificatePolicies } from './extensions/certificate-policies.ts';
export type { PolicyInformation } from './extensions/certificate-policies.ts';
export { parseCrlNumber } from './extensions/crl-number.ts';
export {
  parseCrlDistributionPoints,
  parseIssuingDistributionPoint,
  reasonFlags,
} from './extensions/distribution-points.ts';
export type {
  DistributionPoint,
  IssuingDistributionPoint,
  IssuingDistributionPointFields,
  ReasonFlag,
} from './extensions/distribution-points.ts';
export { extension } from './extensions/encoders.ts';
export {
  encodeExtension,
  extensionEncoder,
  findExtension,
  parseExtension,
  parseExtensions,
} from './extensions/extension.ts';
export type { Extension } from './extensions/extension.ts';
export {
  keyIdentifierOf,
  parseAuthorityKeyIdentifier,
  parseSubjectKeyIdentifier,
} from './extensions/key-identifiers.ts';
export type { AuthorityKeyIdentifier } from './extensions/key-identifiers.ts';
export { keyUsageBits, keyUsageOf, parseExtendedKeyUsage, parseKeyUsage } from './extensions/key-usage.ts';
export type { KeyUsageBit } from './extensions/key-usage.ts';
export { parseNameConstraints } from './extensions/name-constraints.ts';
export type { NameConstraints, NameSubtree } from './extensions/name-constraints.ts';
export { subjectAltNamesOf } from './extensions/subject-alt-name.ts';
export { attributeTypes } from './names/attribute-type.ts';
export type { AttributeName } from './names/attribute-type.ts';
export { formatName } from './names/format-name.ts';
export { encodeGeneralName, encodeGeneralNames, parseGeneralNames, sameGeneralName } from './names/general-name.ts';
export type { GeneralName } from './names/general-name.ts';
export { formatIpAddress, parseIpAddress } from './names/ip-address.ts';
export { parseIpNetwork } from './names/ip-network.ts';
export { NameError } from './names/name-error.ts';
export { commonNameOf, encodeName, findAttribute, parseName, sameName } from './names/name.ts';
export type { AttributeTypeAndValue, Name, NameAttribute, RelativeDistinguishedName } from './names/name.ts';
export { parseDistinguishedName } from './names/parse-distinguished-name.ts';
export { nameSubtreeKinds, parseNameSubtree } from './names/parse-name-subtree.ts';
export type { NameSubtreeKind } from './names/parse-name-subtree.ts';
export { findNameConstraintViolation } from './names/name-subtree.ts';
export type { ConstrainedNames, NameConstraintViolation } from './names/name-subtree.ts';
export { parseCertificationRequest, verifyProofOfPossession } from './request/certification-request.ts';
export type { Attribute, CertificationRequest } from './request/certification-request.ts';
export { findLookAlike } from './request/look-alike.ts';
export type { LookAlike } from './request/look-alike.ts';
export { findRequestedSubject } from './request/requested-subject.ts';
export { RequestError } from './request/request-error.ts';
export type { RequestFault } from './request/request-error.ts';
export { createCertificationRequest } from './request/create-certification-request.ts';
export type { CertificationRequestFields } from './request/create-certification-request.ts';
export { encodeSigned } from './signed.ts';
export type { Signed } from './signed.ts';
