/** Why the key policy refuses a public key. */

export type KeyPolicyCode =
  /** Not a SubjectPublicKeyInfo in DER, or not in the one form that its algorithm allows. */
  | 'keyMalformed'
  /** Algorithm parameters other than the ones that the algorithm has. */
  | 'keyParametersInvalid'
  /** More or fewer octets than a key of this algorithm has. */
  | 'keyLengthInvalid'
  /** An algorithm that no profile can allow. */
  | 'keyAlgorithmUnknown'
  | 'keyAlgorithmCannotSign'
  | 'keyAlgorithmWithdrawn'
  /** RSA under id-RSASSA-PSS. */
  | 'keyRestrictedToPss'
  | 'keyTooSmall'
  | 'keyTooLarge'
  /** RSA with another public exponent than 65537. */
  | 'keyExponentNotAllowed'
  | 'keyModulusNegative'
  | 'keyModulusEven'
  /** An RSA modulus with a small factor. */
  | 'keyModulusWeak'
  /** An RSA modulus that Fermat's method factors. */
  | 'keyPrimesClose'
  | 'keyCurveNotAllowed'
  | 'keyCurveExplicit'
  /** implicitCurve, or no parameters at all. */
  | 'keyCurveMissing'
  /** Not a point of its curve. */
  | 'keyPointInvalid'
  | 'keyPointAtInfinity'
  | 'keyPointCompressed'
  | 'keyPointHybrid'
  /** A point of Ed25519 for which signatures need no private key. */
  | 'keyPointSmallOrder'
  /** The private key is a number that anybody tries first. */
  | 'keyPrivateKeyTrivial'
  /** The private key is printed in a standard. */
  | 'keyPublished'
  /** From a generator known to be broken (ROCA, CVE-2017-15361). */
  | 'keyKnownWeak'
  /** From the generator of Debian's OpenSSL (CVE-2008-0166). */
  | 'keyDebianWeak';

/** The message says what is wrong, why it matters and how to mend it; it is fit for the client and names no key material. */
export class KeyPolicyError extends Error {
  readonly code: KeyPolicyCode;

  constructor(code: KeyPolicyCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KeyPolicyError';
    this.code = code;
  }
}
