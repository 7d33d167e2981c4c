/** CertificationRequest, read and verified (RFC 2986 §4, attributes of RFC 2985 §5.4). */
import type { KeyObject } from 'node:crypto';
import type { DerReader } from '@touchmark/asn1';
import { contextTag, rfc2985, tag, tagName } from '@touchmark/asn1';
import { readExtensions } from '../extensions/extension.ts';
import type { Extension } from '../extensions/extension.ts';
import { subjectAltNamesOf } from '../extensions/subject-alt-name.ts';
import { descriptorOf } from '../names/attribute-type.ts';
import type { GeneralName } from '../names/general-name.ts';
import { isCharacterString, readName } from '../names/name.ts';
import type { Name } from '../names/name.ts';
import { parseSigned, readSubjectPublicKeyInfo, verifySigned } from '../signed.ts';
import type { Signed } from '../signed.ts';
import { RequestError, readPart } from './request-error.ts';
import type { PartFaults } from './request-error.ts';

export interface CertificationRequest extends Signed {
  readonly certificationRequestInfoDer: Uint8Array;
  readonly subject: Name;
  readonly subjectPublicKeyInfoDer: Uint8Array;
  readonly attributes: readonly Attribute[];
  /** Of the extensionRequest attribute, or of Microsoft's. */
  readonly requestedExtensions: readonly Extension[];
  readonly requestedSubjectAltNames: readonly GeneralName[];
  readonly challengePassword: string | undefined;
}

export interface Attribute {
  readonly oid: string;
  /** Whole elements, one at least. */
  readonly values: readonly Uint8Array[];
}

/** szOID_CERT_EXTENSIONS, with which Windows asked before it knew PKCS #9; the value has the same syntax. */
const certExtensionsOid = '1.3.6.1.4.1.311.2.1.14';

const inSubject: PartFaults = {
  character: 'subjectCharacterInvalid',
  notSorted: 'subjectNotSorted',
  otherwise: 'subjectMalformed',
};
const inPublicKey: PartFaults = { otherwise: 'publicKeyMalformed' };
const inAttributes: PartFaults = { otherwise: 'attributesMalformed' };
const inAttributeValues: PartFaults = { missing: 'attributeWithoutValue', otherwise: 'attributesMalformed' };
const inSingleValue: PartFaults = {
  missing: 'attributeWithoutValue',
  leftOver: 'attributeSeveralValues',
  otherwise: 'attributesMalformed',
};
const inChallengePassword: PartFaults = { otherwise: 'challengePasswordMalformed' };
const inExtensionRequest: PartFaults = {
  repeated: 'extensionRepeated',
  defaultWritten: 'extensionCriticalFalse',
  otherwise: 'extensionRequestMalformed',
};
const inSubjectAltName: PartFaults = {
  missing: 'subjectAltNameEmpty',
  character: 'subjectAltNameCharacterInvalid',
  size: 'ipAddressLengthInvalid',
  otherwise: 'subjectAltNameMalformed',
};

/**
 * Throws Asn1Error for what is not one request in DER, RequestError where the part at fault is known. The attributes may be
 * in any order, since Go does not sort them, and may be left out altogether, as some embedded clients do.
 */
export function parseCertificationRequest(certificationRequestDer: Uint8Array): CertificationRequest {
  const {
    toBeSignedDer: certificationRequestInfoDer,
    toBeSigned: info,
    ...signed
  } = parseSigned(certificationRequestDer);
  readVersion(info);
  const subject = readPart(inSubject, () => readSubject(info));
  const subjectPublicKeyInfoDer = readPart(inPublicKey, () => readSubjectPublicKeyInfo(info));
  const { attributes, requestedExtensions, challengePassword } = readPart(inAttributes, () => {
    const read = readAttributes(info.optionalEnter(contextTag(0, true)));
    info.end();
    return read;
  });
  return {
    ...signed,
    certificationRequestInfoDer,
    subject,
    subjectPublicKeyInfoDer,
    attributes,
    requestedExtensions,
    requestedSubjectAltNames: readPart(inSubjectAltName, () => subjectAltNamesOf({ extensions: requestedExtensions })),
    challengePassword,
  };
}

/**
 * Every attribute type that has a name here is a character string (RFC 5280 Appendix A.1). What else stands there, others
 * would read in their own ways; values of types that nobody knows are nobody's business.
 */
function readSubject(info: DerReader): Name {
  const { offset } = info;
  const subject = readName(info);
  for (const { oid, tag: identifier } of subject.rdns.flat()) {
    const descriptor = descriptorOf(oid);
    if (descriptor !== undefined && !isCharacterString(identifier)) {
      throw new RequestError(
        'subjectValueNotText',
        info.error(`the value of ${descriptor} in the subject is ${tagName(identifier)}, no character string`, offset),
      );
    }
  }
  return subject;
}

function readVersion(info: DerReader): void {
  const { offset } = info;
  const version = info.smallInteger();
  if (version === 0) return;
  throw new RequestError(
    'versionUnknown',
    info.error(`there is no request of version ${version} (RFC 2986 §4.1)`, offset),
  );
}

interface Asked {
  readonly attributes: readonly Attribute[];
  readonly requestedExtensions: readonly Extension[];
  readonly challengePassword: string | undefined;
}

function readAttributes(set: DerReader | undefined): Asked {
  const attributes: Attribute[] = [];
  const requestedExtensions: Extension[] = [];
  let challengePassword: string | undefined;
  while (set?.done === false) {
    const start = set.offset;
    const attribute = set.enter(tag.sequence);
    const oid = attribute.oid();
    const values = attribute.enter(tag.set);
    attribute.end();
    switch (oid) {
      case rfc2985['pkcs-9-at-challengePassword']:
      case rfc2985['pkcs-9-at-extensionRequest']:
      case certExtensionsOid: {
        if (attributes.some((other) => other.oid === oid)) {
          throw new RequestError(
            'attributeRepeated',
            set.error(`the attribute ${oid} is there twice, and can be there once (RFC 2985 §5.4)`, start),
          );
        }
        attributes.push({ oid, values: [readPart(inSingleValue, () => values.peekElement())] });
        if (oid === rfc2985['pkcs-9-at-challengePassword']) {
          challengePassword = readPart(inChallengePassword, () => values.string().value);
        } else {
          readPart(inExtensionRequest, () => addExtensions(requestedExtensions, values.enter(tag.sequence), start));
        }
        readPart(inSingleValue, () => values.end());
        break;
      }
      default:
        attributes.push({ oid, values: readPart(inAttributeValues, () => readElements(values)) });
    }
  }
  return { attributes, requestedExtensions, challengePassword };
}

/** Both attributes may ask, but not for the same extension. */
function addExtensions(requested: Extension[], sequence: DerReader, offset: number): void {
  const seen = new Set(requested.map(({ oid }) => oid));
  for (const extension of readExtensions(sequence)) {
    if (seen.has(extension.oid)) {
      throw sequence.error(`the extension ${extension.oid} is there twice`, offset, 'repeated');
    }
    requested.push(extension);
  }
}

function readElements(set: DerReader): Uint8Array[] {
  const elements: Uint8Array[] = [];
  do elements.push(set.element());
  while (!set.done);
  return elements;
}

/** Whether the request is signed by the private half of that key; false as well when the algorithm is unknown. */
export function verifyProofOfPossession(request: CertificationRequest, publicKey: KeyObject): boolean {
  return verifySigned(request.certificationRequestInfoDer, request, publicKey);
}
