/**
 * A message for a recipient's eyes (RFC 5652 §6.1).
 *
 *     EnvelopedData ::= SEQUENCE {
 *       version CMSVersion,
 *       originatorInfo [0] IMPLICIT OriginatorInfo OPTIONAL,
 *       recipientInfos RecipientInfos,
 *       encryptedContentInfo EncryptedContentInfo,
 *       unprotectedAttrs [1] IMPLICIT UnprotectedAttributes OPTIONAL }
 *
 *     EncryptedContentInfo ::= SEQUENCE {
 *       contentType ContentType,
 *       contentEncryptionAlgorithm ContentEncryptionAlgorithmIdentifier,
 *       encryptedContent [0] IMPLICIT EncryptedContent OPTIONAL }
 */
import { constants, publicEncrypt } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { Asn1Error, contextTag, der, joinPieces, rfc5652, tag } from '@touchmark/asn1';
import type { DerReader } from '@touchmark/asn1';
import { createRandomBytes } from '@touchmark/crypto';
import type { Certificate } from '@touchmark/x509';
import { encodeIssuerAndSerialNumber, identifies, readCertificateIdentifier } from './certificate-identifier.ts';
import type { CertificateIdentifier } from './certificate-identifier.ts';
import { CmsError } from './cms-error.ts';
import { blockLengthOf, decrypt, encodeCipher, encrypt, findCipher, keyLengthOf } from './content-encryption.ts';
import type { CipherName, ReadableCipherName } from './content-encryption.ts';
import { encodeContentInfo, openContentInfo } from './content-info.ts';
import { encodeKeyTransport, parseKeyTransport } from './key-transport.ts';
import type { KeyTransport } from './key-transport.ts';

const randomBytes = createRandomBytes();

export interface EnvelopedData<Cipher extends ReadableCipherName = ReadableCipherName> {
  /** Those with key transport; a message may have recipients of other kinds beside them. */
  readonly recipients: readonly KeyTransRecipientInfo[];
  readonly cipher: Cipher;
  readonly iv: Uint8Array;
  readonly encryptedContent: Uint8Array;
}

export interface KeyTransRecipientInfo {
  readonly rid: CertificateIdentifier;
  readonly keyEncryptionAlgorithmDer: Uint8Array;
  readonly encryptedKey: Uint8Array;
}

/**
 * Decrypts with an RSA key that may be anywhere. It rejects when the key is not to be had; octets that do not decrypt it
 * answers with any others, so that nobody learns of it here.
 */
export type DecryptKey = (transport: KeyTransport, encryptedKey: Uint8Array) => Promise<Uint8Array>;

/** BER or DER. Throws Asn1Error, and CmsError `algorithmNotSupported`. */
export function parseEnvelopedData(contentInfo: Uint8Array): EnvelopedData<CipherName> {
  const { cipher, ...others } = parseEnvelopedDataAllowingDes(contentInfo);
  if (cipher === 'desCBC') throw cipherNotSupported('DES');
  return { ...others, cipher };
}

/** The same for clients that may have nothing better than DES. */
export function parseEnvelopedDataAllowingDes(contentInfo: Uint8Array): EnvelopedData {
  const envelopedData = openContentInfo(contentInfo, rfc5652['id-envelopedData']);
  envelopedData.smallInteger();
  envelopedData.optionalElement(contextTag(0, true));
  const recipients = readRecipients(envelopedData.enter(tag.set));
  const encrypted = readEncryptedContentInfo(envelopedData.enter(tag.sequence));
  envelopedData.optionalElement(contextTag(1, true));
  envelopedData.end();
  return { recipients, ...encrypted };
}

function readRecipients(set: DerReader): KeyTransRecipientInfo[] {
  const recipients: KeyTransRecipientInfo[] = [];
  while (!set.done) {
    if (set.peek() === tag.sequence) recipients.push(readKeyTransRecipientInfo(set.enter(tag.sequence)));
    else set.element();
  }
  return recipients;
}

function readKeyTransRecipientInfo(recipient: DerReader): KeyTransRecipientInfo {
  recipient.smallInteger();
  const rid = readCertificateIdentifier(recipient);
  const keyEncryptionAlgorithmDer = recipient.element(tag.sequence);
  const encryptedKey = recipient.octetString();
  recipient.end();
  return { rid, keyEncryptionAlgorithmDer, encryptedKey };
}

function readEncryptedContentInfo(info: DerReader): Omit<EnvelopedData, 'recipients'> {
  info.oid();
  const algorithm = info.enter(tag.sequence);
  const oid = algorithm.oid();
  const cipher = findCipher(oid);
  if (cipher === undefined) throw cipherNotSupported(oid);
  const iv = algorithm.octetString();
  algorithm.end();
  if (iv.length !== blockLengthOf(cipher)) throw info.error('the initialization vector is not as long as a block');
  const encryptedContent = readEncryptedContent(info);
  info.end();
  return { cipher, iv, encryptedContent };
}

function cipherNotSupported(name: string): CmsError {
  return new CmsError('algorithmNotSupported', `The content is encrypted with ${name}. Use AES in CBC mode.`);
}

/** The implicit tag hides whether the OCTET STRING came in pieces: only its constructed bit tells. */
function readEncryptedContent(info: DerReader): Uint8Array {
  const pieces = info.optionalEnter(contextTag(0, true));
  if (pieces === undefined) return info.octetString(contextTag(0, false));
  const elements: Uint8Array[] = [];
  while (!pieces.done) elements.push(pieces.element());
  return joinPieces(elements);
}

/** Which of the recipients is the owner of that certificate. Throws Asn1Error. */
export function findRecipient(message: EnvelopedData, certificate: Certificate): KeyTransRecipientInfo | undefined {
  return message.recipients.find(({ rid }) => identifies(rid, certificate));
}

/** The content for the owner of that certificate: `decryptEnvelopedData` for its recipient. */
export async function openEnvelopedData(
  message: EnvelopedData,
  recipientCertificate: Certificate,
  decryptKey: DecryptKey,
): Promise<Uint8Array> {
  const recipient = findRecipient(message, recipientCertificate);
  if (recipient === undefined) {
    throw new CmsError('notForThisRecipient', 'The message is encrypted for another certificate. Fetch it again.');
  }
  return decryptEnvelopedData(message, recipient, decryptKey);
}

/** The content for that recipient, whatever is in it. Fails as `readEnvelopedData` does. */
export function decryptEnvelopedData(
  message: EnvelopedData,
  recipient: KeyTransRecipientInfo,
  decryptKey: DecryptKey,
): Promise<Uint8Array> {
  return readEnvelopedData(message, recipient, decryptKey, (content) => content);
}

/**
 * What is in the content for that recipient. Whatever goes wrong between the encrypted key and the last octet of what is read
 * is one CmsError `decryptionFailed`, after the same work: a key of the wrong length is replaced by a random one (RFC 3218
 * §2.3), and what comes of a wrong key or with a wrong padding is read like everything else.
 *
 * @param read throws Asn1Error, or returns undefined, for what is not in order. It may depend on what the sender could not have
 * changed alone: an answer that tells apart what was tampered with decrypts the messages of others.
 */
export async function readEnvelopedData<Content>(
  message: EnvelopedData,
  recipient: KeyTransRecipientInfo,
  decryptKey: DecryptKey,
  read: (content: Uint8Array) => Content | undefined,
): Promise<Content> {
  const transport = parseKeyTransport(recipient.keyEncryptionAlgorithmDer);
  const length = keyLengthOf(message.cipher);
  const other = randomBytes(length);
  const decrypted = await decryptKey(transport, recipient.encryptedKey);
  const key = decrypted.length === length ? decrypted : other;
  const { content, isPadded } = decrypt(message.cipher, key, message.iv, message.encryptedContent);
  const { value, cause } = attempt(() => read(content));
  if (value === undefined || !isPadded || key === other) throw decryptionFailed(cause);
  return value;
}

function attempt<Value>(read: () => Value): { readonly value?: Value; readonly cause?: Asn1Error } {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof Asn1Error) return { cause: error };
    throw error;
  }
}

function decryptionFailed(cause: unknown): CmsError {
  return new CmsError(
    'decryptionFailed',
    'The message cannot be decrypted. Encrypt it anew for the current certificate.',
    { cause },
  );
}

export interface Recipient {
  readonly certificate: Certificate;
  readonly publicKey: KeyObject;
}

const rsaesPkcs1 = encodeKeyTransport({ kind: 'RSAES-PKCS1-v1_5' });

/** In DER, for one recipient, with PKCS #1 v1.5: the one key transport that every client of SCEP can read. */
export function encodeEnvelopedData(
  content: Uint8Array,
  { certificate, publicKey }: Recipient,
  cipher: CipherName,
): Uint8Array {
  const key = randomBytes(keyLengthOf(cipher));
  const iv = randomBytes(blockLengthOf(cipher));
  const encryptedKey = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, key);
  const recipientInfo = der.sequence(
    der.integer(0),
    encodeIssuerAndSerialNumber(certificate),
    rsaesPkcs1,
    der.octetString(new Uint8Array(encryptedKey)),
  );
  const encryptedContentInfo = der.sequence(
    der.oid(rfc5652['id-data']),
    encodeCipher(cipher, iv),
    der.implicit(0, encrypt(cipher, key, iv, content)),
  );
  return encodeContentInfo(
    rfc5652['id-envelopedData'],
    der.sequence(der.integer(0), der.set(recipientInfo), encryptedContentInfo),
  );
}
