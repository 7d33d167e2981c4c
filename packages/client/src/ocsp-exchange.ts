/** The client's half of OCSP (RFC 6960): a request about one certificate, and what an answer to it proves. */
import { contextTag, der, DerReader, equalBytes, readWhole, rfc5280, rfc6960, rfc8017, tag } from '@touchmark/asn1';
import { findSignatureAlgorithm, parsePublicKey, sha256, verifySignature } from '@touchmark/crypto';
import {
  crlReasonCodes,
  findCrlReason,
  findExtension,
  parseCertificate,
  parseExtendedKeyUsage,
  verifyCertificateSignature,
} from '@touchmark/x509';
import type { Certificate } from '@touchmark/x509';
import type { KeyObject } from 'node:crypto';
import type { IssuingCertificate } from './issuing-certificates.ts';
import type { RevocationVerdict } from './revocation-verdict.ts';

export interface OcspQuestion {
  readonly requestDer: Uint8Array;
  readonly certIdDer: Uint8Array;
  readonly nonce: Uint8Array;
}

/** What an answer says, and until when. */
export interface OcspStatement {
  readonly verdict: RevocationVerdict;
  readonly nextUpdate: Date | undefined;
}

const sha256Identifier = der.sequence(der.oid(rfc8017['id-sha256']), der.null());
const skewMilliseconds = 300_000;

/** A request with a SHA-256 CertID (RFC 9919 §3.1.1) and a nonce, so that nobody can play back an older answer. */
export function askOcsp(certificate: Certificate, issuer: Certificate, nonce: Uint8Array): OcspQuestion {
  const key = readWhole(issuer.subjectPublicKeyInfoDer);
  key.element(tag.sequence);
  const certIdDer = der.sequence(
    sha256Identifier,
    der.octetString(sha256(certificate.issuer.der)),
    der.octetString(sha256(key.bitString().bytes)),
    der.integerBytes(certificate.serialNumber),
  );
  const nonceExtension = der.sequence(der.oid(rfc6960['id-pkix-ocsp-nonce']), der.octetString(der.octetString(nonce)));
  const requestDer = der.sequence(
    der.sequence(der.sequence(der.sequence(certIdDer)), der.explicit(2, der.sequence(nonceExtension))),
  );
  return { requestDer, certIdDer, nonce };
}

/** Throws unless the answer is signed by the issuer or its delegate, answers this question and is current. */
export function readOcspAnswer(
  answerDer: Uint8Array,
  question: OcspQuestion,
  issuer: IssuingCertificate,
  now: Date,
): OcspStatement {
  const response = readWhole(answerDer);
  const status = response.enumerated();
  if (status !== 0) throw new Error(`The OCSP responder answered with status ${status}.`);
  const explicit = response.enter(contextTag(0, true));
  response.end();
  const responseBytes = explicit.enter(tag.sequence);
  explicit.end();
  if (responseBytes.oid() !== rfc6960['id-pkix-ocsp-basic'])
    throw new Error('The OCSP answer is not of the basic type.');
  const basicResponse = readWhole(responseBytes.octetString());
  responseBytes.end();
  const responseDataDer = basicResponse.element(tag.sequence);
  const signatureAlgorithmDer = basicResponse.element(tag.sequence);
  const signature = basicResponse.bitString().bytes;
  const certificates = readCertificates(basicResponse.optionalEnter(contextTag(0, true)));
  basicResponse.end();

  const algorithm = findSignatureAlgorithm(signatureAlgorithmDer);
  const keys = [issuer.publicKey, ...delegatedKeys(certificates, issuer, now)];
  if (algorithm === undefined || !keys.some((key) => verifySignature(algorithm, key, responseDataDer, signature))) {
    throw new Error('The OCSP answer is not signed by the issuer or a responder that it delegated.');
  }
  return readResponseData(responseDataDer, question, now);
}

function readCertificates(explicit: DerReader | undefined): Certificate[] {
  if (explicit === undefined) return [];
  const list = explicit.enter(tag.sequence);
  explicit.end();
  const certificates: Certificate[] = [];
  while (!list.done) certificates.push(parseCertificate(list.element(tag.sequence)));
  return certificates;
}

/** RFC 6960 §4.2.2.2: issued directly by the same CA, valid, with id-kp-OCSPSigning. */
function delegatedKeys(certificates: readonly Certificate[], issuer: IssuingCertificate, now: Date): KeyObject[] {
  return certificates
    .filter((certificate) => {
      const usage = findExtension(certificate, rfc5280['id-ce-extKeyUsage']);
      return (
        usage !== undefined &&
        parseExtendedKeyUsage(usage.value).includes(rfc6960['id-kp-OCSPSigning']) &&
        now >= certificate.notBefore &&
        now.getTime() < certificate.notAfter.getTime() + 1000 &&
        equalBytes(certificate.issuer.der, issuer.certificate.subject.der) &&
        verifyCertificateSignature(certificate, issuer.publicKey)
      );
    })
    .map((certificate) => parsePublicKey(certificate.subjectPublicKeyInfoDer).keyObject);
}

function readResponseData(responseDataDer: Uint8Array, question: OcspQuestion, now: Date): OcspStatement {
  const data = readWhole(responseDataDer);
  data.optionalElement(contextTag(0, true));
  // ResponderID: whoever it names, the signature is by one that may sign.
  data.element();
  data.generalizedTime();
  const responses = data.enter(tag.sequence);
  checkNonce(data.optionalEnter(contextTag(1, true)), question.nonce);
  data.end();
  while (!responses.done) {
    const single = responses.enter(tag.sequence);
    if (equalBytes(single.element(tag.sequence), question.certIdDer)) return readSingleResponse(single, now);
  }
  throw new Error('The OCSP answer is about another certificate.');
}

function checkNonce(explicit: DerReader | undefined, nonce: Uint8Array): void {
  const extensions = explicit?.enter(tag.sequence);
  while (extensions !== undefined && !extensions.done) {
    const extension = extensions.enter(tag.sequence);
    if (extension.oid() !== rfc6960['id-pkix-ocsp-nonce']) continue;
    if (extension.peek() === tag.boolean) extension.boolean();
    if (equalBytes(new DerReader(extension.octetString()).octetString(), nonce)) return;
    break;
  }
  throw new Error('The OCSP answer does not repeat the nonce: it may be an old one.');
}

function readSingleResponse(single: DerReader, now: Date): OcspStatement {
  const verdict = readCertStatus(single);
  const thisUpdate = single.generalizedTime();
  const nextUpdate = single.optionalEnter(contextTag(0, true))?.generalizedTime();
  if (thisUpdate.getTime() > now.getTime() + skewMilliseconds) throw new Error('The OCSP answer is from the future.');
  if (nextUpdate !== undefined && now >= nextUpdate) throw new Error('The OCSP answer is past its nextUpdate.');
  return { verdict, nextUpdate };
}

function readCertStatus(single: DerReader): RevocationVerdict {
  if (single.peek() === contextTag(0, false)) {
    single.null(contextTag(0, false));
    return { kind: 'good' };
  }
  if (single.peek() === contextTag(1, true)) {
    const revoked = single.enter(contextTag(1, true));
    const revokedAt = revoked.generalizedTime();
    const code = revoked.optionalEnter(contextTag(0, true))?.enumerated() ?? crlReasonCodes.unspecified;
    return { kind: 'revoked', revokedAt, reason: findCrlReason(code) ?? 'unspecified' };
  }
  single.null(contextTag(2, false));
  return { kind: 'unavailable', message: 'The CA does not know the certificate.' };
}
