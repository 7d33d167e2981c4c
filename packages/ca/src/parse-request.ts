/** Step 1: the PKCS #10 request, parsed strictly and once. Proof of possession is checked in step 3, when it is worth it. */
import { Asn1Error, prescan, tag } from '@touchmark/asn1';
import type { Asn1Fault } from '@touchmark/asn1';
import { findLookAlike, parseCertificationRequest, RequestError } from '@touchmark/x509';
import type { CertificationRequest, LookAlike, RequestFault } from '@touchmark/x509';
import type { CaError } from './errors.ts';
import { refused } from './refused.ts';
import type { CaErrorCode } from './refusals/refusals.ts';

/** Depth and number of the elements are looked at before anything is built from them. */
export function parseRequest(requestDer: Uint8Array): CertificationRequest {
  try {
    prescan(requestDer);
    return parseCertificationRequest(requestDer);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    throw refusalOf(error, requestDer);
  }
}

function refusalOf(error: Asn1Error, requestDer: Uint8Array): CaError {
  const lookAlike = findLookAlike(requestDer);
  if (lookAlike !== undefined) {
    const { code, what } = lookAlikes[lookAlike];
    return refused(code, `What was sent is ${what}, and no certification request`, { cause: error });
  }
  if (error instanceof RequestError) {
    return refused(codeOfFault[error.requestFault], `The request cannot be read: ${error.message}`, { cause: error });
  }
  if (requestDer.length === 0) return refused('requestEmpty', 'There is no request');
  if (requestDer[0] !== tag.sequence) {
    return refused('requestMalformed', 'What was sent is no SEQUENCE in DER', { cause: error });
  }
  return refused(codeOfAsn1Fault[error.fault] ?? 'requestMalformed', `The request cannot be read: ${error.message}`, {
    cause: error,
  });
}

const codeOfFault: Readonly<Record<RequestFault, CaErrorCode>> = {
  versionUnknown: 'requestVersionUnknown',
  subjectMalformed: 'subjectMalformed',
  subjectCharacterInvalid: 'subjectCharacterInvalid',
  subjectNotSorted: 'subjectNotSorted',
  subjectValueNotText: 'subjectValueNotText',
  publicKeyMalformed: 'keyMalformed',
  attributesMalformed: 'attributesMalformed',
  attributeWithoutValue: 'attributeWithoutValue',
  attributeRepeated: 'attributeRepeated',
  attributeSeveralValues: 'attributeSeveralValues',
  challengePasswordMalformed: 'challengePasswordMalformed',
  extensionRequestMalformed: 'extensionRequestMalformed',
  extensionRepeated: 'extensionRepeated',
  extensionCriticalFalse: 'extensionCriticalFalse',
  subjectAltNameMalformed: 'subjectAltNameMalformed',
  subjectAltNameEmpty: 'subjectAltNameEmpty',
  subjectAltNameCharacterInvalid: 'subjectAltNameCharacterInvalid',
  ipAddressLengthInvalid: 'ipAddressLengthInvalid',
};

/** Where no part of a request could be told. */
const codeOfAsn1Fault: Partial<Readonly<Record<Asn1Fault, CaErrorCode>>> = {
  truncated: 'requestTruncated',
  trailing: 'requestTrailingBytes',
  notDer: 'requestNotDer',
  tooDeep: 'requestTooDeep',
  tooMany: 'requestTooManyElements',
};

const lookAlikes: Readonly<Record<LookAlike, { readonly code: CaErrorCode; readonly what: string }>> = {
  certificate: { code: 'requestIsCertificate', what: 'a certificate' },
  certificateList: { code: 'requestIsCrl', what: 'a CRL' },
  cms: { code: 'requestIsCms', what: 'a CMS message' },
  crmf: { code: 'requestIsCrmf', what: 'a request in CRMF' },
  privateKey: { code: 'requestIsPrivateKey', what: 'a private key' },
  publicKey: { code: 'requestIsPublicKey', what: 'a public key' },
  unsignedRequest: { code: 'requestUnsigned', what: 'a CertificationRequestInfo, which is the unsigned part' },
};
