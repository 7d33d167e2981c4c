/** Messages as clients send them, and as they should not: every part can be another. */
import { constants, createCipheriv, createHash, publicEncrypt, randomBytes, sign } from 'node:crypto';
import {
  contextTag,
  der,
  DerReader,
  rfc3370,
  rfc3565,
  rfc5280,
  rfc5652,
  rfc8017,
  rfc8018,
  rfc8894,
  tag,
} from '@touchmark/asn1';
import { findExtension, keyIdentifierOf } from '@touchmark/x509';
import type { Certificate } from '@touchmark/x509';
import type { Holder } from './world.ts';

export interface MessageFields {
  /** Who signs. */
  readonly signer: Holder;
  /** For whom it is encrypted. */
  readonly recipient: Holder;
  /** PKCS #10, IssuerAndSubject, …; undefined: the message has no content at all. */
  readonly content: Uint8Array | undefined;
  /** The value of the attribute; PKCSReq if left out. A whole element, or the text of a PrintableString. */
  readonly messageType?: string | Uint8Array;
  readonly transactionId?: string | Uint8Array;
  readonly senderNonce?: Uint8Array;
  /** Has the last word on the attributes. */
  readonly attributes?: (attributes: readonly MessageAttribute[]) => readonly MessageAttribute[];
  readonly digest?: Digest;
  /** Instead of rsaEncryption. */
  readonly signatureAlgorithmDer?: Uint8Array;
  readonly sid?: Uint8Array;
  readonly certificatesDer?: readonly Uint8Array[];
  readonly envelope?: EnvelopeFields;
  /** Indefinite lengths, and strings in pieces. */
  readonly ber?: boolean;
  /** Has the last word on the signature. */
  readonly signature?: (signature: Uint8Array) => Uint8Array;
  /** How often the signer is there. */
  readonly signers?: number;
}

export interface EnvelopeFields {
  readonly cipher?: Cipher;
  readonly keyTransport?: 'pkcs1' | 'oaep-sha1' | 'oaep-sha256';
  readonly rid?: Uint8Array;
  /** Instead of the AlgorithmIdentifier of `keyTransport`. */
  readonly keyTransportAlgorithm?: Uint8Array;
  /** Have the last word on what is encrypted, and on what came of it. */
  readonly padded?: (padded: Uint8Array) => Uint8Array;
  readonly encryptedKey?: (encryptedKey: Uint8Array) => Uint8Array;
  readonly encryptedContent?: (encrypted: Uint8Array) => Uint8Array;
}

export interface MessageAttribute {
  readonly oid: string;
  readonly values: readonly Uint8Array[];
}

type Digest = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512';
type Cipher = 'des' | 'des3' | 'aes128' | 'aes192' | 'aes256' | 'aes128-gcm';

const digestOids: Readonly<Record<Digest, string>> = {
  md5: '1.2.840.113549.2.5',
  sha1: rfc8017['id-sha1'],
  sha256: rfc8017['id-sha256'],
  sha384: rfc8017['id-sha384'],
  sha512: rfc8017['id-sha512'],
};

const ciphers: Readonly<Record<Cipher, { oid: string; node: string; key: number; block: number }>> = {
  des: { oid: rfc8018.desCBC, node: 'des-ede3-cbc', key: 8, block: 8 },
  des3: { oid: rfc3370['des-ede3-cbc'], node: 'des-ede3-cbc', key: 24, block: 8 },
  aes128: { oid: rfc3565['id-aes128-CBC'], node: 'aes-128-cbc', key: 16, block: 16 },
  aes192: { oid: rfc3565['id-aes192-CBC'], node: 'aes-192-cbc', key: 24, block: 16 },
  aes256: { oid: rfc3565['id-aes256-CBC'], node: 'aes-256-cbc', key: 32, block: 16 },
  'aes128-gcm': { oid: '2.16.840.1.101.3.4.1.6', node: 'aes-128-cbc', key: 16, block: 16 },
};

export const defaultNonce = Uint8Array.from({ length: 16 }, (_, index) => index + 1);
export const defaultTransactionId = '7F3A9C00B1D24E5F';

export function buildMessage(fields: MessageFields): Uint8Array {
  const { signer, digest = 'sha256', ber = false, signers = 1 } = fields;
  const content = fields.content && envelope(fields.content, fields.recipient, fields.envelope, ber);
  const attributes = attributesOf(fields, digest, content ?? new Uint8Array(0));
  const signedAttributes = der.set(...attributes.map(encodeAttribute));
  const signature = new Uint8Array(sign(digest === 'md5' ? 'md5' : digest, signedAttributes, signer.privateKey));
  const digestAlgorithm = der.sequence(der.oid(digestOids[digest]), der.null());
  const signerInfo = der.sequence(
    der.integer(1),
    fields.sid ?? issuerAndSerialNumber(signer.certificate),
    digestAlgorithm,
    der.retag(contextTag(0, true), signedAttributes),
    fields.signatureAlgorithmDer ?? der.sequence(der.oid(rfc8017.rsaEncryption), der.null()),
    der.octetString(fields.signature?.(signature) ?? signature),
  );
  const message = contentInfo(
    rfc5652['id-signedData'],
    der.sequence(
      der.integer(1),
      der.set(digestAlgorithm),
      der.sequence(
        der.oid(rfc5652['id-data']),
        ...(content === undefined ? [] : [der.explicit(0, der.octetString(content))]),
      ),
      der.explicit(0, ...(fields.certificatesDer ?? [signer.certificate.der])),
      der.set(...Array.from({ length: signers }, () => signerInfo)),
    ),
  );
  return ber ? toBer(message) : message;
}

function attributesOf(fields: MessageFields, digest: Digest, content: Uint8Array): readonly MessageAttribute[] {
  const { messageType = '19', transactionId = defaultTransactionId, senderNonce = defaultNonce } = fields;
  const defaults: MessageAttribute[] = [
    { oid: rfc5652['id-contentType'], values: [der.oid(rfc5652['id-data'])] },
    {
      oid: rfc5652['id-messageDigest'],
      values: [der.octetString(new Uint8Array(createHash(digest).update(content).digest()))],
    },
    { oid: rfc8894['id-messageType'], values: [text(messageType)] },
    { oid: rfc8894['id-transactionID'], values: [text(transactionId)] },
    { oid: rfc8894['id-senderNonce'], values: [der.octetString(senderNonce)] },
  ];
  return fields.attributes?.(defaults) ?? defaults;
}

function text(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? der.printableString(value) : value;
}

function encodeAttribute({ oid, values }: MessageAttribute): Uint8Array {
  return der.sequence(der.oid(oid), der.set(...values));
}

function envelope(content: Uint8Array, recipient: Holder, fields: EnvelopeFields = {}, ber: boolean): Uint8Array {
  const { cipher = 'aes128', keyTransport = 'pkcs1' } = fields;
  const { oid, node, key: keyLength, block } = ciphers[cipher];
  const key = randomBytes(keyLength);
  const iv = randomBytes(block);
  // OpenSSL 3 has no DES without its legacy provider, but it is triple DES with one key.
  const nodeKey = cipher === 'des' ? Buffer.concat([key, key, key]) : key;
  const encryption = createCipheriv(node, nodeKey, iv).setAutoPadding(false);
  const padding = block - (content.length % block);
  const padded = Buffer.concat([content, Buffer.alloc(padding, padding)]);
  const encrypted = new Uint8Array(
    Buffer.concat([encryption.update(fields.padded?.(padded) ?? padded), encryption.final()]),
  );
  const encryptedKey = encryptKey(recipient, key, keyTransport);
  const recipientInfo = der.sequence(
    der.integer(fields.rid?.[0] === contextTag(0, false) ? 2 : 0),
    fields.rid ?? issuerAndSerialNumber(recipient.certificate),
    fields.keyTransportAlgorithm ?? keyTransportAlgorithm(keyTransport),
    der.octetString(fields.encryptedKey?.(encryptedKey) ?? encryptedKey),
  );
  const message = contentInfo(
    rfc5652['id-envelopedData'],
    der.sequence(
      der.integer(0),
      der.set(recipientInfo),
      der.sequence(
        der.oid(rfc5652['id-data']),
        der.sequence(der.oid(oid), der.octetString(new Uint8Array(iv))),
        der.implicit(0, fields.encryptedContent?.(encrypted) ?? encrypted),
      ),
    ),
  );
  return ber ? toBer(message) : message;
}

function encryptKey(
  { publicKey }: Holder,
  key: Uint8Array,
  keyTransport: NonNullable<EnvelopeFields['keyTransport']>,
): Uint8Array {
  const options =
    keyTransport === 'pkcs1'
      ? { padding: constants.RSA_PKCS1_PADDING }
      : { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: keyTransport.slice('oaep-'.length) };
  return new Uint8Array(publicEncrypt({ key: publicKey, ...options }, key));
}

function keyTransportAlgorithm(keyTransport: NonNullable<EnvelopeFields['keyTransport']>): Uint8Array {
  if (keyTransport === 'pkcs1') return der.sequence(der.oid(rfc8017.rsaEncryption), der.null());
  const digest = der.sequence(der.oid(digestOids[keyTransport === 'oaep-sha1' ? 'sha1' : 'sha256']), der.null());
  const mask = der.sequence(der.oid(rfc8017['id-mgf1']), digest);
  return der.sequence(
    der.oid(rfc8017['id-RSAES-OAEP']),
    keyTransport === 'oaep-sha1' ? der.sequence() : der.sequence(der.explicit(0, digest), der.explicit(1, mask)),
  );
}

function contentInfo(oid: string, content: Uint8Array): Uint8Array {
  return der.sequence(der.oid(oid), der.explicit(0, content));
}

export function issuerAndSerialNumber({ issuer, serialNumber }: Certificate): Uint8Array {
  return der.sequence(issuer.der, der.integerBytes(serialNumber));
}

/** SignerIdentifier and RecipientIdentifier by the identifier of the key. */
export function subjectKeyIdentifier(certificate: Certificate): Uint8Array {
  const extension = findExtension(certificate, rfc5280['id-ce-subjectKeyIdentifier']);
  const identifier =
    extension === undefined
      ? keyIdentifierOf(certificate.subjectPublicKeyInfoDer)
      : new DerReader(extension.value).octetString();
  return der.implicit(0, identifier);
}

/** The same element with indefinite lengths, and with its OCTET STRINGs in pieces, those under [0] too. */
export function toBer(element: Uint8Array): Uint8Array {
  const reader = new DerReader(element);
  const identifier = element[0] ?? 0;
  if (identifier === tag.octetString || identifier === contextTag(0, false)) {
    return indefinite(identifier | 0x20, pieces(reader.content(identifier)));
  }
  if ((identifier & 0x20) === 0) return element;
  const inside = reader.enter(identifier);
  const parts: Uint8Array[] = [];
  while (!inside.done) parts.push(toBer(inside.element()));
  return indefinite(identifier, parts);
}

function pieces(content: Uint8Array): Uint8Array[] {
  const size = 1000;
  const count = Math.ceil(content.length / size);
  return Array.from({ length: count }, (_, index) =>
    der.octetString(content.subarray(index * size, (index + 1) * size)),
  );
}

function indefinite(identifier: number, parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat([Uint8Array.of(identifier, 0x80), ...parts, Uint8Array.of(0, 0)]));
}
