/** CertRep, the answer to every request (RFC 8894 §3.3.2): who signed it, what it answers, and what it says. */
import { DerReader, equalBytes, readWhole, rfc8017, rfc8894 } from '@touchmark/asn1';
import { identifies, parseSignedData, singleValue, verifySignerInfo } from '@touchmark/cms';
import type { CmsAttribute, SignedData, SignerInfo } from '@touchmark/cms';
import type { Certificate } from '@touchmark/x509';
import { acceptableKeyOf } from '../issuing-certificates.ts';
import { readAnswer, ScepError } from './scep-error.ts';

/** RFC 8894 §3.2.1.4, in the order of their numbers. */
export const failInfos = ['badAlg', 'badMessageCheck', 'badRequest', 'badTime', 'badCertId'] as const;

export type FailInfo = (typeof failInfos)[number];

/** In words, where the server has none of its own. */
export const failInfoMeanings: Readonly<Record<FailInfo, string>> = {
  badAlg: 'an algorithm or key of the request is not accepted',
  badMessageCheck: 'the signature of the request did not verify, or it could not be decrypted',
  badRequest: 'the transaction is not permitted: the challenge, the names or the signer may be wrong',
  badTime: 'the time in the request is too far from that of the server',
  badCertId: 'there is no such certificate',
};

export type CertRep =
  /** The pkcsPKIEnvelope, an EnvelopedData in BER or DER. */
  | { readonly kind: 'success'; readonly envelope: Uint8Array }
  | { readonly kind: 'failure'; readonly failInfo: FailInfo | undefined; readonly failInfoText: string | undefined }
  | { readonly kind: 'pending' };

export interface CertRepQuestion {
  readonly transactionId: string;
  readonly senderNonce: Uint8Array;
  /** Who may answer. */
  readonly signers: readonly Certificate[];
  readonly allowSha1: boolean;
}

const certRep = '3';

/** Throws ScepError unless the message is signed by one of those who may, and answers this question. */
export function readCertRep(message: Uint8Array, question: CertRepQuestion): CertRep {
  const signedData = readAnswer('The answer', () => parseSignedData(message));
  const { signedAttributes } = verifySignedBy(signedData, question);
  return readAnswer('The answer', () => {
    checkAnswers(signedAttributes, question);
    return readStatus(signedAttributes, signedData.content);
  });
}

/** The one signature of a message, by one of those who may sign it. Throws ScepError `signatureInvalid`. */
export function verifySignedBy(
  { contentType, content = new Uint8Array(0), signers }: SignedData,
  { signers: permitted, allowSha1 }: Pick<CertRepQuestion, 'signers' | 'allowSha1'>,
): SignerInfo {
  const [signer] = signers;
  if (signer === undefined || signers.length > 1) {
    throw new ScepError(
      'malformedAnswer',
      `The answer has ${signers.length} signatures instead of one. Check the URL.`,
    );
  }
  if (!allowSha1 && isSha1(signer)) {
    throw new ScepError(
      'algorithmNotSupported',
      'The answer is signed with SHA-1. Have the server sign with SHA-256, or allow SHA-1.',
    );
  }
  const isSigner = (certificate: Certificate): boolean => {
    const key = identifies(signer.sid, certificate) ? acceptableKeyOf(certificate) : undefined;
    return key !== undefined && verifySignerInfo(signer, contentType, content, key);
  };
  if (!permitted.some(isSigner)) {
    throw new ScepError(
      'signatureInvalid',
      'The answer is signed neither by the CA nor by its RA. Fetch the CA certificates again; if it stays so, the answer comes from somebody else.',
    );
  }
  return signer;
}

function isSha1({ digest, signatureAlgorithmDer }: SignerInfo): boolean {
  return digest === 'sha1' || readWhole(signatureAlgorithmDer).oid() === rfc8017.sha1WithRSAEncryption;
}

function checkAnswers(attributes: readonly CmsAttribute[], { transactionId, senderNonce }: CertRepQuestion): void {
  const messageType = textOf(attributes, 'id-messageType');
  if (messageType !== certRep) {
    throw new ScepError(
      'malformedAnswer',
      `The answer has the messageType ${messageType ?? 'of nothing'} instead of 3, CertRep. Check the URL.`,
    );
  }
  if (textOf(attributes, 'id-transactionID') !== transactionId) {
    throw new ScepError('wrongTransaction', 'The answer is about another transaction. Send the request again.');
  }
  const recipientNonce = valueOf(attributes, 'id-recipientNonce')?.octetString();
  if (recipientNonce === undefined || !equalBytes(recipientNonce, senderNonce)) {
    throw new ScepError(
      'wrongNonce',
      'The answer does not repeat the nonce of the request: it may be an old one. Send the request again.',
    );
  }
}

function readStatus(attributes: readonly CmsAttribute[], content: Uint8Array | undefined): CertRep {
  const pkiStatus = textOf(attributes, 'id-pkiStatus') ?? 'of nothing';
  switch (pkiStatus) {
    case '0':
      if (content === undefined || content.length === 0) {
        throw new ScepError('malformedAnswer', 'The answer says SUCCESS and has no content. Tell the operator.');
      }
      return { kind: 'success', envelope: content };
    case '2':
      return {
        kind: 'failure',
        failInfo: failInfos[Number(textOf(attributes, 'id-failInfo') ?? NaN)],
        failInfoText: textOf(attributes, 'id-scep-failInfoText')?.slice(0, 500),
      };
    case '3':
      return { kind: 'pending' };
    default:
      throw new ScepError(
        'malformedAnswer',
        `The answer has the pkiStatus ${pkiStatus}, which RFC 8894 does not know. Check the URL.`,
      );
  }
}

function textOf(attributes: readonly CmsAttribute[], name: keyof typeof rfc8894): string | undefined {
  return valueOf(attributes, name)?.string().value;
}

function valueOf(attributes: readonly CmsAttribute[], name: keyof typeof rfc8894): DerReader | undefined {
  const value = singleValue(attributes, rfc8894[name]);
  return value && new DerReader(value);
}

/** The new CA certificates in an answer to GetNextCACert: a certs-only message in a signed one (RFC 8894 §4.7.1). */
export function readNextCaCertificates(
  message: Uint8Array,
  question: Pick<CertRepQuestion, 'signers' | 'allowSha1'>,
): readonly Uint8Array[] {
  const what = 'The answer to GetNextCACert';
  const signedData = readAnswer(what, () => parseSignedData(message));
  verifySignedBy(signedData, question);
  return readAnswer(what, () => parseSignedData(signedData.content ?? new Uint8Array(0)).certificatesDer);
}
