/**
 * OCSPRequest (RFC 6960 §4.1.1).
 *
 *     OCSPRequest ::= SEQUENCE { tbsRequest TBSRequest, optionalSignature [0] EXPLICIT Signature OPTIONAL }
 *     TBSRequest  ::= SEQUENCE {
 *       version           [0] EXPLICIT Version DEFAULT v1,
 *       requestorName     [1] EXPLICIT GeneralName OPTIONAL,
 *       requestList           SEQUENCE OF Request,
 *       requestExtensions [2] EXPLICIT Extensions OPTIONAL }
 *     Request ::= SEQUENCE { reqCert CertID, singleRequestExtensions [0] EXPLICIT Extensions OPTIONAL }
 */
import { Asn1Error, contextTag, DerReader, readWhole, rfc6960, tag } from '@touchmark/asn1';
import { parseCertId } from './cert-id.ts';
import type { CertId } from './cert-id.ts';
import { OcspError } from './response-status.ts';

export interface OcspRequest {
  /** At least one, in the order asked. */
  readonly certIds: readonly CertId[];
  /** 1 to 128 octets (RFC 9654 §2.1). */
  readonly nonce: Uint8Array | undefined;
}

const nonceOid = rfc6960['id-pkix-ocsp-nonce'];
const maximumNonceLength = 128;

/**
 * Extensions that a client may mark critical because we do what they ask: every answer is of the basic type, and the
 * preferred signature algorithms are only a wish (RFC 6960 §4.4.3, §4.4.7).
 */
const understood: ReadonlySet<string> = new Set([
  nonceOid,
  rfc6960['id-pkix-ocsp-response'],
  rfc6960['id-pkix-ocsp-pref-sig-algs'],
]);

/** Throws `OcspError` malformedRequest. Who asks is not looked at: status is public. */
export function parseOcspRequest(requestDer: Uint8Array): OcspRequest {
  try {
    return parse(requestDer);
  } catch (error) {
    if (error instanceof Asn1Error) throw new OcspError('malformedRequest', error.message, { cause: error });
    throw error;
  }
}

function parse(requestDer: Uint8Array): OcspRequest {
  const outer = readWhole(requestDer);
  const tbsRequest = outer.enter(tag.sequence);
  // A signature is allowed and not needed (RFC 6960 §4.1.2); what it covers is public anyhow.
  outer.optionalElement(contextTag(0, true));
  outer.end();

  const version = tbsRequest.optionalEnter(contextTag(0, true));
  // DER leaves the default out; some clients write it all the same.
  if (version !== undefined && (version.smallInteger() !== 0 || !version.done))
    throw malformed('the version is not v1');
  tbsRequest.optionalElement(contextTag(1, true));
  const certIds = parseRequestList(tbsRequest.enter(tag.sequence));
  const extensions = tbsRequest.optionalEnter(contextTag(2, true));
  tbsRequest.end();
  return { certIds, nonce: extensions && parseExtensions(extensions) };
}

function parseRequestList(list: DerReader): CertId[] {
  const certIds: CertId[] = [];
  while (!list.done) {
    const request = list.enter(tag.sequence);
    certIds.push(parseCertId(request.element(tag.sequence)));
    const extensions = request.optionalEnter(contextTag(0, true));
    if (extensions !== undefined) parseExtensions(extensions);
    request.end();
  }
  if (certIds.length === 0) throw malformed('the request names no certificate');
  return certIds;
}

/** Returns the nonce. RFC 6960 §4.4: unknown extensions are ignored unless they are critical. */
function parseExtensions(explicit: DerReader): Uint8Array | undefined {
  const extensions = explicit.enter(tag.sequence);
  explicit.end();
  let nonce: Uint8Array | undefined;
  while (!extensions.done) {
    const extension = extensions.enter(tag.sequence);
    const oid = extension.oid();
    const critical = extension.peek() === tag.boolean && extension.boolean();
    const value = extension.octetString();
    extension.end();
    if (oid === nonceOid) {
      if (nonce !== undefined) throw malformed('there are two nonces');
      nonce = parseNonce(value);
    } else if (critical && !understood.has(oid)) {
      throw malformed(`the critical extension ${oid} is not known`);
    }
  }
  return nonce;
}

/** RFC 9654 §2.1: Nonce ::= OCTET STRING (SIZE (1..128)); any other length is malformedRequest. */
function parseNonce(value: Uint8Array): Uint8Array {
  const reader = new DerReader(value);
  const nonce = reader.octetString();
  reader.end();
  if (nonce.length < 1 || nonce.length > maximumNonceLength) throw malformed(`a nonce has ${nonce.length} octets`);
  return nonce;
}

function malformed(message: string): OcspError {
  return new OcspError('malformedRequest', message);
}
