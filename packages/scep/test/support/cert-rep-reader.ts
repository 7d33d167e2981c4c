/** A CertRep as a client reads it: verified, and opened with the client's key. */
import { createPublicKey } from 'node:crypto';
import { DerReader, rfc8894, tag } from '@touchmark/asn1';
import {
  decryptKeyWith,
  identifies,
  openEnvelopedData,
  parseCertsOnly,
  parseEnvelopedData,
  parseSignedData,
  singleValue,
  verifySignerInfo,
} from '@touchmark/cms';
import type { CertsOnly, CipherName, CmsDigest } from '@touchmark/cms';
import type { HttpResponse } from '@touchmark/http';
import { parseCertificate } from '@touchmark/x509';
import type { Holder } from './world.ts';

export interface ReadCertRep {
  readonly messageType: string | undefined;
  readonly transactionId: string | undefined;
  readonly pkiStatus: string | undefined;
  readonly failInfo: string | undefined;
  readonly failInfoText: string | undefined;
  readonly senderNonce: Uint8Array | undefined;
  readonly recipientNonce: Uint8Array | undefined;
  readonly digest: CmsDigest | undefined;
  /** Of the content, if there is one. */
  readonly cipher: CipherName | undefined;
  readonly content: CertsOnly | undefined;
}

/** Throws unless the answer is signed by the certificate inside it, which must be that of `recipient`. */
export async function readCertRep(response: HttpResponse, client: Holder, recipient: Holder): Promise<ReadCertRep> {
  if (response.status !== 200) throw new Error(`${response.status}: ${String(response.body)}`);
  if (typeof response.body === 'string') throw new Error('A CertRep is no text.');
  const { contentType, content, certificatesDer, signers } = parseSignedData(response.body);
  const [signer] = signers;
  const [certificateDer] = certificatesDer;
  if (signer === undefined || certificateDer === undefined) throw new Error('The answer is not signed.');
  const certificate = parseCertificate(certificateDer);
  if (!identifies(signer.sid, certificate) || !identifies(signer.sid, recipient.certificate)) {
    throw new Error('The answer is signed by somebody else.');
  }
  const publicKey = createPublicKey({
    key: Buffer.from(certificate.subjectPublicKeyInfoDer),
    format: 'der',
    type: 'spki',
  });
  // Some clients verify nothing but what is there, if only as no octets.
  if (content === undefined) throw new Error('The answer has no eContent.');
  if (!verifySignerInfo(signer, contentType, content, publicKey)) {
    throw new Error('The signature does not verify.');
  }
  const value = (name: keyof typeof rfc8894): DerReader | undefined => {
    const element = singleValue(signer.signedAttributes, rfc8894[name]);
    return element && new DerReader(element);
  };
  const envelope = content.length === 0 ? undefined : parseEnvelopedData(content);
  return {
    messageType: value('id-messageType')?.string().value,
    transactionId: textOf(value('id-transactionID')?.content(tag.printableString)),
    pkiStatus: value('id-pkiStatus')?.string().value,
    failInfo: value('id-failInfo')?.string().value,
    failInfoText: value('id-scep-failInfoText')?.string().value,
    senderNonce: value('id-senderNonce')?.octetString(),
    recipientNonce: value('id-recipientNonce')?.octetString(),
    digest: signer.digest,
    cipher: envelope?.cipher,
    content:
      envelope &&
      parseCertsOnly(await openEnvelopedData(envelope, client.certificate, decryptKeyWith(client.privateKey))),
  };
}

/** It comes back as it was sent, also with characters that no PrintableString has. */
function textOf(octets: Uint8Array | undefined): string | undefined {
  return octets && Buffer.from(octets).toString('latin1');
}
