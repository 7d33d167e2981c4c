/** Devices as SCEP sees them: what they send, octet by octet, and what they make of the answer. */
import { createPublicKey, randomBytes } from 'node:crypto';
import { equalBytes, toHex } from '@touchmark/asn1';
import type { KeyPair } from '@touchmark/crypto';
import type { HttpResponse } from '@touchmark/http';
import { buildCertificationRequest } from '@touchmark/testkit';
import { parseCertificate } from '@touchmark/x509';
import type { Certificate } from '@touchmark/x509';
import { readCertRep } from '../../packages/scep/test/support/cert-rep-reader.ts';
import { buildMessage, defaultNonce } from '../../packages/scep/test/support/message-builder.ts';
import type { MessageFields } from '../../packages/scep/test/support/message-builder.ts';
import { selfSigned } from '../../packages/scep/test/support/world.ts';
import type { Holder } from '../../packages/scep/test/support/world.ts';

export type { Holder, MessageFields };

/** A message as it is to be. */
export type AskedFields = Omit<MessageFields, 'transactionId'> & { readonly transactionId?: string };

/** A message and who will read the answer. */
export interface Sent {
  readonly label: string;
  readonly octets: Uint8Array;
  readonly signer: Holder;
  readonly transactionId: string;
}

export type Told =
  /** The first certificate of the answer is the one that it is about; none if it has a CRL. */
  | { readonly kind: 'success'; readonly certificateDer: Uint8Array | undefined; readonly crls: number }
  | { readonly kind: 'pending' }
  | { readonly kind: 'failure'; readonly failInfo: string | undefined; readonly reason: string | undefined };

/** RFC 8894 §3.2.1.4 */
const failInfoNames = ['badAlg', 'badMessageCheck', 'badRequest', 'badTime', 'badCertId'];

/** The recipient as its clients know it. */
export function recipientOf(certificate: Certificate): Holder {
  const publicKey = createPublicKey({
    key: Buffer.from(certificate.subjectPublicKeyInfoDer),
    format: 'der',
    type: 'spki',
  });
  return {
    certificate,
    publicKey,
    get privateKey(): never {
      throw new Error('The service alone has this key.');
    },
  };
}

/** PKCS #10; with a fresh P-256 key unless there is one already. */
export async function requestOf(
  commonName: string,
  challengePassword?: string,
  keyPair?: KeyPair,
): Promise<Uint8Array> {
  const { certificationRequestDer } = await buildCertificationRequest({
    commonName,
    ...(keyPair === undefined ? {} : { keyPair: { privateKey: keyPair.privateKey, publicKey: keyPair.publicKey } }),
    ...(challengePassword === undefined ? {} : { challengePassword }),
  });
  return certificationRequestDer;
}

/** A certificate of its own making, and in order. */
export function selfSignedAs(commonName: string, keyPair: KeyPair): Promise<Holder> {
  return selfSigned(keyPair, commonName, { notAfter: new Date('2049-01-01T00:00:00Z') });
}

/** Who was just certified. */
export function holderOf(certificateDer: Uint8Array, { privateKey, publicKey }: KeyPair): Holder {
  return { certificate: parseCertificate(certificateDer), privateKey, publicKey };
}

/** Under a transaction of its own, unless told otherwise. */
export function messageOf(label: string, fields: AskedFields): Sent {
  const transactionId = fields.transactionId ?? randomBytes(16).toString('hex').toUpperCase();
  return { label, octets: buildMessage({ ...fields, transactionId }), signer: fields.signer, transactionId };
}

/** Throws unless the answer is a CertRep of the recipient to this very message. */
export async function readAnswer(
  response: HttpResponse,
  { signer, transactionId }: Sent,
  recipient: Holder,
): Promise<Told> {
  const reply = await readCertRep(response, signer, recipient);
  if (reply.messageType !== '3' || reply.transactionId !== transactionId) throw new Error('It answers something else.');
  if (reply.recipientNonce === undefined || !equalBytes(reply.recipientNonce, defaultNonce)) {
    throw new Error('The nonce is not that of the message.');
  }
  if (reply.senderNonce?.length !== 16 || equalBytes(reply.senderNonce, defaultNonce)) {
    throw new Error('The nonce of the answer is not its own.');
  }
  switch (reply.pkiStatus) {
    case '0': {
      const { certificatesDer = [], crlsDer = [] } = reply.content ?? {};
      return { kind: 'success', certificateDer: certificatesDer[0], crls: crlsDer.length };
    }
    case '2': {
      if (reply.content !== undefined) throw new Error('A refusal has content.');
      const reason = response.headers.find(([name]) => name === 'Touchmark-Reason')?.[1];
      return { kind: 'failure', failInfo: failInfoNames[Number(reply.failInfo)], reason };
    }
    case '3':
      return { kind: 'pending' };
    case undefined:
    default:
      throw new Error(`There is no pkiStatus ${String(reply.pkiStatus)}.`);
  }
}

/** For comparing and printing. */
export function describeTold(told: Told): string {
  switch (told.kind) {
    case 'success':
      return told.certificateDer === undefined ? 'a CRL' : `certificate ${toHex(told.certificateDer)}`;
    case 'pending':
      return 'PENDING';
    case 'failure':
      return `${told.failInfo ?? 'no failInfo'} ${told.reason ?? ''}`;
  }
}
