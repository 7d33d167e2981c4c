/** CertRep (RFC 8894 §3.3.2): the answer to every PKIMessage, always signed. */
import { der, rfc5652, rfc8894 } from '@touchmark/asn1';
import { encodeSignedData } from '@touchmark/cms';
import type { CmsAttribute, CmsDigest } from '@touchmark/cms';
import { createRandomBytes } from '@touchmark/crypto';
import type { ScepRecipient } from './authority.ts';
import { failInfos } from './fail-info.ts';
import type { FailInfo } from './fail-info.ts';

export type PkiStatus =
  /** `envelope` is an EnvelopedData for the client. */
  | { readonly kind: 'SUCCESS'; readonly envelope: Uint8Array }
  | { readonly kind: 'FAILURE'; readonly failInfo: FailInfo; readonly failInfoText: string }
  | { readonly kind: 'PENDING' };

export interface CertRep {
  readonly status: PkiStatus;
  /** As it came: clients compare it octet by octet. */
  readonly transactionIdDer: Uint8Array;
  /** The senderNonce of the request, if it had one. */
  readonly recipientNonce: Uint8Array | undefined;
  readonly digest: CmsDigest;
}

const pkiStatuses = { SUCCESS: '0', FAILURE: '2', PENDING: '3' } as const satisfies Record<PkiStatus['kind'], string>;
const nonceLength = 16;
const randomBytes = createRandomBytes();
/** Of an answer without an envelope: openssl, and certmonger with it, verifies no message whose content is left out. */
const noContent = new Uint8Array(0);

/** In DER; rejects when the key of the recipient is not to be had. */
export function encodeCertRep(reply: CertRep, recipient: ScepRecipient): Promise<Uint8Array> {
  const { status, digest } = reply;
  return encodeSignedData(
    {
      contentType: rfc5652['id-data'],
      content: status.kind === 'SUCCESS' ? status.envelope : noContent,
      digest,
      attributes: attributesOf(reply),
      signerCertificate: recipient.certificate,
      certificatesDer: [recipient.certificate.der],
    },
    recipient.sign,
  );
}

function attributesOf({ status, transactionIdDer, recipientNonce }: CertRep): CmsAttribute[] {
  const attributes = [
    attribute('id-messageType', der.printableString('3')),
    attribute('id-transactionID', transactionIdDer),
    attribute('id-pkiStatus', der.printableString(pkiStatuses[status.kind])),
    attribute('id-senderNonce', der.octetString(randomBytes(nonceLength))),
  ];
  if (recipientNonce !== undefined) attributes.push(attribute('id-recipientNonce', der.octetString(recipientNonce)));
  if (status.kind === 'FAILURE') {
    attributes.push(
      attribute('id-failInfo', der.printableString(failInfos[status.failInfo])),
      attribute('id-scep-failInfoText', der.utf8String(status.failInfoText.toWellFormed())),
    );
  }
  return attributes;
}

function attribute(name: keyof typeof rfc8894, value: Uint8Array): CmsAttribute {
  return { oid: rfc8894[name], values: [value] };
}
