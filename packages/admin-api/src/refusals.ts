/** Every refusal of the domain as this interface answers it: status and, where the message alone does not mend it, a hint. */
import type { CaErrorCode } from '@touchmark/ca';

export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 422 | 500 | 501 | 503;
  /** What the code means, in one sentence: also what `touchmark explain` says. */
  readonly meaning: string;
  readonly hint: string;
}

const refuse = (status: Refusal['status'], meaning: string, hint: string): Refusal => ({ status, meaning, hint });

/** 422 is "understood and refused by policy"; 403 is about the caller, 409 about the state of the thing. */
export const refusals: Readonly<Record<CaErrorCode, Refusal>> = {
  requestMalformed: refuse(
    422,
    'The certification request cannot be read.',
    'Send a PKCS #10 request (RFC 2986), e.g. made by `openssl req -new`.',
  ),
  requestTooLarge: refuse(
    413,
    'The request is larger than allowed.',
    'A certification request seldom needs more than 4 KiB; drop what the profile ignores.',
  ),
  proofOfPossessionFailed: refuse(
    422,
    'The signature of the certification request does not verify.',
    'Sign the request with the private key that belongs to its public key.',
  ),
  channelBindingMismatch: refuse(
    422,
    'The challengePassword is not the binding of this TLS connection.',
    'Make the request anew for this connection (RFC 7030 §3.5), and let no proxy end TLS in between.',
  ),
  channelBindingRequired: refuse(
    422,
    'The profile demands a request that is bound to its TLS connection.',
    'Put tls-unique or tls-exporter into the challengePassword (RFC 7030 §3.5).',
  ),

  keyMalformed: refuse(422, 'The public key cannot be read.', 'Make a new key with a current tool.'),
  keyAlgorithmUnknown: refuse(
    422,
    'The kind of the public key is not known here.',
    'Use EC P-256, or another algorithm that the profile lists.',
  ),
  keyTooSmall: refuse(422, 'The key is too short to be safe.', 'Use RSA with 2048 bits or more, or EC P-256.'),
  keyTooLarge: refuse(422, 'The key is longer than accepted.', 'Use RSA with 4096 bits or fewer, or EC P-256.'),
  keyExponentNotAllowed: refuse(
    422,
    'The RSA public exponent is not 65537.',
    'Make the key with the exponent 65537, which is the default of every current tool.',
  ),
  keyModulusWeak: refuse(
    422,
    'The RSA modulus can be factored.',
    'The generator that made it is faulty: make the key elsewhere and check the device.',
  ),
  keyCurveNotAllowed: refuse(422, 'The elliptic curve is not accepted.', 'Use the named curve P-256, P-384 or P-521.'),
  keyPointInvalid: refuse(422, 'The public point is not on its curve.', 'Make a new key with a current tool.'),
  keyKnownWeak: refuse(
    422,
    'The key is publicly known or made by a known faulty generator.',
    'Make a new key; find out which component made this one.',
  ),
  keyAlgorithmNotAllowed: refuse(
    422,
    'The profile does not accept this kind of key.',
    'See the keyAlgorithms of the profile.',
  ),
  keyOfAnotherDevice: refuse(
    422,
    'The key is certified for another device.',
    'Each device needs a key of its own; look for a cloned image.',
  ),
  keyBlocked: refuse(422, 'The key was revoked for keyCompromise.', 'Make a new key.'),

  credentialsMissing: refuse(
    401,
    'No credentials came with the request.',
    'Present an enrollment secret or a client certificate.',
  ),
  credentialsNotAccepted: refuse(
    401,
    'This kind of credentials is not accepted here.',
    'See what the endpoint accepts.',
  ),
  secretWrong: refuse(
    403,
    'The secret is not known.',
    'Check that it was copied whole; after 5 wrong tries from one address it is locked for that address for 30 minutes.',
  ),
  secretSpent: refuse(403, 'The secret was used as often as it may be.', 'Create a new one.'),
  secretExpired: refuse(403, 'The secret is too old.', 'Create a new one.'),
  secretRevoked: refuse(403, 'The secret was revoked.', 'Create a new one.'),
  secretLocked: refuse(403, 'The secret is locked after wrong tries.', 'Wait 30 minutes, or create a new one.'),
  secretForAnotherEndpoint: refuse(
    403,
    'The secret belongs to another enrollment endpoint.',
    'Use the label it was created for.',
  ),
  secretForAnotherDevice: refuse(
    403,
    'The secret is bound to another device.',
    "Use the device's own secret; the user name is that device's id or empty.",
  ),
  certificateUnknown: refuse(
    403,
    'The client certificate was not issued here.',
    'Present the certificate that this service issued.',
  ),
  certificateExpired: refuse(
    403,
    'The certificate has expired.',
    'Enroll anew with a secret, or allow a grace period in the profile.',
  ),
  certificateNotYetValid: refuse(403, 'The certificate is not valid yet.', "Check the device's clock."),
  // A caller with a revoked certificate is not known here: this is about what a request got before.
  certificateRevoked: refuse(
    409,
    'The certificate is revoked.',
    'A revoked certificate is neither renewed nor given again: enroll anew with a secret bound to the device, or ask with another Idempotency-Key.',
  ),
  certificateForAnotherEndpoint: refuse(
    403,
    'The certificate is of another authority or profile than this endpoint.',
    'Renew at the endpoint where it was enrolled.',
  ),

  endpointUnknown: refuse(
    404,
    'There is no enrollment endpoint with this label.',
    'List them: touchmark endpoint list.',
  ),
  deviceNameMissing: refuse(
    422,
    'The request does not name the device.',
    'Put the device id into the commonName, or bind the secret to a device.',
  ),
  deviceNameInvalid: refuse(
    422,
    'The device name has a form that is not accepted.',
    'Use letters, digits, dot, hyphen, colon and underscore.',
  ),
  deviceUnknown: refuse(
    422,
    'The device is not registered.',
    'Register it first, or use a secret that may register devices.',
  ),
  deviceSuspended: refuse(422, 'The device is suspended.', 'Resume it first.'),
  deviceRetired: refuse(422, 'The device is retired.', 'A retired device stays retired; register it under a new name.'),
  deviceAlreadyRegistered: refuse(
    422,
    'The device is registered already, and the secret is not bound to it.',
    'Create a secret that is bound to the device: touchmark endpoint secret create LABEL --device ID.',
  ),

  nameNotAllowed: refuse(
    422,
    'The profile does not let this name through.',
    'See the subjectAltName rules of the profile.',
  ),
  nameInvalid: refuse(
    422,
    'A name in the request is malformed.',
    'Correct or leave out the name that the message tells.',
  ),
  renewalNamesDiffer: refuse(
    422,
    'The renewal asks for other names than the certificate has.',
    'Repeat the subject and the names of the certificate exactly (RFC 7030 §4.2.2).',
  ),
  renewalTooEarly: refuse(422, 'The renewal window is not open yet.', 'Try again when the window opens.'),
  renewSameKeyNotAllowed: refuse(422, 'The profile demands a new key at renewal.', 'Make a new key for the request.'),
  rekeyNotAllowed: refuse(
    422,
    'The profile demands the same key at renewal.',
    'Sign the request with the key of the certificate.',
  ),
  outlivesIssuer: refuse(
    422,
    'The certificate would be valid longer than its issuer.',
    'Roll the issuing CA over, or shorten the validity in the profile.',
  ),
  lintFailed: refuse(
    422,
    'The certificate would break a rule of RFC 5280.',
    'The attempt names the rule; mostly a name in the profile or the request.',
  ),

  clockWentBack: refuse(
    503,
    "The service's clock is behind what it has signed already.",
    'Set the clock of the host right.',
  ),
  notReady: refuse(
    503,
    'The service is not ready to sign.',
    'See touchmark status: each failing check says how to mend it.',
  ),
  registryUnavailable: refuse(
    503,
    'The database does not answer.',
    'See touchmark status; nothing was changed unless an answer said so.',
  ),
  overloaded: refuse(
    503,
    'The service has too much to do at the moment.',
    'Try again after the seconds in Retry-After.',
  ),
  internal: refuse(500, 'Something failed inside the service.', 'The log has it under the request id.'),

  operationNotSupported: refuse(
    501,
    'This operation is not served.',
    'Use one of the operations that the message names.',
  ),
  invalidArgument: refuse(400, 'A value in the request is not accepted.', 'Correct the value that the message tells.'),
  notAuthenticated: refuse(
    401,
    'The caller is not known.',
    'Present a client certificate of an administrator, or "Authorization: Bearer <API token>".',
  ),
  forbidden: refuse(
    403,
    'The role of the caller does not allow this.',
    'Ask an administrator for the role, or use another credential.',
  ),
  notFound: refuse(404, 'There is no such thing.', 'Check the id; the listing shows what there is.'),
  conflict: refuse(409, 'The state of the thing does not allow this.', 'Look at it again, then decide.'),
  alreadyRevoked: refuse(409, 'The certificate is revoked already.', 'Nothing to do: it is on the CRL.'),
};

/** The code as this table knows it, whatever the case; undefined when it is not a refusal of the domain. */
export function findRefusal(code: string): { readonly code: CaErrorCode; readonly refusal: Refusal } | undefined {
  const known = (Object.keys(refusals) as CaErrorCode[]).find((name) => name.toLowerCase() === code.toLowerCase());
  return known === undefined ? undefined : { code: known, refusal: refusals[known] };
}
