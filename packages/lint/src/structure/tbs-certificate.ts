/**
 * TBSCertificate of RFC 5280 §4.1, taken apart for the lints. This is a second reading of the bytes on purpose: it shares
 * no code with what assembled them, and it keeps the tags and forms that a convenient type would smooth over.
 */
import { equalBytes, readWhole, tag, type DerReader } from '@touchmark/asn1';
import { readAlgorithmIdentifier, type AlgorithmIdentifier } from './algorithm-identifier.ts';
import { readExtensions, type Extensions } from './extensions.ts';
import { alternativeNamesOf, directoryNamesOf, type GeneralName } from './general-name.ts';
import { readName, type Name } from './name.ts';
import { readTime, type Time } from './time.ts';

export interface TbsCertificate {
  /** v1 is 0 and the default; undefined when the field is absent. */
  readonly version: number | undefined;
  /** Content octets of the INTEGER. */
  readonly serialNumber: Uint8Array;
  readonly signature: AlgorithmIdentifier;
  readonly issuer: Name;
  readonly notBefore: Time;
  readonly notAfter: Time;
  readonly subject: Name;
  readonly subjectPublicKeyInfo: SubjectPublicKeyInfo;
  readonly hasUniqueIdentifiers: boolean;
  readonly extensions: Extensions;
  /** basicConstraints says cA. */
  readonly isCa: boolean;
  /** Every Name in it: issuer, subject and the directoryNames of the alternative names. */
  readonly names: readonly Name[];
  readonly times: readonly Time[];
  /** Of subjectAltName and issuerAltName. */
  readonly alternativeNames: readonly GeneralName[];
  /** Subject and issuer are the same name, octet by octet. */
  readonly isSelfIssued: boolean;
}

export interface SubjectPublicKeyInfo {
  readonly algorithm: AlgorithmIdentifier;
  readonly subjectPublicKey: Uint8Array;
  readonly unusedBits: number;
}

/** Throws Asn1Error when the bytes are no DER TBSCertificate. */
export function parseTbsCertificate(der: Uint8Array): TbsCertificate {
  const fields = readWhole(der);
  const version = readVersion(fields);
  const serialNumber = fields.integerBytes();
  const signature = readAlgorithmIdentifier(fields);
  const issuer = readName(fields, 'issuer');
  const validity = fields.enter(tag.sequence);
  const notBefore = readTime(validity, 'notBefore');
  const notAfter = readTime(validity, 'notAfter');
  validity.end();
  const subject = readName(fields, 'subject');
  const subjectPublicKeyInfo = readSubjectPublicKeyInfo(fields);
  const issuerUniqueId = fields.optionalElement(0x81);
  const subjectUniqueId = fields.optionalElement(0x82);
  const wrapper = fields.optionalEnter(0xa3);
  fields.end();
  const extensions = readExtensions(wrapper?.enter(tag.sequence));
  wrapper?.end();
  const alternativeNames = alternativeNamesOf(extensions.values);
  return {
    version,
    serialNumber,
    signature,
    issuer,
    notBefore,
    notAfter,
    subject,
    subjectPublicKeyInfo,
    hasUniqueIdentifiers: issuerUniqueId !== undefined || subjectUniqueId !== undefined,
    extensions,
    isCa: extensions.values.basicConstraints?.cA === true,
    names: [issuer, subject, ...directoryNamesOf(alternativeNames)],
    times: [notBefore, notAfter],
    alternativeNames,
    isSelfIssued: equalBytes(issuer.der, subject.der),
  };
}

function readVersion(fields: DerReader): number | undefined {
  const wrapper = fields.optionalEnter(0xa0);
  if (wrapper === undefined) return undefined;
  const version = wrapper.smallInteger();
  wrapper.end();
  return version;
}

function readSubjectPublicKeyInfo(reader: DerReader): SubjectPublicKeyInfo {
  const fields = reader.enter(tag.sequence);
  const algorithm = readAlgorithmIdentifier(fields);
  const { bytes, unusedBits } = fields.bitString();
  fields.end();
  return { algorithm, subjectPublicKey: bytes, unusedBits };
}
