/** RFC 5652: SignedData, EnvelopedData, certs-only. RFC 7292: PKCS #12 files. */
export { encodeAttribute, singleValue } from './attribute.ts';
export type { CmsAttribute } from './attribute.ts';
export { encodeCertsOnly, parseCertsOnly } from './certs-only.ts';
export type { CertsOnly } from './certs-only.ts';
export { identifies } from './certificate-identifier.ts';
export type { CertificateIdentifier } from './certificate-identifier.ts';
export { CmsError } from './cms-error.ts';
export type { CmsErrorCode } from './cms-error.ts';
export { cipherNames } from './content-encryption.ts';
export type { CipherName, ReadableCipherName } from './content-encryption.ts';
export { decryptKeyWith } from './decrypt-key.ts';
export { cmsDigestNames } from './digest-algorithm.ts';
export type { CmsDigest } from './digest-algorithm.ts';
export {
  decryptEnvelopedData,
  encodeEnvelopedData,
  findRecipient,
  openEnvelopedData,
  parseEnvelopedData,
  parseEnvelopedDataAllowingDes,
  readEnvelopedData,
} from './enveloped-data.ts';
export type { DecryptKey, EnvelopedData, KeyTransRecipientInfo, Recipient } from './enveloped-data.ts';
export type { KeyTransport } from './key-transport.ts';
export { encodePkcs12 } from './pkcs12.ts';
export type { Pkcs12Content } from './pkcs12.ts';
export { encodeSignedData, parseSignedData } from './signed-data.ts';
export type { SignAttributes, SignedData, SignedMessage } from './signed-data.ts';
export { verifySignerInfo } from './signer-info.ts';
export type { SignerInfo } from './signer-info.ts';
