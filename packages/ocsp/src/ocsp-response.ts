/**
 * OCSPResponse with a BasicOCSPResponse (RFC 6960 §4.2.1).
 *
 *     OCSPResponse  ::= SEQUENCE { responseStatus ENUMERATED, responseBytes [0] EXPLICIT ResponseBytes OPTIONAL }
 *     ResponseBytes ::= SEQUENCE { responseType OBJECT IDENTIFIER, response OCTET STRING }
 *     BasicOCSPResponse ::= SEQUENCE {
 *       tbsResponseData    ResponseData,
 *       signatureAlgorithm AlgorithmIdentifier,
 *       signature          BIT STRING,
 *       certs          [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL }
 *     ResponseData ::= SEQUENCE {
 *       version            [0] EXPLICIT Version DEFAULT v1,
 *       responderID            ResponderID, -- here byKey [2] KeyHash
 *       producedAt             GeneralizedTime,
 *       responses              SEQUENCE OF SingleResponse,
 *       responseExtensions [1] EXPLICIT Extensions OPTIONAL }
 */
import { contextTag, der, rfc6960, sizeOfLength, tag, writeLength } from '@touchmark/asn1';
import { sha1 } from '@touchmark/crypto';
import { publicKeyBits } from './cert-id.ts';
import { encodeSingleResponse } from './single-response.ts';
import type { SingleResponse } from './single-response.ts';

export interface ResponseFields {
  /** From `encodeResponderId`. */
  readonly responderIdDer: Uint8Array;
  /** Also producedAt: an answer is as old as the lookup it is made from. */
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly responses: readonly SingleResponse[];
  readonly nonce: Uint8Array | undefined;
}

const nothing = new Uint8Array(0);
const successful = der.enumerated(0);
const basicResponseType = der.oid(rfc6960['id-pkix-ocsp-basic']);
const nonceType = der.oid(rfc6960['id-pkix-ocsp-nonce']);

/** byKey: SHA-1 of the responder's public key, whatever hash the CertIDs use. */
export function encodeResponderId(subjectPublicKeyInfoDer: Uint8Array): Uint8Array {
  return der.explicit(2, der.octetString(sha1(publicKeyBits(subjectPublicKeyInfoDer))));
}

/** The bytes to sign. */
export function encodeResponseData(fields: ResponseFields): Uint8Array {
  const thisUpdateDer = der.generalizedTime(fields.thisUpdate);
  const nextUpdateDer = der.generalizedTime(fields.nextUpdate);
  const responses = fields.responses.map((single) => encodeSingleResponse(single, thisUpdateDer, nextUpdateDer));
  const parts = [fields.responderIdDer, thisUpdateDer, der.sequence(...responses)];
  if (fields.nonce !== undefined) {
    const extension = der.sequence(nonceType, der.octetString(der.octetString(fields.nonce)));
    parts.push(der.explicit(1, der.sequence(extension)));
  }
  return der.sequence(...parts);
}

/**
 * Written into one buffer: nested encoders would copy the certificate at each of the five levels, on a path where that is
 * dear next to the signature.
 *
 * @param certificatesDer `certs` from `encodeCertificates`, or undefined when the authority signs by itself
 */
export function encodeOcspResponse(
  responseDataDer: Uint8Array,
  signatureAlgorithmDer: Uint8Array,
  signature: Uint8Array,
  certificatesDer: Uint8Array = nothing,
): Uint8Array {
  const bitStringLength = 1 + signature.length;
  const basicLength =
    responseDataDer.length + signatureAlgorithmDer.length + sizeOf(bitStringLength) + certificatesDer.length;
  const octetStringLength = sizeOf(basicLength);
  const bytesLength = basicResponseType.length + sizeOf(octetStringLength);
  const explicitLength = sizeOf(bytesLength);
  const responseLength = successful.length + sizeOf(explicitLength);

  const response = new Uint8Array(sizeOf(responseLength));
  let offset = 0;
  const open = (identifier: number, length: number): void => {
    response[offset] = identifier;
    offset = writeLength(response, offset + 1, length);
  };
  const append = (bytes: Uint8Array): void => {
    response.set(bytes, offset);
    offset += bytes.length;
  };
  open(tag.sequence, responseLength);
  append(successful);
  open(contextTag(0, true), explicitLength);
  open(tag.sequence, bytesLength);
  append(basicResponseType);
  open(tag.octetString, octetStringLength);
  open(tag.sequence, basicLength);
  append(responseDataDer);
  append(signatureAlgorithmDer);
  open(tag.bitString, bitStringLength);
  // No unused bits: the octet is zero already.
  offset++;
  append(signature);
  append(certificatesDer);
  return response;
}

/** Octets of an element with a content of so many. */
function sizeOf(contentLength: number): number {
  return 1 + sizeOfLength(contentLength) + contentLength;
}

export function encodeCertificates(certificatesDer: readonly Uint8Array[]): Uint8Array {
  return der.explicit(0, der.sequence(...certificatesDer));
}
