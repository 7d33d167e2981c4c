/**
 * What Intune answers about a request (code of `ScepActions/validateRequest`), and what it means here. The codes are those of
 * Microsoft's reference client, https://github.com/microsoft/Intune-Resource-Access, IntuneScepServiceException.
 */

/** The challenge itself does not hold: not made by Intune, not for this device, or too old. */
const wrongChallenge = [
  'ChallengePasswordMissing',
  'ChallengeDeserializationError',
  'ChallengeDecryptionError',
  'ChallengeDecodingError',
  'ChallengeInvalidTimestamp',
  'ChallengeExpired',
  'SignatureValidationFailed',
  'BadCertificateRequestIdInChallenge',
  'BadDeviceIdInChallenge',
  'BadUserIdInChallenge',
] as const;

/** The challenge holds; what is asked for is not what the profile in Intune says, or the device has lost the profile. */
const otherRequest = [
  'CertificateRequestDecodingFailed',
  'SubjectNameMissing',
  'SubjectNameMismatch',
  'SubjectAltNameMissing',
  'SubjectAltNameMismatch',
  'KeyUsageMismatch',
  'KeyLengthMismatch',
  'EnhancedKeyUsageMissing',
  'EnhancedKeyUsageMismatch',
  'AadKeyIdentifierListMissing',
  'RegisteredKeyMismatch',
  'SigningCertThumbprintMismatch',
  'ScepProfileNoLongerTargetedToTheClient',
] as const;

export type IntuneVerdict =
  | { readonly kind: 'success' }
  | { readonly kind: 'wrong' | 'refused'; readonly code: string }
  /** A code that this release does not know: no consent either. */
  | { readonly kind: 'unknown' };

export function intuneVerdict(code: string): IntuneVerdict {
  if (code === 'Success') return { kind: 'success' };
  const wrong = wrongChallenge.find((known) => known === code);
  if (wrong !== undefined) return { kind: 'wrong', code: wrong };
  const refused = otherRequest.find((known) => known === code);
  return refused === undefined ? { kind: 'unknown' } : { kind: 'refused', code: refused };
}
