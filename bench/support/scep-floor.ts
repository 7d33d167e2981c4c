/**
 * The least that a PKCSReq can cost: the RSA operations of both sides of the RA, and a certificate from a template. Nothing is
 * parsed, nothing checked but signatures, and the answer is not encrypted.
 */
import { constants, privateDecrypt, sign, verify } from 'node:crypto';
import { parseEnvelopedData, parseSignedData } from '@touchmark/cms';
import type { Holder } from './scep-message.ts';
import type { TemplateFloor } from './template-floor.ts';

/** What is found in a message before the clock starts. */
export interface DissectedMessage {
  readonly signer: Holder;
  readonly signedAttributesDer: Uint8Array;
  readonly signature: Uint8Array;
  readonly encryptedKey: Uint8Array;
  readonly requestDer: Uint8Array;
}

export function dissect(message: Uint8Array, signer: Holder, requestDer: Uint8Array): DissectedMessage {
  const { content, signers } = parseSignedData(message);
  const [signerInfo] = signers;
  if (content === undefined || signerInfo?.signedAttributesDer === undefined) throw new Error('This is no PKIMessage.');
  const { encryptedKey } = parseEnvelopedData(content).recipients[0]!;
  const { signedAttributesDer, signature } = signerInfo;
  return { signer, signedAttributesDer, signature, encryptedKey, requestDer };
}

/** One verification, one decryption, one certificate, one signature. */
export function answerLeast(message: DissectedMessage, { privateKey }: Holder, issuer: TemplateFloor): void {
  const { signer, signedAttributesDer, signature, encryptedKey, requestDer } = message;
  if (!verify('sha256', signedAttributesDer, signer.publicKey, signature)) throw new Error('unreachable');
  privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, encryptedKey);
  issuer.issue(requestDer);
  sign('sha256', signedAttributesDer, privateKey);
}
