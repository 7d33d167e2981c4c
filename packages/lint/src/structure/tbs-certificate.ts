/**
 * TBSCertificate of RFC 5280 §4.1, taken apart for the lints. This is a second reading of the bytes on purpose: it shares
 * no code with what assembled them, and it keeps the tags and forms that a convenient type would smooth over.
 */
import { equalBytes, readWhole, tag, DerReader } from '@touchmark/asn1';
import { readAlgorithmIdentifier, type AlgorithmIdentifier } from './algorithm-identifier.ts';
import {
  completeExtensions,
  decodeExtensions,
  readExtensionOctets,
  type ExtensionOctets,
  type Extensions,
} from './extensions.ts';
import { alternativeNamesOf, directoryNamesOf, type GeneralName } from './general-name.ts';
import { nameOf, type Name } from './name.ts';
import type { Signed, SignedFrame } from './signed.ts';
import { latin1 } from './text.ts';
import { readTime, type Time } from './time.ts';

/** What certificates have in common when serial number, validity and what is about the subject are left out. */
export interface CertificateFrame extends SignedFrame {
  /** v1 is 0 and the default; undefined when the field is absent. */
  readonly version: number | undefined;
  readonly subjectPublicKeyInfo: Pick<SubjectPublicKeyInfo, 'algorithm'>;
  readonly hasUniqueIdentifiers: boolean;
  /** basicConstraints says cA. */
  readonly isCa: boolean;
}

export interface TbsCertificate extends CertificateFrame, Signed {
  /** Content octets of the INTEGER. */
  readonly serialNumber: Uint8Array;
  readonly notBefore: Time;
  readonly notAfter: Time;
  readonly subject: Name;
  readonly subjectPublicKeyInfo: SubjectPublicKeyInfo;
  readonly extensions: Extensions;
  /** Every Name in it to be judged: issuer, subject and the directoryNames of the alternative names. */
  readonly names: readonly Name[];
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

/** The fields as they stand. */
export interface TbsCertificateOctets {
  readonly versionDer: Uint8Array | undefined;
  readonly serialNumber: Uint8Array;
  readonly signatureDer: Uint8Array;
  readonly issuerDer: Uint8Array;
  readonly notBefore: Time;
  readonly notAfter: Time;
  readonly subjectDer: Uint8Array;
  readonly keyAlgorithmDer: Uint8Array;
  readonly subjectPublicKey: Uint8Array;
  readonly unusedBits: number;
  readonly issuerUniqueIdDer: Uint8Array | undefined;
  readonly subjectUniqueIdDer: Uint8Array | undefined;
  /** Undefined when the field is absent. */
  readonly extensions: readonly ExtensionOctets[] | undefined;
}

/** Throws Asn1Error when the bytes are no DER TBSCertificate, which `parseTbsCertificate` may find out as well. */
export function readTbsCertificate(der: Uint8Array): TbsCertificateOctets {
  const fields = readWhole(der);
  const versionDer = fields.optionalElement(0xa0);
  const serialNumber = fields.integerBytes();
  const signatureDer = fields.element(tag.sequence);
  const issuerDer = fields.element(tag.sequence);
  const validity = fields.enter(tag.sequence);
  const notBefore = readTime(validity, 'notBefore');
  const notAfter = readTime(validity, 'notAfter');
  validity.end();
  const subjectDer = fields.element(tag.sequence);
  const subjectPublicKeyInfo = fields.enter(tag.sequence);
  const keyAlgorithmDer = subjectPublicKeyInfo.element(tag.sequence);
  const { bytes: subjectPublicKey, unusedBits } = subjectPublicKeyInfo.bitString();
  subjectPublicKeyInfo.end();
  const issuerUniqueIdDer = fields.optionalElement(0x81);
  const subjectUniqueIdDer = fields.optionalElement(0x82);
  const wrapper = fields.optionalEnter(0xa3);
  fields.end();
  const extensions = readExtensionOctets(wrapper?.enter(tag.sequence));
  wrapper?.end();
  return {
    versionDer,
    serialNumber,
    signatureDer,
    issuerDer,
    notBefore,
    notAfter,
    subjectDer,
    keyAlgorithmDer,
    subjectPublicKey,
    unusedBits,
    issuerUniqueIdDer,
    subjectUniqueIdDer,
    extensions,
  };
}

/** Throws Asn1Error. */
export function parseTbsCertificate(octets: TbsCertificateOctets): TbsCertificate {
  const issuer = nameOf(octets.issuerDer, 'issuer');
  const extensions = decodeExtensions(octets.extensions);
  const frame: CertificateFrame = {
    version: octets.versionDer && readVersion(octets.versionDer),
    signature: readAlgorithmIdentifier(new DerReader(octets.signatureDer)),
    issuer,
    subjectPublicKeyInfo: { algorithm: readAlgorithmIdentifier(new DerReader(octets.keyAlgorithmDer)) },
    hasUniqueIdentifiers: octets.issuerUniqueIdDer !== undefined || octets.subjectUniqueIdDer !== undefined,
    extensions,
    isCa: extensions.values.basicConstraints?.cA === true,
  };
  return complete(frame, octets, extensions, [issuer], alternativeNamesOf(extensions));
}

/**
 * The same for a frame that was parsed and judged before. Its own names, issuer and issuerAltName, are not among those that
 * are left to judge.
 */
export function completeTbsCertificate(frame: CertificateFrame, octets: TbsCertificateOctets): TbsCertificate {
  const extensions = completeExtensions(frame.extensions, octets.extensions);
  return complete(frame, octets, extensions, [], extensions.subjectValues.subjectAltName ?? []);
}

function complete(
  frame: CertificateFrame,
  octets: TbsCertificateOctets,
  extensions: Extensions,
  namesOfFrame: readonly Name[],
  alternativeNames: readonly GeneralName[],
): TbsCertificate {
  const { serialNumber, notBefore, notAfter, subjectPublicKey, unusedBits } = octets;
  const subject = nameOf(octets.subjectDer, 'subject');
  return {
    ...frame,
    serialNumber,
    notBefore,
    notAfter,
    subject,
    subjectPublicKeyInfo: { ...frame.subjectPublicKeyInfo, subjectPublicKey, unusedBits },
    extensions,
    names: [...namesOfFrame, subject, ...directoryNamesOf(alternativeNames)],
    times: [notBefore, notAfter],
    alternativeNames,
    isSelfIssued: equalBytes(octets.issuerDer, octets.subjectDer),
  };
}

function readVersion(versionDer: Uint8Array): number {
  const wrapper = new DerReader(versionDer).enter(0xa0);
  const version = wrapper.smallInteger();
  wrapper.end();
  return version;
}

/** In front of all extensions, and of one of which only identifier and criticality follow: no element begins so. */
const mark = Uint8Array.of(0x00);
const nothing = new Uint8Array();

/**
 * The octets of the frame, one after the other, as a text to look it up by: two certificates have the same text if and only
 * if their frames are the same.
 */
export function frameOf(octets: TbsCertificateOctets): string {
  const parts = [
    octets.versionDer ?? nothing,
    octets.signatureDer,
    octets.issuerDer,
    octets.keyAlgorithmDer,
    octets.issuerUniqueIdDer ?? nothing,
    octets.subjectUniqueIdDer ?? nothing,
  ];
  if (octets.extensions !== undefined) parts.push(mark);
  for (const { isOfSubject, frameDer } of octets.extensions ?? []) {
    if (isOfSubject) parts.push(mark);
    parts.push(frameDer);
  }
  return latin1(Buffer.concat(parts));
}
