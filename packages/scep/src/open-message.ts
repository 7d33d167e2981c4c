/** pkcsPKIEnvelope (RFC 8894 §3.2.2): the content of a message, which only the recipient reads. */
import { Asn1Error, prescan } from '@touchmark/asn1';
import { CaError, refused } from '@touchmark/ca';
import {
  CmsError,
  findRecipient,
  parseEnvelopedData,
  parseEnvelopedDataAllowingDes,
  readEnvelopedData,
} from '@touchmark/cms';
import type { CipherName, EnvelopedData, KeyTransRecipientInfo } from '@touchmark/cms';
import type { ScepEndpoint } from './authority.ts';
import { rehearse } from './signed-by-itself.ts';
import type { UnreadableMessages } from './unreadable-messages.ts';

export interface EnvelopeContext {
  readonly endpoint: Pick<ScepEndpoint, 'recipient' | 'settings'>;
  readonly unreadable: UnreadableMessages;
  readonly warnings: string[];
}

export interface OpenedMessage<Content> {
  /** Of the answer. */
  readonly cipher: CipherName;
  readonly content: Content;
}

/**
 * Decrypts the content and reads it. That it does not decrypt, that it cannot be read, and that it was tampered with are one
 * refusal, on one path: the content of others can be sent again, with bits turned over and a signature of one's own, and every
 * difference in the answer would tell something of it.
 *
 * @param read throws Asn1Error, or returns undefined, for what nobody can have meant to send
 */
export async function openMessage<Content>(
  envelope: Uint8Array,
  context: EnvelopeContext,
  read: (content: Uint8Array) => Content | undefined,
): Promise<OpenedMessage<Content>> {
  const { envelopedData, addressee } = parse(envelope, context);
  const { endpoint, unreadable } = context;
  const { recipient } = endpoint;
  if (unreadable.isSpent(addressee.encryptedKey)) throw notDecrypted();
  const readScanned = (decrypted: Uint8Array): Content | undefined => {
    try {
      prescan(decrypted);
      return read(decrypted);
    } catch (error) {
      rehearse(recipient);
      throw error;
    }
  };
  try {
    const content = await readEnvelopedData(envelopedData, addressee, recipient.decryptKey, readScanned);
    return { cipher: answerCipherOf(envelopedData), content };
  } catch (error) {
    if (error instanceof CmsError && error.code === 'decryptionFailed') unreadable.add(addressee.encryptedKey);
    throw refusalOf(error);
  }
}

/** Of a message whose content nobody needs: as well-formed from outside as others, and not decrypted. */
export function answerCipherFor(envelope: Uint8Array, context: EnvelopeContext): CipherName {
  return answerCipherOf(parse(envelope, context).envelopedData);
}

/** That of the message, but for DES: nobody who sends it has been seen without AES. */
function answerCipherOf({ cipher }: EnvelopedData): CipherName {
  return cipher === 'desCBC' ? 'aes128-CBC' : cipher;
}

interface Addressed {
  readonly envelopedData: EnvelopedData;
  readonly addressee: KeyTransRecipientInfo;
}

/** All of it can be seen from outside, and may be told. */
function parse(envelope: Uint8Array, { endpoint, warnings }: EnvelopeContext): Addressed {
  const { settings, recipient } = endpoint;
  try {
    const envelopedData = settings.des ? parseEnvelopedDataAllowingDes(envelope) : parseEnvelopedData(envelope);
    if (envelopedData.cipher === 'desCBC') warnings.push('the content is encrypted with DES, which others can read');
    if (envelopedData.cipher === 'des-ede3-cbc' && !settings.des3) {
      throw refused('messageAlgorithmNotAccepted', 'The content is encrypted with triple DES');
    }
    const named = findRecipient(envelopedData, recipient.certificate);
    if (named !== undefined) return { envelopedData, addressee: named };
    const [sole, ...others] = envelopedData.recipients;
    if (sole === undefined || others.length > 0) {
      throw refused('messageNotDecrypted', 'The content is not encrypted for the certificate that reads it here');
    }
    // Names that the client encodes in a way of its own; if it is another certificate, the key will not fit.
    warnings.push('the recipient of the content is not named as its certificate has it');
    return { envelopedData, addressee: sole };
  } catch (error) {
    throw refusalOf(error);
  }
}

/**
 * An Asn1Error is of the envelope, since what is inside is read as a part of decrypting it. What is not of a message is a
 * fault of ours, such as a key that is not to be had.
 */
function refusalOf(error: unknown): unknown {
  if (error instanceof Asn1Error) {
    return refused('messageMalformed', `The envelope cannot be read: ${error.message}`, { cause: error });
  }
  if (!(error instanceof CmsError)) return error;
  if (error.code === 'algorithmNotSupported') {
    return new CaError('messageAlgorithmNotAccepted', error.message, { cause: error });
  }
  return notDecrypted(error);
}

function notDecrypted(cause?: unknown): CaError {
  return refused('messageNotDecrypted', 'The content of the message could not be decrypted or read', { cause });
}
