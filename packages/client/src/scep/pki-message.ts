/** A SCEP request (RFC 8894 §3.2): its content encrypted for the RA, what it is for in signed attributes. */
import { constants, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { der, rfc5652, rfc8894 } from '@touchmark/asn1';
import { encodeEnvelopedData, encodeSignedData } from '@touchmark/cms';
import type { CmsAttribute, Recipient, SignAttributes } from '@touchmark/cms';
import type { Certificate } from '@touchmark/x509';
import type { ScepAlgorithms } from './ca-capabilities.ts';

/** RFC 8894 §3.2.1.2; CertRep, the answer to each of them, is 3. */
export const messageTypes = {
  RenewalReq: 17,
  PKCSReq: 19,
  CertPoll: 20,
  GetCert: 21,
  GetCRL: 22,
} as const;

export type MessageType = keyof typeof messageTypes;

/** Who signs a request, and can read the answer. */
export interface ScepSigner {
  readonly certificate: Certificate;
  /** RSA. */
  readonly privateKey: KeyObject;
}

export interface PkiMessage {
  readonly messageType: MessageType;
  readonly transactionId: string;
  readonly senderNonce: Uint8Array;
  /** What only the RA shall read. */
  readonly messageData: Uint8Array;
}

/** The whole message in DER. */
export function encodePkiMessage(
  message: PkiMessage,
  signer: ScepSigner,
  recipient: Recipient,
  { cipher, digest }: ScepAlgorithms,
): Promise<Uint8Array> {
  return encodeSignedData(
    {
      contentType: rfc5652['id-data'],
      content: encodeEnvelopedData(message.messageData, recipient, cipher),
      digest,
      attributes: attributesOf(message),
      signerCertificate: signer.certificate,
      certificatesDer: [signer.certificate.der],
    },
    signAttributesWith(signer.privateKey),
  );
}

function attributesOf({ messageType, transactionId, senderNonce }: PkiMessage): CmsAttribute[] {
  return [
    { oid: rfc8894['id-transactionID'], values: [der.printableString(transactionId)] },
    { oid: rfc8894['id-messageType'], values: [der.printableString(String(messageTypes[messageType]))] },
    { oid: rfc8894['id-senderNonce'], values: [der.octetString(senderNonce)] },
  ];
}

const signOnThreadpool = promisify(sign);

function signAttributesWith(key: KeyObject): SignAttributes {
  return async (digest, data) =>
    new Uint8Array(await signOnThreadpool(digest, data, { key, padding: constants.RSA_PKCS1_PADDING }));
}
