/** PKIMessages layer by layer, so that each can be made, or spoilt, on its own. */
import { constants, createCipheriv, publicEncrypt, randomBytes, sign } from 'node:crypto';
import { contextTag, der, rfc3565, rfc5652, rfc8017, rfc8894, tag, toHex } from '@touchmark/asn1';
import { createSoftwareSigner, sha256 } from '@touchmark/crypto';
import type { KeyPair } from '@touchmark/crypto';
import { testSerialNumber } from '@touchmark/testkit';
import { encodeName, encodeSigned, encodeTbsCertificate, extension, parseCertificate } from '@touchmark/x509';
import type { Certificate } from '@touchmark/x509';

/** A certificate and its RSA key. */
export interface Holder extends KeyPair {
  readonly certificate: Certificate;
}

export type Recipient = Pick<Holder, 'certificate' | 'publicKey'>;

export const messageTypes = { PKCSReq: '19', RenewalReq: '17', CertPoll: '20', GetCert: '21', GetCRL: '22' } as const;
export type MessageType = keyof typeof messageTypes;

export interface MessageFields {
  readonly messageType: MessageType;
  /** What is encrypted. */
  readonly content: Uint8Array;
  readonly signer: Holder;
  readonly recipient: Recipient;
}

export function encodeMessage({ messageType, content, signer, recipient }: MessageFields): Uint8Array {
  const envelope = encodeEnvelope(content, recipient);
  return signAttributes(encodeAttributes(messageType, envelope, signer), envelope, signer);
}

/** The attributes to be signed, as a SET. */
export function encodeAttributes(messageType: MessageType, envelope: Uint8Array, signer: Holder): Uint8Array {
  const attribute = (oid: string, value: Uint8Array): Uint8Array => der.sequence(der.oid(oid), der.set(value));
  return der.set(
    attribute(rfc5652['id-contentType'], der.oid(rfc5652['id-data'])),
    attribute(rfc5652['id-messageDigest'], der.octetString(sha256(envelope))),
    attribute(rfc8894['id-messageType'], der.printableString(messageTypes[messageType])),
    attribute(rfc8894['id-transactionID'], der.printableString(transactionIdOf(signer))),
    attribute(rfc8894['id-senderNonce'], der.octetString(new Uint8Array(randomBytes(16)))),
  );
}

/** RFC 8894 §3.2.1.1: the same for the same key. */
export function transactionIdOf({ certificate }: Pick<Holder, 'certificate'>): string {
  return toHex(sha256(certificate.subjectPublicKeyInfoDer));
}

export interface SignedParts {
  /** That of the signer unless given. */
  readonly certificatesDer?: readonly Uint8Array[];
  /** How the signer is named. */
  readonly sid?: Uint8Array;
  /** How often the signer is there; once unless given. */
  readonly times?: number;
}

/**
 * The whole message, with a signature over the attributes as they are given.
 *
 * @param attributes an element of any tag, since the tag of what is sent is another than that of what is signed
 */
export function signAttributes(
  attributes: Uint8Array,
  envelope: Uint8Array,
  { certificate, privateKey }: Holder,
  { certificatesDer = [certificate.der], sid = issuerAndSerialNumberOf(certificate), times = 1 }: SignedParts = {},
): Uint8Array {
  const digestAlgorithm = der.sequence(der.oid(rfc8017['id-sha256']));
  const signerInfo = der.sequence(
    der.integer(1),
    sid,
    digestAlgorithm,
    attributes.length === 0 ? attributes : der.retag(contextTag(0, true), attributes),
    der.sequence(der.oid(rfc8017.rsaEncryption), der.null()),
    der.octetString(new Uint8Array(sign('sha256', attributes, privateKey))),
  );
  return contentInfo(
    rfc5652['id-signedData'],
    der.sequence(
      der.integer(1),
      der.set(digestAlgorithm),
      der.sequence(der.oid(rfc5652['id-data']), der.explicit(0, der.octetString(envelope))),
      der.explicit(0, ...certificatesDer),
      der.set(...Array.from({ length: times }, () => signerInfo)),
    ),
  );
}

export interface EnvelopeFields {
  /** Of AES-128-CBC. */
  readonly key?: Uint8Array;
  readonly iv?: Uint8Array;
  /** What the recipient's RSA key is applied to, of its length; PKCS #1 v1.5 around the key unless given. */
  readonly block?: Uint8Array;
  /** What is encrypted, of whole blocks; the padded content unless given. */
  readonly padded?: Uint8Array;
  /** What came of it. */
  readonly encryptedContent?: Uint8Array;
  /** Instead of the key that is encrypted. */
  readonly encryptedKey?: Uint8Array;
  /** Before the one that is meant. */
  readonly otherRecipientInfos?: readonly Uint8Array[];
}

export function encodeEnvelope(content: Uint8Array, recipient: Recipient, fields: EnvelopeFields = {}): Uint8Array {
  const { key = randomBytes(16), iv = new Uint8Array(randomBytes(16)), padded = pad(content) } = fields;
  const encryptedContent = fields.encryptedContent ?? encryptBlocks(key, iv, padded);
  const encryptedKey = fields.encryptedKey ?? encryptKey(key, recipient, fields.block);
  const recipientInfo = der.sequence(
    der.integer(0),
    issuerAndSerialNumberOf(recipient.certificate),
    der.sequence(der.oid(rfc8017.rsaEncryption), der.null()),
    der.octetString(encryptedKey),
  );
  const { otherRecipientInfos: others = [] } = fields;
  const encryptedContentInfo = der.sequence(
    der.oid(rfc5652['id-data']),
    der.sequence(der.oid(rfc3565['id-aes128-CBC']), der.octetString(iv)),
    der.implicit(0, encryptedContent),
  );
  return contentInfo(
    rfc5652['id-envelopedData'],
    der.sequence(der.integer(0), der.tlv(tag.set, ...others, recipientInfo), encryptedContentInfo),
  );
}

export function encryptBlocks(key: Uint8Array, iv: Uint8Array, padded: Uint8Array): Uint8Array {
  return new Uint8Array(createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false).update(padded));
}

function encryptKey(key: Uint8Array, { publicKey }: Recipient, block: Uint8Array | undefined): Uint8Array {
  const [octets, padding] =
    block === undefined ? [key, constants.RSA_PKCS1_PADDING] : [block, constants.RSA_NO_PADDING];
  return new Uint8Array(publicEncrypt({ key: publicKey, padding }, octets));
}

/** As RFC 5652 §6.3 says for blocks of 16 octets. */
export function pad(content: Uint8Array): Uint8Array {
  const padding = 16 - (content.length % 16);
  return new Uint8Array(Buffer.concat([content, Buffer.alloc(padding, padding)]));
}

export function issuerAndSerialNumberOf({ issuer, serialNumber }: Certificate): Uint8Array {
  return der.sequence(issuer.der, der.integerBytes(serialNumber));
}

function contentInfo(oid: string, content: Uint8Array): Uint8Array {
  return der.sequence(der.oid(oid), der.explicit(0, content));
}

/** With the certificate that a client makes itself to sign its first message. */
export async function selfSigned({ privateKey, publicKey }: KeyPair, commonName: string): Promise<Holder> {
  const signer = createSoftwareSigner(privateKey);
  const subjectDer = encodeName([{ attribute: 'commonName', value: commonName }]);
  const now = Math.floor(Date.now() / 1000) * 1000;
  const tbsCertificateDer = encodeTbsCertificate({
    serialNumber: testSerialNumber(),
    signatureAlgorithmDer: signer.algorithm.algorithmIdentifierDer,
    issuerDer: subjectDer,
    notBefore: new Date(now - 3_600_000),
    notAfter: new Date(now + 86_400_000),
    subjectDer,
    subjectPublicKeyInfoDer: signer.subjectPublicKeyInfoDer,
    extensionsDer: [extension.keyUsage(['digitalSignature', 'keyEncipherment'])],
  });
  const signature = await signer.sign(tbsCertificateDer);
  const certificateDer = encodeSigned(tbsCertificateDer, signer.algorithm.algorithmIdentifierDer, signature);
  return { certificate: parseCertificate(certificateDer), privateKey, publicKey };
}
