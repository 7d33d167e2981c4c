import type { KeyPolicyCode } from '@touchmark/crypto';

/** Every reason for which the domain refuses; stable, shown to clients, one row each in the protocols' error tables. */
export type CaErrorCode =
  // what was asked
  | 'requestMalformed'
  | 'requestTooLarge'
  | 'proofOfPossessionFailed'
  | 'channelBindingMismatch'
  | 'channelBindingRequired'
  | 'operationNotSupported'
  // the key
  | KeyPolicyCode
  | 'keyAlgorithmNotAllowed'
  | 'keyOfAnotherDevice'
  | 'keyBlocked'
  // who asks
  | 'credentialsMissing'
  | 'credentialsNotAccepted'
  | 'secretWrong'
  | 'secretSpent'
  | 'secretExpired'
  | 'secretRevoked'
  | 'secretLocked'
  | 'secretForAnotherEndpoint'
  | 'secretForAnotherDevice'
  | 'certificateUnknown'
  | 'certificateExpired'
  | 'certificateNotYetValid'
  | 'certificateRevoked'
  | 'certificateForAnotherEndpoint'
  // for whom
  | 'endpointUnknown'
  | 'deviceNameMissing'
  | 'deviceNameInvalid'
  | 'deviceUnknown'
  | 'deviceSuspended'
  | 'deviceRetired'
  | 'deviceAlreadyRegistered'
  // what would be issued
  | 'nameNotAllowed'
  | 'nameInvalid'
  | 'renewalNamesDiffer'
  | 'renewalTooEarly'
  | 'renewSameKeyNotAllowed'
  | 'rekeyNotAllowed'
  | 'outlivesIssuer'
  | 'lintFailed'
  // the service
  | 'clockWentBack'
  | 'notReady'
  | 'registryUnavailable'
  | 'overloaded'
  | 'internal'
  // administration
  | 'invalidArgument'
  | 'notAuthenticated'
  | 'forbidden'
  | 'notFound'
  | 'conflict'
  | 'alreadyRevoked';

/**
 * A refusal. `message` is fit for the client (no secret, no internals) and says what, why and how to mend it;
 * `cause` is only logged. Branch on `code`, never on text.
 */
export class CaError extends Error {
  readonly code: CaErrorCode;
  /** When a later try can succeed: seconds to wait. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: CaErrorCode, message: string, options: { cause?: unknown; retryAfterSeconds?: number } = {}) {
    super(message, { cause: options.cause });
    this.name = 'CaError';
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
