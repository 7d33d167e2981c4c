/** What certificates and CRLs must both be. */
import type { Lint } from './lint.ts';
import type { Signed, SignedFrame } from './structure/signed.ts';
import { attributeIa5String } from './signed/attribute-ia5-string.ts';
import { attributeLength } from './signed/attribute-length.ts';
import { attributePrintableString } from './signed/attribute-printable-string.ts';
import { authorityInfoAccessNotCritical } from './signed/authority-info-access-not-critical.ts';
import { authorityInfoAccessNotEmpty } from './signed/authority-info-access-not-empty.ts';
import { authorityKeyIdentifierNotCritical } from './signed/authority-key-identifier-not-critical.ts';
import { authorityKeyIdentifierPair } from './signed/authority-key-identifier-pair.ts';
import { countryNameForm } from './signed/country-name-form.ts';
import { criticalExtensionKnown } from './signed/critical-extension-known.ts';
import { directoryStringType } from './signed/directory-string-type.ts';
import { dnsNameALabel } from './signed/dns-name-a-label.ts';
import { dnsNameForm } from './signed/dns-name-form.ts';
import { dnsNameTopLabel } from './signed/dns-name-top-label.ts';
import { ecdsaSignatureParametersAbsent } from './signed/ecdsa-signature-parameters-absent.ts';
import { eddsaSignatureParametersAbsent } from './signed/eddsa-signature-parameters-absent.ts';
import { extensionCriticalDefault } from './signed/extension-critical-default.ts';
import { extensionValueType } from './signed/extension-value-type.ts';
import { extensionsDistinct } from './signed/extensions-distinct.ts';
import { extensionsNotEmpty } from './signed/extensions-not-empty.ts';
import { freshestCrlNotCritical } from './signed/freshest-crl-not-critical.ts';
import { generalNameAscii } from './signed/general-name-ascii.ts';
import { generalNameNotEmpty } from './signed/general-name-not-empty.ts';
import { generalizedTimeForm } from './signed/generalized-time-form.ts';
import { ipAddressLength } from './signed/ip-address-length.ts';
import { issuerAltNameNotCritical } from './signed/issuer-alt-name-not-critical.ts';
import { issuerNotEmpty } from './signed/issuer-not-empty.ts';
import { mlDsaSignatureParametersAbsent } from './signed/ml-dsa-signature-parameters-absent.ts';
import { nameNoIgnoredCharacters } from './signed/name-no-ignored-characters.ts';
import { printableStringAlphabet } from './signed/printable-string-alphabet.ts';
import { rdnAttributeTypesDistinct } from './signed/rdn-attribute-types-distinct.ts';
import { rdnNotEmpty } from './signed/rdn-not-empty.ts';
import { rdnSetOrder } from './signed/rdn-set-order.ts';
import { rfc822NameForm } from './signed/rfc822-name-form.ts';
import { rsaSignatureParametersNull } from './signed/rsa-signature-parameters-null.ts';
import { rsassaPssParametersPresent } from './signed/rsassa-pss-parameters-present.ts';
import { signatureDigestCollisionResistant } from './signed/signature-digest-collision-resistant.ts';
import { smtpUtf8MailboxForm } from './signed/smtp-utf8-mailbox-form.ts';
import { statusUriForm } from './signed/status-uri-form.ts';
import { statusUriNotTls } from './signed/status-uri-not-tls.ts';
import { uriNameForm } from './signed/uri-name-form.ts';
import { utcTimeForm } from './signed/utc-time-form.ts';
import { utcTimeThrough2049 } from './signed/utc-time-through-2049.ts';
import { utf8StringWellFormed } from './signed/utf8-string-well-formed.ts';

/** Also of CRL entries. */
const extensionFrameLints: readonly Lint<Pick<SignedFrame, 'extensions'>>[] = [
  extensionsNotEmpty,
  extensionsDistinct,
  extensionCriticalDefault,
  criticalExtensionKnown,
];
const datedAndExtendedContentLints: readonly Lint<Pick<Signed, 'times' | 'extensions'>>[] = [
  utcTimeForm,
  generalizedTimeForm,
  utcTimeThrough2049,
  extensionValueType,
];
export const datedAndExtendedLints = [...extensionFrameLints, ...datedAndExtendedContentLints];

/** What the frame alone decides. */
export const signedFrameLints: readonly Lint<SignedFrame>[] = [
  ...extensionFrameLints,
  authorityInfoAccessNotCritical,
  authorityInfoAccessNotEmpty,
  authorityKeyIdentifierNotCritical,
  authorityKeyIdentifierPair,
  ecdsaSignatureParametersAbsent,
  eddsaSignatureParametersAbsent,
  freshestCrlNotCritical,
  issuerAltNameNotCritical,
  issuerNotEmpty,
  mlDsaSignatureParametersAbsent,
  rsaSignatureParametersNull,
  rsassaPssParametersPresent,
  signatureDigestCollisionResistant,
  statusUriForm,
  statusUriNotTls,
];

/** What names, times and values have a say in; each name and each time is judged by itself. */
export const signedContentLints: readonly Lint<Signed>[] = [
  ...datedAndExtendedContentLints,
  attributeIa5String,
  attributeLength,
  attributePrintableString,
  countryNameForm,
  directoryStringType,
  dnsNameALabel,
  dnsNameForm,
  dnsNameTopLabel,
  generalNameAscii,
  generalNameNotEmpty,
  ipAddressLength,
  nameNoIgnoredCharacters,
  printableStringAlphabet,
  rdnAttributeTypesDistinct,
  rdnNotEmpty,
  rdnSetOrder,
  rfc822NameForm,
  smtpUtf8MailboxForm,
  uriNameForm,
  utf8StringWellFormed,
];

export const signedLints: readonly Lint<Signed>[] = [...signedFrameLints, ...signedContentLints];
