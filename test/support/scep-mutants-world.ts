/** A SCEP service over a registry in memory, and one message of each type that it grants. */
import { der, DerReader, rfc8894 } from '@touchmark/asn1';
import { secretIdOf } from '@touchmark/ca';
import type { IssuedCertificate, PendingRequest } from '@touchmark/ca';
import {
  decryptEnvelopedData,
  decryptKeyWith,
  identifies,
  parseCertsOnly,
  parseEnvelopedData,
  parseSignedData,
  singleValue,
  verifySignerInfo,
} from '@touchmark/cms';
import type { CertsOnly, SignerInfo } from '@touchmark/cms';
import { sha256 } from '@touchmark/crypto';
import type { HttpHandler, HttpResponse } from '@touchmark/http';
import { buildCertificationRequest, testKeyPair } from '@touchmark/testkit';
import { encodeName, parseCertificate } from '@touchmark/x509';
import { endpointLabel } from '../../bench/support/memory-authority.ts';
import { createMemoryScep, scepPost } from '../../bench/support/memory-scep.ts';
import type { MemoryScepOptions } from '../../bench/support/memory-scep.ts';
import {
  encodeMessage,
  issuerAndSerialNumberOf,
  selfSigned,
  transactionIdOf,
} from '../../bench/support/scep-message.ts';
import type { Holder, MessageType } from '../../bench/support/scep-message.ts';
import { signCrl } from '../../packages/client/test/support/crl.ts';

/** A message that is granted, before it is encrypted and signed. */
export interface Original {
  readonly messageType: MessageType;
  readonly content: Uint8Array;
  readonly signer: Holder;
  /** What the answer brings. */
  readonly granted: Uint8Array;
}

export interface ScepWorld {
  readonly recipient: Holder;
  readonly originals: readonly Original[];
  readonly crlDer: Uint8Array;
  readonly handler: HttpHandler;
  /** Has seen no message yet. */
  newHandler(): HttpHandler;
  /** What the service called its own fault. */
  readonly faults: readonly unknown[];
}

export type ReadAnswer =
  | { readonly kind: 'SUCCESS'; readonly certsOnly: CertsOnly }
  | { readonly kind: 'FAILURE'; readonly code: string }
  | { readonly kind: 'PENDING' }
  | { readonly kind: 'HTTP'; readonly status: number; readonly code: string };

export async function createScepWorld(): Promise<ScepWorld> {
  const { memory, recipient, newHandler } = await createMemoryScep();
  const registry = memory.newRegistry();
  const crlDer = await signCrl(memory.authority.issuing);
  const faults: unknown[] = [];
  const waiting: PendingRequest[] = [];
  const options: MemoryScepOptions = {
    registry,
    crls: {
      findLatest: async (authorityId, shard) => {
        const now = new Date();
        return { authorityId, shard, number: 1n, thisUpdate: now, nextUpdate: now, entryCount: 0, crlDer };
      },
    },
    pending: {
      recordPending: async () => ({ kind: 'tooMany' }),
      findPending: async () => undefined,
      findPendingByTransaction: async (_label, transactionId) =>
        waiting.find((request) => request.transactionId === transactionId),
      decidePending: async () => undefined,
    },
    onError: (error) => void faults.push(error),
  };
  const handler = newHandler(options);

  const original = async (
    messageType: MessageType,
    content: Uint8Array,
    signer: Holder,
  ): Promise<Original & { readonly issued: IssuedCertificate | undefined }> => {
    const response = await handler(scepPost(encodeMessage({ messageType, content, signer, recipient })));
    const answer = await readAnswer(response, signer, recipient);
    const [granted] =
      answer.kind === 'SUCCESS' ? [...answer.certsOnly.certificatesDer, ...answer.certsOnly.crlsDer] : [];
    if (granted === undefined) throw new Error(`${messageType} is not granted: ${JSON.stringify(answer)}`);
    const issued = await registry.findCertificateByFingerprint(sha256(granted));
    return { messageType, content, signer, granted, issued };
  };
  const enroll = async (name: string): ReturnType<typeof original> => {
    const keyPair = await testKeyPair('rsa-2048', name);
    const fields = { commonName: name, keyPair, challengePassword: memory.secret };
    const { certificationRequestDer } = await buildCertificationRequest(fields);
    return original('PKCSReq', certificationRequestDer, await selfSigned(keyPair, name));
  };

  const first = await enroll('first');
  const approved = await enroll('approved');
  waiting.push(approvedRequest(approved.content, approved.signer, approved.issued!, secretIdOf(memory.secret)!));
  const enrolled = await enroll('enrolled');
  const holder: Holder = { ...enrolled.signer, certificate: parseCertificate(enrolled.granted) };
  const renewal = await buildCertificationRequest({ commonName: 'enrolled', keyPair: holder });
  const { subjectDer } = memory.authority.issuing;
  const issuerAndSubject = der.sequence(subjectDer, encodeName([{ attribute: 'commonName', value: 'approved' }]));
  const issuerAndSerialNumber = issuerAndSerialNumberOf(holder.certificate);
  return {
    recipient,
    crlDer,
    handler,
    newHandler: () => newHandler(options),
    faults,
    originals: [
      first,
      await original('RenewalReq', renewal.certificationRequestDer, holder),
      await original('CertPoll', issuerAndSubject, approved.signer),
      await original('GetCert', issuerAndSerialNumber, holder),
      await original('GetCRL', issuerAndSerialNumber, holder),
    ],
  };
}

function approvedRequest(
  requestDer: Uint8Array,
  signer: Holder,
  { requestDigest, publicKeySha256, deviceId }: IssuedCertificate,
  secretId: string,
): PendingRequest {
  const now = new Date();
  return {
    id: 'waiting',
    protocol: 'scep',
    operation: 'PKCSReq',
    endpointLabel,
    transactionId: transactionIdOf(signer),
    requestDer,
    requestDigest,
    publicKeySha256,
    deviceId,
    caller: { kind: 'secret', secretId },
    remoteAddress: '192.0.2.7',
    attemptId: 'first',
    requestedAt: now,
    expiresAt: new Date(now.getTime() + 86_400_000),
    state: 'approved',
    approvedFor: { authorityId: 'issuing', profileName: 'device', profileVersion: 1 },
    decidedAt: now,
    decidedBy: 'officer',
    reason: undefined,
  };
}

/** Throws unless it is a refusal by HTTP, or a CertRep that the recipient signed and the signer of the message can read. */
export async function readAnswer(
  { status, headers, body }: HttpResponse,
  { privateKey }: Pick<Holder, 'privateKey'>,
  recipient: Holder,
): Promise<ReadAnswer> {
  const code = headers.find(([name]) => name === 'Touchmark-Reason')?.[1] ?? '';
  if (status !== 200) return { kind: 'HTTP', status, code };
  if (typeof body === 'string') throw new Error(`A CertRep is no text: ${body}`);
  const { contentType, content, signers } = parseSignedData(body);
  const [signer] = signers;
  if (
    signer === undefined ||
    !identifies(signer.sid, recipient.certificate) ||
    !verifySignerInfo(signer, contentType, content ?? new Uint8Array(0), recipient.publicKey)
  ) {
    throw new Error('The answer is not signed by the recipient.');
  }
  const pkiStatus = textOf(signer, 'id-pkiStatus');
  if (pkiStatus === '2') return { kind: 'FAILURE', code };
  if (pkiStatus === '3') return { kind: 'PENDING' };
  if (pkiStatus !== '0' || content === undefined) throw new Error(`The answer has the pkiStatus ${pkiStatus}.`);
  const envelopedData = parseEnvelopedData(content);
  const [addressee] = envelopedData.recipients;
  if (addressee === undefined) throw new Error('The answer is for nobody.');
  const decrypted = await decryptEnvelopedData(envelopedData, addressee, decryptKeyWith(privateKey));
  return { kind: 'SUCCESS', certsOnly: parseCertsOnly(decrypted) };
}

function textOf({ signedAttributes }: SignerInfo, name: keyof typeof rfc8894): string {
  const value = singleValue(signedAttributes, rfc8894[name]);
  if (value === undefined) throw new Error(`The answer has no ${name}.`);
  return new DerReader(value).string().value;
}
