/** The tables of requirements on a TBSCertList and on each of its entries. */
import type { Lint } from './lint.ts';
import { datedAndExtendedLints, signedLints } from './signed-lints.ts';
import type { CrlEntryInList, TbsCertList } from './structure/tbs-cert-list.ts';
import { crlAccessMethodCaIssuers } from './crl/crl-access-method-ca-issuers.ts';
import { crlAuthorityKeyIdentifierPresent } from './crl/crl-authority-key-identifier-present.ts';
import { crlEntriesDistinct } from './crl/crl-entries-distinct.ts';
import { crlNumberLength } from './crl/crl-number-length.ts';
import { crlNumberNotCritical } from './crl/crl-number-not-critical.ts';
import { crlNumberPresent } from './crl/crl-number-present.ts';
import { crlVersion2 } from './crl/crl-version-2.ts';
import { deltaCrlBaseBefore } from './crl/delta-crl-base-before.ts';
import { deltaCrlIndicatorCritical } from './crl/delta-crl-indicator-critical.ts';
import { freshestCrlNotInDelta } from './crl/freshest-crl-not-in-delta.ts';
import { issuingDistributionPointCritical } from './crl/issuing-distribution-point-critical.ts';
import { issuingDistributionPointDefault } from './crl/issuing-distribution-point-default.ts';
import { issuingDistributionPointNotEmpty } from './crl/issuing-distribution-point-not-empty.ts';
import { issuingDistributionPointScope } from './crl/issuing-distribution-point-scope.ts';
import { nextUpdatePresent } from './crl/next-update-present.ts';
import { revokedCertificatesNotEmpty } from './crl/revoked-certificates-not-empty.ts';
import { updateOrder } from './crl/update-order.ts';
import { certificateIssuerOnlyInIndirect } from './crl-entry/certificate-issuer-only-in-indirect.ts';
import { crlEntrySerialNumber } from './crl-entry/crl-entry-serial-number.ts';
import { invalidityDateForm } from './crl-entry/invalidity-date-form.ts';
import { invalidityDateNotCritical } from './crl-entry/invalidity-date-not-critical.ts';
import { reasonCodeDefined } from './crl-entry/reason-code-defined.ts';
import { reasonCodeNotCritical } from './crl-entry/reason-code-not-critical.ts';
import { reasonCodeNotUnspecified } from './crl-entry/reason-code-not-unspecified.ts';

export const crlLints: readonly Lint<TbsCertList>[] = [
  ...signedLints,
  crlAccessMethodCaIssuers,
  crlAuthorityKeyIdentifierPresent,
  crlEntriesDistinct,
  crlNumberLength,
  crlNumberNotCritical,
  crlNumberPresent,
  crlVersion2,
  deltaCrlBaseBefore,
  deltaCrlIndicatorCritical,
  freshestCrlNotInDelta,
  issuingDistributionPointCritical,
  issuingDistributionPointDefault,
  issuingDistributionPointNotEmpty,
  issuingDistributionPointScope,
  nextUpdatePresent,
  revokedCertificatesNotEmpty,
  updateOrder,
];

export const crlEntryLints: readonly Lint<CrlEntryInList>[] = [
  ...datedAndExtendedLints,
  certificateIssuerOnlyInIndirect,
  crlEntrySerialNumber,
  invalidityDateForm,
  invalidityDateNotCritical,
  reasonCodeDefined,
  reasonCodeNotCritical,
  reasonCodeNotUnspecified,
];
