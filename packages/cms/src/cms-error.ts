/** Why a message that can be read cannot be used; all bytes that cannot be read are an Asn1Error. */
export type CmsErrorCode =
  /** A digest, signature or cipher that is not in the tables. */
  | 'algorithmNotSupported'
  /** No recipient is the certificate in question. */
  | 'notForThisRecipient'
  /** One answer for every way in which decryption can fail: which one it was, nobody must learn. */
  | 'decryptionFailed';

export class CmsError extends Error {
  readonly code: CmsErrorCode;

  constructor(code: CmsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CmsError';
    this.code = code;
  }
}
