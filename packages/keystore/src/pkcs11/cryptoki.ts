/** The numbers of PKCS #11 v2.40 that are used here, under the names of the specification. */

export const ckf = {
  rwSession: 0x2n,
  serialSession: 0x4n,
  loginRequired: 0x4n,
  userPinInitialized: 0x8n,
  protectedAuthenticationPath: 0x100n,
  tokenInitialized: 0x400n,
  userPinFinalTry: 0x20000n,
  userPinLocked: 0x40000n,
  userPinToBeChanged: 0x80000n,
} as const;

export const cko = { publicKey: 0x2n, privateKey: 0x3n } as const;
export const ckk = { rsa: 0x0n, ec: 0x3n } as const;

export const cka = {
  class: 0x0,
  token: 0x1,
  private: 0x2,
  label: 0x3,
  keyType: 0x100,
  id: 0x102,
  sensitive: 0x103,
  encrypt: 0x104,
  decrypt: 0x105,
  wrap: 0x106,
  unwrap: 0x107,
  sign: 0x108,
  verify: 0x10a,
  derive: 0x10c,
  modulus: 0x120,
  modulusBits: 0x121,
  publicExponent: 0x122,
  extractable: 0x162,
  ecParams: 0x180,
  ecPoint: 0x181,
  alwaysAuthenticate: 0x202,
} as const;

export const ckm = {
  rsaPkcsKeyPairGen: 0x0n,
  rsaPkcs: 0x1n,
  rsaPkcsPss: 0xdn,
  ecKeyPairGen: 0x1040n,
  ecdsa: 0x1041n,
  sha256: 0x250n,
  sha384: 0x260n,
  sha512: 0x270n,
} as const;

export const ckgMgf1 = { sha256: 0x2n, sha384: 0x3n, sha512: 0x4n } as const;

export const ckr = {
  CKR_OK: 0x0,
  CKR_HOST_MEMORY: 0x2,
  CKR_SLOT_ID_INVALID: 0x3,
  CKR_GENERAL_ERROR: 0x5,
  CKR_FUNCTION_FAILED: 0x6,
  CKR_ARGUMENTS_BAD: 0x7,
  CKR_CANT_LOCK: 0xa,
  CKR_ATTRIBUTE_SENSITIVE: 0x11,
  CKR_ATTRIBUTE_TYPE_INVALID: 0x12,
  CKR_ATTRIBUTE_VALUE_INVALID: 0x13,
  CKR_DATA_INVALID: 0x20,
  CKR_DATA_LEN_RANGE: 0x21,
  CKR_DEVICE_ERROR: 0x30,
  CKR_DEVICE_MEMORY: 0x31,
  CKR_DEVICE_REMOVED: 0x32,
  CKR_FUNCTION_CANCELED: 0x50,
  CKR_FUNCTION_NOT_SUPPORTED: 0x54,
  CKR_KEY_HANDLE_INVALID: 0x60,
  CKR_KEY_SIZE_RANGE: 0x62,
  CKR_KEY_TYPE_INCONSISTENT: 0x63,
  CKR_KEY_FUNCTION_NOT_PERMITTED: 0x68,
  CKR_MECHANISM_INVALID: 0x70,
  CKR_MECHANISM_PARAM_INVALID: 0x71,
  CKR_OBJECT_HANDLE_INVALID: 0x82,
  CKR_OPERATION_ACTIVE: 0x90,
  CKR_OPERATION_NOT_INITIALIZED: 0x91,
  CKR_PIN_INCORRECT: 0xa0,
  CKR_PIN_INVALID: 0xa1,
  CKR_PIN_LEN_RANGE: 0xa2,
  CKR_PIN_EXPIRED: 0xa3,
  CKR_PIN_LOCKED: 0xa4,
  CKR_SESSION_CLOSED: 0xb0,
  CKR_SESSION_COUNT: 0xb1,
  CKR_SESSION_HANDLE_INVALID: 0xb3,
  CKR_SESSION_READ_ONLY: 0xb5,
  CKR_TEMPLATE_INCOMPLETE: 0xd0,
  CKR_TEMPLATE_INCONSISTENT: 0xd1,
  CKR_TOKEN_NOT_PRESENT: 0xe0,
  CKR_TOKEN_NOT_RECOGNIZED: 0xe1,
  CKR_TOKEN_WRITE_PROTECTED: 0xe2,
  CKR_USER_ALREADY_LOGGED_IN: 0x100,
  CKR_USER_NOT_LOGGED_IN: 0x101,
  CKR_USER_PIN_NOT_INITIALIZED: 0x102,
  CKR_BUFFER_TOO_SMALL: 0x150,
  CKR_CRYPTOKI_NOT_INITIALIZED: 0x190,
  CKR_CRYPTOKI_ALREADY_INITIALIZED: 0x191,
} as const;

const names = new Map<number, string>(Object.entries(ckr).map(([name, value]) => [value, name]));

export function nameOfReturnValue(value: number): string {
  return names.get(value) ?? `CKR 0x${value.toString(16)}`;
}

/** A function of the module answered something else than CKR_OK. */
export class CryptokiError extends Error {
  readonly functionName: string;
  /** As the specification spells it. */
  readonly returnValue: string;

  constructor(functionName: string, returnValue: string) {
    super(`${functionName} answered ${returnValue}`);
    this.name = 'CryptokiError';
    this.functionName = functionName;
    this.returnValue = returnValue;
  }
}

/** After these the session, the login or the handles are gone: what is opened anew may work. */
const lossOfSession: ReadonlySet<string> = new Set<keyof typeof ckr>([
  'CKR_SLOT_ID_INVALID',
  'CKR_GENERAL_ERROR',
  'CKR_FUNCTION_FAILED',
  'CKR_DEVICE_ERROR',
  'CKR_DEVICE_MEMORY',
  'CKR_DEVICE_REMOVED',
  'CKR_FUNCTION_CANCELED',
  'CKR_KEY_HANDLE_INVALID',
  'CKR_OBJECT_HANDLE_INVALID',
  'CKR_OPERATION_ACTIVE',
  'CKR_OPERATION_NOT_INITIALIZED',
  'CKR_SESSION_CLOSED',
  'CKR_SESSION_HANDLE_INVALID',
  'CKR_TOKEN_NOT_PRESENT',
  'CKR_TOKEN_NOT_RECOGNIZED',
  'CKR_USER_NOT_LOGGED_IN',
  'CKR_CRYPTOKI_NOT_INITIALIZED',
]);

export function isLossOfSession({ returnValue }: CryptokiError): boolean {
  return lossOfSession.has(returnValue);
}
