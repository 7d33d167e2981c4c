/**
 * PKIMessage (RFC 8894 §3.2): a SignedData whose one signer signs, with the content, what the message is and to which
 * transaction it belongs.
 */
import { Asn1Error, DerReader, rfc8894, tag } from '@touchmark/asn1';
import { refused } from '@touchmark/ca';
import type { CaError } from '@touchmark/ca';
import { parseSignedData, singleValue } from '@touchmark/cms';
import type { CmsAttribute, SignedData, SignerInfo } from '@touchmark/cms';

export interface PkiMessage {
  readonly signedData: SignedData;
  readonly signerInfo: SignerInfo;
  /** Hexadecimal, decimal, base64: whatever the client calls it. */
  readonly transactionId: string;
  readonly transactionIdDer: Uint8Array;
  /** Undefined: there is none, there are several, or it is no PrintableString. */
  readonly messageType: string | undefined;
  /** Undefined: there is none, there are several, or it is no OCTET STRING of a length that is echoed. */
  readonly senderNonce: Uint8Array | undefined;
}

const longestTransactionId = 256;
const longestNonce = 64;

/**
 * BER or DER. Nothing is proven yet. Throws CaError `messageMalformed` for what has no transaction under which it could be
 * answered.
 */
export function parsePkiMessage(octets: Uint8Array): PkiMessage {
  const signedData = parse(octets);
  const [signerInfo, ...others] = signedData.signers;
  if (signerInfo === undefined || others.length > 0) throw malformed('A message of SCEP has one signer');
  const { signedAttributes } = signerInfo;
  const transactionIdDer = singleValue(signedAttributes, rfc8894['id-transactionID']);
  const transactionId = transactionIdDer && readTransactionId(transactionIdDer);
  if (transactionIdDer === undefined || transactionId === undefined) {
    throw malformed(
      `The message has no transactionID, which is a PrintableString of 1 to ${longestTransactionId} characters`,
    );
  }
  return {
    signedData,
    signerInfo,
    transactionId,
    transactionIdDer,
    messageType: printableString(signedAttributes, rfc8894['id-messageType']),
    senderNonce: nonce(signedAttributes),
  };
}

function parse(octets: Uint8Array): SignedData {
  try {
    return parseSignedData(octets);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    throw malformed(`The message cannot be read: ${error.message}`, error);
  }
}

/** Printable ASCII: clients write base64url and others here, whose characters are not all of PrintableString. */
function readTransactionId(element: Uint8Array): string | undefined {
  if (element[0] !== tag.printableString) return undefined;
  const octets = readable(() => new DerReader(element).content(tag.printableString));
  const text = octets && Buffer.from(octets).toString('latin1');
  return text !== undefined && /^[\x20-\x7e]+$/.test(text) && text.length <= longestTransactionId ? text : undefined;
}

function printableString(attributes: readonly CmsAttribute[], oid: string): string | undefined {
  const value = singleValue(attributes, oid);
  if (value?.[0] !== tag.printableString) return undefined;
  return readable(() => new DerReader(value).string().value);
}

function nonce(attributes: readonly CmsAttribute[]): Uint8Array | undefined {
  const value = singleValue(attributes, rfc8894['id-senderNonce']);
  const octets = value && readable(() => new DerReader(value).octetString());
  return octets !== undefined && octets.length <= longestNonce ? octets : undefined;
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Asn1Error) return undefined;
    throw error;
  }
}

function malformed(what: string, cause?: unknown): CaError {
  return refused('messageMalformed', what, { cause });
}
