/** Who signed a message: the certificate in it that its signer names, whose key made the signature. */
import type { KeyObject } from 'node:crypto';
import { Asn1Error, readWhole, rfc8017 } from '@touchmark/asn1';
import { CaError, refused } from '@touchmark/ca';
import { identifies, verifySignerInfo } from '@touchmark/cms';
import type { CmsDigest, SignerInfo } from '@touchmark/cms';
import { KeyPolicyError, parsePublicKey } from '@touchmark/crypto';
import { parseCertificate } from '@touchmark/x509';
import type { Certificate } from '@touchmark/x509';
import type { PkiMessage } from './pki-message.ts';
import type { ScepSettings } from './settings.ts';

/** A proof that who has the private key of `certificate` signed this content. Nothing is said of the certificate itself. */
export interface VerifiedMessage {
  readonly content: Uint8Array;
  readonly signer: Signer;
}

export interface Signer {
  readonly certificate: Certificate;
  readonly publicKey: KeyObject;
}

/** Throws CaError. */
export function verifyMessage(message: PkiMessage, settings: ScepSettings): VerifiedMessage {
  checkDigest(message.signerInfo, settings);
  const certificate = findSignerCertificate(message);
  const publicKey = publicKeyOf(certificate);
  const { content } = message.signedData;
  if (content === undefined) throw refused('messageMalformed', 'There is no content in the message');
  if (!verifies(message, content, publicKey)) {
    throw refused('messageSignatureInvalid', 'The signature of the message does not verify');
  }
  return { content, signer: { certificate, publicKey } };
}

function verifies({ signedData, signerInfo }: PkiMessage, content: Uint8Array, publicKey: KeyObject): boolean {
  try {
    return verifySignerInfo(signerInfo, signedData.contentType, content, publicKey);
  } catch (error) {
    // An algorithm identifier that cannot be read.
    if (error instanceof Asn1Error) return false;
    throw error;
  }
}

/** The digest to answer with: that of the message, as far as it is accepted. The key of a CA signs nothing with SHA-1. */
export function replyDigestOf({ digest }: SignerInfo, settings: ScepSettings): CmsDigest {
  const isSha1Signed = settings.sha1 && settings.recipient === 'ra';
  return digest === undefined || (digest === 'sha1' && !isSha1Signed) ? 'sha256' : digest;
}

function checkDigest({ digest, signatureAlgorithmDer }: SignerInfo, settings: ScepSettings): void {
  const sha1 = digest === 'sha1' || isSha1WithRsa(signatureAlgorithmDer);
  if (digest !== undefined && (!sha1 || settings.sha1)) return;
  throw refused(
    'messageAlgorithmNotAccepted',
    digest === undefined
      ? 'The message is digested with an algorithm that is not known here'
      : 'The message is signed with SHA-1',
  );
}

/** False for what cannot be read: it does not verify either. */
function isSha1WithRsa(algorithmIdentifierDer: Uint8Array): boolean {
  try {
    return readWhole(algorithmIdentifierDer).oid() === rfc8017.sha1WithRSAEncryption;
  } catch (error) {
    if (error instanceof Asn1Error) return false;
    throw error;
  }
}

/** Certificates that cannot be read are no candidates. */
function findSignerCertificate({ signedData, signerInfo }: PkiMessage): Certificate {
  for (const certificateDer of signedData.certificatesDer) {
    try {
      const certificate = parseCertificate(certificateDer);
      if (identifies(signerInfo.sid, certificate)) return certificate;
    } catch (error) {
      if (!(error instanceof Asn1Error)) throw error;
    }
  }
  throw refused('messageSignatureInvalid', 'The certificate of the signer is not in the message, or cannot be read');
}

/** How large a key may be is for the profile to say. */
function publicKeyOf({ subjectPublicKeyInfoDer }: Certificate): KeyObject {
  try {
    return parsePublicKey(subjectPublicKeyInfoDer, { maximumRsaBits: 8192 }).keyObject;
  } catch (error) {
    if (!(error instanceof KeyPolicyError)) throw error;
    throw new CaError(error.code, error.message, { cause: error });
  }
}
