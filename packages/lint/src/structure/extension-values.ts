/** The values of the extensions that the lints look into, decoded once. */
import { DerReader, tag } from '@touchmark/asn1';
import {
  readDistributionPoints,
  readIssuingDistributionPoint,
  type DistributionPoint,
  type IssuingDistributionPoint,
} from './distribution-point.ts';
import { readGeneralName, readGeneralNames, type GeneralName } from './general-name.ts';
import { extensionId } from './identifiers.ts';
import { readKeyUsage, type KeyUsage } from './key-usage.ts';
import { readNameConstraints, type NameConstraints } from './name-constraints.ts';
import {
  readCertificatePolicies,
  readPolicyConstraints,
  readPolicyMappings,
  type PolicyConstraints,
  type PolicyInformation,
  type PolicyMapping,
} from './policies.ts';
import { generalizedTime, type Time } from './time.ts';
import { latin1 } from './text.ts';

export interface BasicConstraints {
  readonly cA: boolean;
  /** FALSE is the default and must not be encoded (X.690 §11.5). */
  readonly encodesFalse: boolean;
  readonly pathLenConstraint: bigint | undefined;
}

export interface AuthorityKeyIdentifier {
  readonly keyIdentifier: Uint8Array | undefined;
  readonly hasAuthorityCertIssuer: boolean;
  readonly hasAuthorityCertSerialNumber: boolean;
}

export interface AccessDescription {
  readonly accessMethod: string;
  readonly accessLocation: GeneralName;
}

/** What is about the subject. Undefined: not there, or not decodable. */
export class SubjectExtensionValues {
  subjectKeyIdentifier: Uint8Array | undefined = undefined;
  subjectAltName: readonly GeneralName[] | undefined = undefined;
}

/** Undefined: not there, or not decodable. */
export class ExtensionValues {
  authorityKeyIdentifier: AuthorityKeyIdentifier | undefined = undefined;
  keyUsage: KeyUsage | undefined = undefined;
  basicConstraints: BasicConstraints | undefined = undefined;
  extKeyUsage: readonly string[] | undefined = undefined;
  issuerAltName: readonly GeneralName[] | undefined = undefined;
  cRLDistributionPoints: readonly DistributionPoint[] | undefined = undefined;
  freshestCRL: readonly DistributionPoint[] | undefined = undefined;
  authorityInfoAccess: readonly AccessDescription[] | undefined = undefined;
  subjectInfoAccess: readonly AccessDescription[] | undefined = undefined;
  certificatePolicies: readonly PolicyInformation[] | undefined = undefined;
  policyMappings: readonly PolicyMapping[] | undefined = undefined;
  policyConstraints: PolicyConstraints | undefined = undefined;
  inhibitAnyPolicy: bigint | undefined = undefined;
  nameConstraints: NameConstraints | undefined = undefined;
  /** Content octets of the INTEGER. */
  cRLNumber: Uint8Array | undefined = undefined;
  deltaCRLIndicator: Uint8Array | undefined = undefined;
  issuingDistributionPoint: IssuingDistributionPoint | undefined = undefined;
  reasonCode: number | undefined = undefined;
  invalidityDate: Time | undefined = undefined;
  /** As it stands. */
  ocspNoCheck: Uint8Array | undefined = undefined;
}

/** Decodes an extension's value into its field; unknown extensions are left alone. Throws Asn1Error. */
export function decodeExtensionValue(
  oid: string,
  value: Uint8Array,
  into: ExtensionValues,
  ofSubject: SubjectExtensionValues,
): void {
  const reader = new DerReader(value);
  switch (oid) {
    case extensionId.authorityKeyIdentifier:
      into.authorityKeyIdentifier = readAuthorityKeyIdentifier(reader.enter(tag.sequence));
      break;
    case extensionId.subjectKeyIdentifier:
      ofSubject.subjectKeyIdentifier = reader.octetString();
      break;
    case extensionId.keyUsage:
      into.keyUsage = readKeyUsage(reader);
      break;
    case extensionId.basicConstraints:
      into.basicConstraints = readBasicConstraints(reader.enter(tag.sequence));
      break;
    case extensionId.extKeyUsage:
      into.extKeyUsage = readExtKeyUsage(reader.enter(tag.sequence));
      break;
    case extensionId.subjectAltName:
      ofSubject.subjectAltName = readGeneralNames(reader.enter(tag.sequence));
      break;
    case extensionId.issuerAltName:
      into.issuerAltName = readGeneralNames(reader.enter(tag.sequence));
      break;
    case extensionId.cRLDistributionPoints:
      into.cRLDistributionPoints = readDistributionPoints(reader.enter(tag.sequence));
      break;
    case extensionId.freshestCRL:
      into.freshestCRL = readDistributionPoints(reader.enter(tag.sequence));
      break;
    case extensionId.authorityInfoAccess:
      into.authorityInfoAccess = readAccessDescriptions(reader.enter(tag.sequence));
      break;
    case extensionId.subjectInfoAccess:
      into.subjectInfoAccess = readAccessDescriptions(reader.enter(tag.sequence));
      break;
    case extensionId.certificatePolicies:
      into.certificatePolicies = readCertificatePolicies(reader.enter(tag.sequence));
      break;
    case extensionId.policyMappings:
      into.policyMappings = readPolicyMappings(reader.enter(tag.sequence));
      break;
    case extensionId.policyConstraints:
      into.policyConstraints = readPolicyConstraints(reader.enter(tag.sequence));
      break;
    case extensionId.inhibitAnyPolicy:
      into.inhibitAnyPolicy = reader.integer();
      break;
    case extensionId.nameConstraints:
      into.nameConstraints = readNameConstraints(reader.enter(tag.sequence));
      break;
    case extensionId.cRLNumber:
      into.cRLNumber = reader.integerBytes();
      break;
    case extensionId.deltaCRLIndicator:
      into.deltaCRLIndicator = reader.integerBytes();
      break;
    case extensionId.issuingDistributionPoint:
      into.issuingDistributionPoint = readIssuingDistributionPoint(reader.enter(tag.sequence));
      break;
    case extensionId.cRLReasons:
      into.reasonCode = reader.enumerated();
      break;
    case extensionId.invalidityDate:
      into.invalidityDate = generalizedTime(latin1(reader.content(tag.generalizedTime)), 'invalidityDate');
      break;
    case extensionId.ocspNoCheck:
      into.ocspNoCheck = value;
      return;
    default:
      return;
  }
  reader.end();
}

function readBasicConstraints(fields: DerReader): BasicConstraints {
  const flag = fields.peek() === tag.boolean ? fields.boolean() : undefined;
  const pathLenConstraint = fields.peek() === tag.integer ? fields.integer() : undefined;
  fields.end();
  return { cA: flag === true, encodesFalse: flag === false, pathLenConstraint };
}

function readAuthorityKeyIdentifier(fields: DerReader): AuthorityKeyIdentifier {
  const keyIdentifier = fields.peek() === 0x80 ? fields.content(0x80) : undefined;
  const hasAuthorityCertIssuer = fields.optionalElement(0xa1) !== undefined;
  const hasAuthorityCertSerialNumber = fields.optionalElement(0x82) !== undefined;
  fields.end();
  return { keyIdentifier, hasAuthorityCertIssuer, hasAuthorityCertSerialNumber };
}

function readExtKeyUsage(reader: DerReader): string[] {
  const purposes: string[] = [];
  while (!reader.done) purposes.push(reader.oid());
  return purposes;
}

function readAccessDescriptions(reader: DerReader): AccessDescription[] {
  const descriptions: AccessDescription[] = [];
  while (!reader.done) {
    const fields = reader.enter(tag.sequence);
    const accessMethod = fields.oid();
    const accessLocation = readGeneralName(fields);
    fields.end();
    descriptions.push({ accessMethod, accessLocation });
  }
  return descriptions;
}
