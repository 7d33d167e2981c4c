/** The table of requirements on a TBSCertificate: a lint that is not listed does not run. */
import type { Lint } from './lint.ts';
import { signedContentLints, signedFrameLints } from './signed-lints.ts';
import type { CertificateFrame, TbsCertificate } from './structure/tbs-certificate.ts';
import { altNamesNotEmpty } from './certificate/alt-names-not-empty.ts';
import { anyExtendedKeyUsageNotCritical } from './certificate/any-extended-key-usage-not-critical.ts';
import { authorityKeyIdentifierPresent } from './certificate/authority-key-identifier-present.ts';
import { basicConstraintsCriticalInCa } from './certificate/basic-constraints-critical-in-ca.ts';
import { basicConstraintsDefault } from './certificate/basic-constraints-default.ts';
import { caSubjectNotEmpty } from './certificate/ca-subject-not-empty.ts';
import { certificatePoliciesDistinct } from './certificate/certificate-policies-distinct.ts';
import { certificatePoliciesNotEmpty } from './certificate/certificate-policies-not-empty.ts';
import { crlDistributionPointsNotCritical } from './certificate/crl-distribution-points-not-critical.ts';
import { crlDistributionPointsNotEmpty } from './certificate/crl-distribution-points-not-empty.ts';
import { distributionPointForAllReasons } from './certificate/distribution-point-for-all-reasons.ts';
import { distributionPointHasName } from './certificate/distribution-point-has-name.ts';
import { ecKeyUsage } from './certificate/ec-key-usage.ts';
import { ecParametersNamedCurve } from './certificate/ec-parameters-named-curve.ts';
import { ecPointForm } from './certificate/ec-point-form.ts';
import { eddsaKeyForm } from './certificate/eddsa-key-form.ts';
import { eddsaKeyUsage } from './certificate/eddsa-key-usage.ts';
import { emptySubjectCriticalAltName } from './certificate/empty-subject-critical-alt-name.ts';
import { encipherOnlyNeedsKeyAgreement } from './certificate/encipher-only-needs-key-agreement.ts';
import { explicitTextForm } from './certificate/explicit-text-form.ts';
import { extendedKeyUsageConsistent } from './certificate/extended-key-usage-consistent.ts';
import { extendedKeyUsageNotEmpty } from './certificate/extended-key-usage-not-empty.ts';
import { inhibitAnyPolicyForm } from './certificate/inhibit-any-policy-form.ts';
import { keyCertSignNeedsCa } from './certificate/key-cert-sign-needs-ca.ts';
import { keyIdentifierNotEmpty } from './certificate/key-identifier-not-empty.ts';
import { keyUsageCritical } from './certificate/key-usage-critical.ts';
import { keyUsageEncoding } from './certificate/key-usage-encoding.ts';
import { keyUsageNotEmpty } from './certificate/key-usage-not-empty.ts';
import { keyUsagePresentInCa } from './certificate/key-usage-present-in-ca.ts';
import { mlDsaKeyForm } from './certificate/ml-dsa-key-form.ts';
import { mlDsaKeyUsage } from './certificate/ml-dsa-key-usage.ts';
import { nameConstraintsCritical } from './certificate/name-constraints-critical.ts';
import { nameConstraintsNotEmpty } from './certificate/name-constraints-not-empty.ts';
import { nameConstraintsOnlyInCa } from './certificate/name-constraints-only-in-ca.ts';
import { nameConstraintsSubtrees } from './certificate/name-constraints-subtrees.ts';
import { ocspLocationUri } from './certificate/ocsp-location-uri.ts';
import { ocspNoCheckNeedsOcspSigning } from './certificate/ocsp-no-check-needs-ocsp-signing.ts';
import { ocspNoCheckNotCritical } from './certificate/ocsp-no-check-not-critical.ts';
import { ocspNoCheckNull } from './certificate/ocsp-no-check-null.ts';
import { pathLenConstraintNeedsCa } from './certificate/path-len-constraint-needs-ca.ts';
import { policyConstraintsForm } from './certificate/policy-constraints-form.ts';
import { policyMappingsForm } from './certificate/policy-mappings-form.ts';
import { publicKeyWholeOctets } from './certificate/public-key-whole-octets.ts';
import { rsaKeyUsage } from './certificate/rsa-key-usage.ts';
import { rsaParametersNull } from './certificate/rsa-parameters-null.ts';
import { rsaPublicKeyForm } from './certificate/rsa-public-key-form.ts';
import { serialNumberLength } from './certificate/serial-number-length.ts';
import { serialNumberPositive } from './certificate/serial-number-positive.ts';
import { subjectAltNameNotCritical } from './certificate/subject-alt-name-not-critical.ts';
import { subjectDirectoryAttributesNotCritical } from './certificate/subject-directory-attributes-not-critical.ts';
import { subjectInfoAccessNotCritical } from './certificate/subject-info-access-not-critical.ts';
import { subjectKeyIdentifierNotCritical } from './certificate/subject-key-identifier-not-critical.ts';
import { subjectKeyIdentifierPresentInCa } from './certificate/subject-key-identifier-present-in-ca.ts';
import { timeStampingAlone } from './certificate/time-stamping-alone.ts';
import { uniqueIdentifiersAbsent } from './certificate/unique-identifiers-absent.ts';
import { validityOrder } from './certificate/validity-order.ts';
import { version3WithExtensions } from './certificate/version-3-with-extensions.ts';

/** What the frame alone decides. */
export const frameLints: readonly Lint<CertificateFrame>[] = [
  ...signedFrameLints,
  anyExtendedKeyUsageNotCritical,
  basicConstraintsCriticalInCa,
  basicConstraintsDefault,
  certificatePoliciesDistinct,
  certificatePoliciesNotEmpty,
  crlDistributionPointsNotCritical,
  crlDistributionPointsNotEmpty,
  distributionPointForAllReasons,
  distributionPointHasName,
  ecKeyUsage,
  ecParametersNamedCurve,
  eddsaKeyUsage,
  encipherOnlyNeedsKeyAgreement,
  explicitTextForm,
  extendedKeyUsageConsistent,
  extendedKeyUsageNotEmpty,
  inhibitAnyPolicyForm,
  keyCertSignNeedsCa,
  keyUsageCritical,
  keyUsageEncoding,
  keyUsageNotEmpty,
  keyUsagePresentInCa,
  mlDsaKeyUsage,
  nameConstraintsCritical,
  nameConstraintsNotEmpty,
  nameConstraintsOnlyInCa,
  nameConstraintsSubtrees,
  ocspLocationUri,
  ocspNoCheckNeedsOcspSigning,
  ocspNoCheckNotCritical,
  ocspNoCheckNull,
  pathLenConstraintNeedsCa,
  policyConstraintsForm,
  policyMappingsForm,
  rsaKeyUsage,
  rsaParametersNull,
  subjectDirectoryAttributesNotCritical,
  subjectInfoAccessNotCritical,
  subjectKeyIdentifierNotCritical,
  subjectKeyIdentifierPresentInCa,
  timeStampingAlone,
  uniqueIdentifiersAbsent,
  version3WithExtensions,
];

/** What the subject's own part has a say in. */
export const subjectLints: readonly Lint<TbsCertificate>[] = [
  ...signedContentLints,
  altNamesNotEmpty,
  authorityKeyIdentifierPresent,
  caSubjectNotEmpty,
  ecPointForm,
  eddsaKeyForm,
  emptySubjectCriticalAltName,
  keyIdentifierNotEmpty,
  mlDsaKeyForm,
  publicKeyWholeOctets,
  rsaPublicKeyForm,
  serialNumberLength,
  serialNumberPositive,
  subjectAltNameNotCritical,
  validityOrder,
];

export const certificateLints: readonly Lint<TbsCertificate>[] = [...frameLints, ...subjectLints];
