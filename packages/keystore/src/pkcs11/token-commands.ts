/** What is asked of the process that holds a module, as plain data: it goes over a channel between processes. */
import type { KeyAlgorithmName } from '@touchmark/crypto';

/** The attributes of RFC 7512 that pick a token; each one given must be equal. */
export interface TokenSelector {
  readonly label?: string | undefined;
  readonly manufacturer?: string | undefined;
  readonly serial?: string | undefined;
  readonly model?: string | undefined;
  readonly slotDescription?: string | undefined;
  readonly slotManufacturer?: string | undefined;
  readonly slotId?: string | undefined;
}

export interface KeySelector {
  readonly label: string | undefined;
  readonly id: Uint8Array | undefined;
}

export interface TokenDescription {
  readonly label: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly serial: string;
  readonly slotId: bigint;
}

/** A private key of the token with the parts of its public key; a part that the token does not show is undefined. */
export interface TokenKey {
  readonly handle: bigint;
  readonly kind: 'ec' | 'rsa' | 'other';
  readonly label: string;
  readonly id: Uint8Array;
  readonly extractable: boolean;
  readonly alwaysAuthenticate: boolean;
  readonly modulus: Uint8Array | undefined;
  readonly publicExponent: Uint8Array | undefined;
  /** An ECParameters in DER, and an OCTET STRING with the point. */
  readonly ecParams: Uint8Array | undefined;
  readonly ecPoint: Uint8Array | undefined;
}

export type SignatureMechanism =
  /** Over a DigestInfo. */
  | { readonly kind: 'rsaPkcs1' }
  /** Over a digest. */
  | { readonly kind: 'rsaPss'; readonly digest: 'sha256' | 'sha384' | 'sha512' }
  /** Over a digest no longer than the order of the curve; gives r and s, each as long as the order. */
  | { readonly kind: 'ecdsa' };

export interface GenerateRequest {
  readonly algorithm: KeyAlgorithmName;
  readonly label: string;
  readonly id: Uint8Array;
}

/** Rejections are CryptokiError, or TokenFault for what is found out on this side of the module. */
export interface TokenCommands {
  /** Loads the module, picks the one token that matches, logs in once and opens the sessions. */
  open(request: {
    readonly modulePath: string;
    readonly token: TokenSelector;
    readonly pin: Uint8Array;
    readonly sessions: number;
  }): Promise<TokenDescription>;
  /** Private keys; at most ten. */
  findKeys(selector: KeySelector): Promise<readonly TokenKey[]>;
  /** In the token, sensitive and not extractable. */
  generateKey(request: GenerateRequest): Promise<TokenKey>;
  /** The key pair with this id. */
  destroyKey(id: Uint8Array): Promise<void>;
  sign(request: {
    readonly handle: bigint;
    readonly mechanism: SignatureMechanism;
    readonly data: Uint8Array;
  }): Promise<Uint8Array>;
}

export type TokenCommandName = keyof TokenCommands;

export type TokenFaultCode =
  /** The library cannot be loaded, or is no PKCS #11 module. */
  | 'moduleUnusable'
  | 'tokenAbsent'
  | 'tokenAmbiguous'
  | 'tokenUninitialized'
  /** The token has locked the PIN, or one more wrong one would lock it. */
  | 'pinLocked'
  | 'pinUnset'
  | 'notSupported'
  /** The process with the module ended, or did not answer. */
  | 'processEnded';

export class TokenFault extends Error {
  readonly code: TokenFaultCode;

  constructor(code: TokenFaultCode, message: string) {
    super(message);
    this.name = 'TokenFault';
    this.code = code;
  }
}
