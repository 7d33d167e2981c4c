/** Why the key policy refuses a public key. */

export type KeyPolicyCode =
  /** Not a SubjectPublicKeyInfo in DER, or not in the one form that its algorithm allows. */
  | 'keyMalformed'
  /** An algorithm that does not sign, or that no profile can allow. */
  | 'keyAlgorithmUnknown'
  | 'keyTooSmall'
  | 'keyTooLarge'
  /** RSA with another public exponent than 65537. */
  | 'keyExponentNotAllowed'
  /** An RSA modulus that anybody can factor. */
  | 'keyModulusWeak'
  | 'keyCurveNotAllowed'
  /** Not an uncompressed point of its curve, or a point that gives no security. */
  | 'keyPointInvalid'
  /** From a generator known to be broken (ROCA, CVE-2017-15361). */
  | 'keyKnownWeak';

/** The message says what is wrong, why it matters and how to mend it; it is fit for the client and names no key material. */
export class KeyPolicyError extends Error {
  readonly code: KeyPolicyCode;

  constructor(code: KeyPolicyCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KeyPolicyError';
    this.code = code;
  }
}
