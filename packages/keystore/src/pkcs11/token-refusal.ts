/** What went wrong with a token, in words that say how to mend it. */
import { KeyStoreError } from '../key-store-error.ts';
import type { KeyStoreErrorCode } from '../key-store-error.ts';
import { CryptokiError, isLossOfSession } from './cryptoki.ts';
import { TokenFault } from './token-commands.ts';
import type { TokenFaultCode } from './token-commands.ts';

interface Refusal {
  readonly code: KeyStoreErrorCode;
  readonly mend: string;
}

const unavailable = (mend: string): Refusal => ({ code: 'tokenUnavailable', mend });
const pinRefused = (mend: string): Refusal => ({ code: 'pinRefused', mend });
const notSupported = (mend: string): Refusal => ({ code: 'notSupported', mend });

const ofFaults: Readonly<Record<TokenFaultCode, Refusal>> = {
  moduleUnusable: unavailable('Check the module-path and the configuration that the module itself reads.'),
  tokenAbsent: unavailable(
    'Plug it in, or check its label and serial number; pkcs11-tool -T lists what the module shows.',
  ),
  tokenAmbiguous: unavailable('Name the serial number in its URI too.'),
  tokenUninitialized: unavailable('Initialise it with the tool of its maker.'),
  pinLocked: pinRefused('Unlock it with the tool of its maker, check the PIN in the configuration, and start again.'),
  pinUnset: pinRefused('Set the user PIN with the tool of its maker.'),
  notSupported: notSupported('Use an RSA or EC key, or the software key store.'),
  processEnded: unavailable('The module failed; what it logs may say why.'),
};

const badPin = pinRefused(
  'It is not offered again, because tokens lock after a few wrong ones. Correct the PIN in the configuration, and start again.',
);
const cannotDo = notSupported('The token cannot do this; use an algorithm that it has.');

const ofReturnValues: Readonly<Partial<Record<string, Refusal>>> = {
  CKR_PIN_INCORRECT: badPin,
  CKR_PIN_INVALID: badPin,
  CKR_PIN_LEN_RANGE: badPin,
  CKR_PIN_EXPIRED: pinRefused('Change the user PIN with the tool of its maker.'),
  CKR_PIN_LOCKED: ofFaults.pinLocked,
  CKR_USER_PIN_NOT_INITIALIZED: ofFaults.pinUnset,
  CKR_MECHANISM_INVALID: cannotDo,
  CKR_MECHANISM_PARAM_INVALID: cannotDo,
  CKR_KEY_SIZE_RANGE: cannotDo,
  CKR_KEY_TYPE_INCONSISTENT: cannotDo,
  CKR_KEY_FUNCTION_NOT_PERMITTED: cannotDo,
  CKR_FUNCTION_NOT_SUPPORTED: cannotDo,
  CKR_ATTRIBUTE_VALUE_INVALID: cannotDo,
  CKR_TEMPLATE_INCONSISTENT: cannotDo,
  CKR_TOKEN_WRITE_PROTECTED: notSupported('The token is write-protected: make the key with the tool of its maker.'),
};

const otherwise = unavailable('The token, or the way to it, failed; what the module logs may say why.');

/** @param tokenName the canonical URI */
export function tokenRefusal(error: unknown, tokenName: string): KeyStoreError | undefined {
  if (error instanceof KeyStoreError) return error;
  if (error instanceof TokenFault) {
    const { code, mend } = ofFaults[error.code];
    return new KeyStoreError(code, `The token ${tokenName} cannot be used: ${error.message}. ${mend}`, {
      cause: error,
    });
  }
  if (error instanceof CryptokiError) {
    const { code, mend } = ofReturnValues[error.returnValue] ?? otherwise;
    return new KeyStoreError(code, `The token ${tokenName} refuses: ${error.message}. ${mend}`, { cause: error });
  }
  return undefined;
}

/** Whether opening the token anew may help. */
export function isLoss(error: unknown): boolean {
  if (error instanceof CryptokiError) return isLossOfSession(error);
  return error instanceof TokenFault && error.code === 'processEnded';
}
