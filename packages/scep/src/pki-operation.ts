/** PKIOperation (RFC 8894 §4.3): a message is verified, decrypted, answered, and the answer is encrypted and signed. */
import { CaError, refused } from '@touchmark/ca';
import type { EnrollmentOutcome } from '@touchmark/ca';
import { encodeCertsOnly, encodeEnvelopedData } from '@touchmark/cms';
import type { CipherName } from '@touchmark/cms';
import { sha256 } from '@touchmark/crypto';
import type { HttpResponse } from '@touchmark/http';
import { equalBytes } from '@touchmark/asn1';
import { parseCertificationRequest, sameName } from '@touchmark/x509';
import type { Certificate, CertificationRequest } from '@touchmark/x509';
import type { ScepAuthority } from './authority.ts';
import { encodeCertRep } from './cert-rep.ts';
import type { PkiStatus } from './cert-rep.ts';
import { enrollmentRequest } from './enroll.ts';
import type { EnrollmentContext } from './enroll.ts';
import { failInfoOf } from './fail-info.ts';
import { parseIssuerAndSerialNumber } from './issuer-and-serial-number.ts';
import type { IssuerAndSerialNumber } from './issuer-and-serial-number.ts';
import { requestTypeOf } from './message-type.ts';
import { answerCipherFor, openMessage } from './open-message.ts';
import { isSignedByItself } from './signed-by-itself.ts';
import type { PkiMessage } from './pki-message.ts';
import { safeText } from './refusal.ts';
import { replyDigestOf, verifyMessage } from './verify-message.ts';
import type { Signer } from './verify-message.ts';

/** What comes of a message, before it is told. `attemptId` is there if the issuance cycle left an attempt. */
type Answer =
  | { readonly kind: 'certificates'; readonly certsOnly: Uint8Array; readonly attemptId: string | undefined }
  | Exclude<EnrollmentOutcome, { readonly kind: 'issued' }>;

/** An answer and how to encrypt it. */
interface Addressed {
  readonly answer: Answer;
  readonly signer: Signer;
  readonly cipher: CipherName;
}

/**
 * Throws CaError, and whatever is a fault of ours, for what has left no attempt yet; `failureResponse` tells that to the
 * client.
 */
export async function answerMessage(
  authority: ScepAuthority,
  message: PkiMessage,
  context: EnrollmentContext,
): Promise<HttpResponse> {
  const { answer, signer, cipher } = await answerVerified(authority, message, context);
  switch (answer.kind) {
    case 'certificates': {
      const envelope = encodeEnvelopedData(answer.certsOnly, signer, cipher);
      return certRepResponse(message, context, { kind: 'SUCCESS', envelope }, attemptField(answer.attemptId));
    }
    case 'pending':
      return certRepResponse(message, context, { kind: 'PENDING' }, [
        ...attemptField(answer.attemptId),
        ['Retry-After', String(Math.ceil(answer.retryAfterSeconds))],
      ]);
    case 'refused':
      return failureResponse(message, context, answer.error, answer.attemptId);
  }
}

export function failureResponse(
  message: PkiMessage,
  context: EnrollmentContext,
  error: CaError,
  attemptId: string,
): Promise<HttpResponse> {
  const failInfoText = `${safeText(error)} (${error.code}, attempt ${attemptId})`;
  return certRepResponse(message, context, { kind: 'FAILURE', failInfo: failInfoOf(error.code), failInfoText }, [
    ...attemptField(attemptId),
    ['Touchmark-Reason', error.code],
    ...(error.retryAfterSeconds === undefined
      ? []
      : [['Retry-After', String(Math.ceil(error.retryAfterSeconds))] as const]),
  ]);
}

type Fields = readonly (readonly [name: string, value: string])[];

function attemptField(attemptId: string | undefined): Fields {
  return attemptId === undefined ? [] : [['Touchmark-Attempt', attemptId]];
}

async function certRepResponse(
  { transactionIdDer, senderNonce, signerInfo }: PkiMessage,
  { endpoint }: EnrollmentContext,
  status: PkiStatus,
  fields: Fields,
): Promise<HttpResponse> {
  const digest = replyDigestOf(signerInfo, endpoint.settings);
  const body = await encodeCertRep(
    { status, transactionIdDer, recipientNonce: senderNonce, digest },
    endpoint.recipient,
  );
  return { status: 200, headers: [['Content-Type', 'application/x-pki-message'], ...fields], body };
}

async function answerVerified(
  authority: ScepAuthority,
  message: PkiMessage,
  context: EnrollmentContext,
): Promise<Addressed> {
  const { endpoint, warnings } = context;
  const { content: envelope, signer } = verifyMessage(message, endpoint.settings);
  const type = requestTypeOf(message.messageType);
  checkNonce(message, warnings);
  if (signer.publicKey.asymmetricKeyType !== 'rsa') {
    throw refused('signerKeyCannotDecrypt', 'The message is signed with a key that is not RSA');
  }
  if (!endpoint.enabled) throw refused('endpointDisabled', `The endpoint "${endpoint.label}" is disabled`);

  switch (type) {
    case 'PKCSReq':
    case 'RenewalReq': {
      const { cipher, content } = await openMessage(envelope, context, (octets) =>
        readRequest(octets, signer.certificate),
      );
      const outcome = await authority.enroll(enrollmentRequest(type, content, signer.certificate, context));
      return { answer: answerOf(outcome, context), signer, cipher };
    }
    case 'CertPoll': {
      // The transaction and the key that signs tell which request is meant; the names inside add nothing.
      const cipher = answerCipherFor(envelope, context);
      const outcome = await authority.poll(pollRequest(message, signer, context));
      return { answer: answerOf(outcome, context), signer, cipher };
    }
    case 'GetCert': {
      await checkMayGetCertificates(authority, signer, context);
      const { cipher, content } = await openMessage(envelope, context, (octets) => readQuestion(octets, context));
      const certsOnly = await getCert(authority, content, context);
      return { answer: { kind: 'certificates', certsOnly, attemptId: undefined }, signer, cipher };
    }
    case 'GetCRL': {
      const { cipher, content } = await openMessage(envelope, context, (octets) => readQuestion(octets, context));
      const certsOnly = await getCrl(authority, content, context);
      return { answer: { kind: 'certificates', certsOnly, attemptId: undefined }, signer, cipher };
    }
  }
}

/**
 * Only what cannot be the request of somebody else with bits turned over: what certifies the key that signs the message, or
 * is signed by its own. The first is what devices do, and costs nothing; the second are renewals with a new key.
 */
function readRequest(octets: Uint8Array, { subjectPublicKeyInfoDer }: Certificate): CertificationRequest | undefined {
  const request = parseCertificationRequest(octets);
  const isOfSigner = equalBytes(request.subjectPublicKeyInfoDer, subjectPublicKeyInfoDer);
  return isOfSigner || isSignedByItself(request) ? request : undefined;
}

/**
 * The same: whoever turns bits over can write one block as he likes, which is too little for the name of the issuer. That it
 * is another issuer is therefore not told from what cannot be read.
 */
function readQuestion(octets: Uint8Array, { endpoint }: EnrollmentContext): IssuerAndSerialNumber | undefined {
  const question = parseIssuerAndSerialNumber(octets);
  const [issuing] = endpoint.chain;
  return issuing !== undefined && sameName(question.issuer, issuing.subject) ? question : undefined;
}

/** RFC 8894 §3.2.1.5 wants 16 octets; deployed clients send others. Without any, no client could tell our answer from an old one. */
function checkNonce({ senderNonce }: PkiMessage, warnings: string[]): void {
  if (senderNonce === undefined) {
    throw refused('messageMalformed', 'The message has no senderNonce, which is one OCTET STRING of 16 octets');
  }
  if (senderNonce.length !== 16) warnings.push(`the senderNonce has ${senderNonce.length} octets instead of 16`);
}

function pollRequest(
  { transactionId }: PkiMessage,
  { certificate }: Signer,
  { requestId, remoteAddress, endpoint, warnings }: EnrollmentContext,
): Parameters<ScepAuthority['poll']>[0] {
  return {
    requestId,
    protocol: 'scep',
    operation: 'CertPoll',
    endpointLabel: endpoint.label,
    transactionId,
    publicKeySha256: sha256(certificate.subjectPublicKeyInfoDer),
    remoteAddress,
    warnings,
  };
}

/** The certificate that was issued comes first: some clients take the first, whatever it is. */
function answerOf(outcome: EnrollmentOutcome, { endpoint: { settings, chain } }: EnrollmentContext): Answer {
  if (outcome.kind !== 'issued') return outcome;
  const alongside = settings.alongside === 'issuer' ? chain.slice(0, 1).map((certificate) => certificate.der) : [];
  const certsOnly = encodeCertsOnly([outcome.certificateDer, ...alongside]);
  return { kind: 'certificates', certsOnly, attemptId: outcome.attemptId };
}

/** Before anything is decrypted: nothing of the content is told to strangers. */
async function checkMayGetCertificates(
  authority: ScepAuthority,
  { certificate }: Signer,
  { endpoint }: EnrollmentContext,
): Promise<void> {
  if ((await authority.findSigner(endpoint.label, certificate.der)) !== undefined) return;
  throw refused('certificateUnknown', 'Certificates are given to those alone who have a current one from here');
}

async function getCert(
  authority: ScepAuthority,
  { serialNumber }: IssuerAndSerialNumber,
  { endpoint }: EnrollmentContext,
): Promise<Uint8Array> {
  const found = await authority.findCertificate(endpoint.label, serialNumber);
  if (found === undefined) throw new CaError('notFound', 'No certificate of that issuer has that serial number.');
  return encodeCertsOnly([found.certificateDer]);
}

async function getCrl(
  authority: ScepAuthority,
  { serialNumber }: IssuerAndSerialNumber,
  { endpoint }: EnrollmentContext,
): Promise<Uint8Array> {
  const crlDer = await authority.findCrl(endpoint.label, serialNumber);
  if (crlDer === undefined) throw new CaError('notFound', 'No CRL of that issuer covers that serial number.');
  return encodeCertsOnly([], [crlDer]);
}
