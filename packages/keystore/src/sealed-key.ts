/** Private keys and secrets sealed at rest: plain data that goes through JSON unchanged. */
import { createHash } from 'node:crypto';
import { EncodingError, fromBase64, toBase64 } from '@touchmark/asn1';
import { keyAlgorithmNames } from '@touchmark/crypto';
import type { KeyAlgorithmName } from '@touchmark/crypto';
import { KeyStoreError } from './key-store-error.ts';

/** All octet strings are in base64. */
export interface SealedKey {
  readonly version: 1;
  readonly keyId: string;
  readonly keyAlgorithm: KeyAlgorithmName;
  readonly kdf: ScryptParameters;
  /** Tells a wrong passphrase from a damaged record; derived from the passphrase as the encryption key is, but apart from it. */
  readonly passphraseCheck: string;
  /** 96 bits of AES-256-GCM. */
  readonly nonce: string;
  /** PKCS #8 PrivateKeyInfo, encrypted. */
  readonly ciphertext: string;
  /** 128 bits of AES-256-GCM. */
  readonly tag: string;
  readonly subjectPublicKeyInfo: string;
  /**
   * SHA-256 over all the rest, so that accidental damage is recognised as such whichever field it hits. It protects from
   * nobody: that is the work of AES-GCM.
   */
  readonly checksum: string;
}

/** A secret that is no private key: a key of HMAC, a password for another service. As for SealedKey, where not said otherwise. */
export interface SealedSecret {
  /** Earlier releases know version 1 alone, and say so. */
  readonly version: 2;
  readonly kind: 'secret';
  readonly keyId: string;
  readonly kdf: ScryptParameters;
  readonly passphraseCheck: string;
  readonly nonce: string;
  /** The octets themselves, encrypted. */
  readonly ciphertext: string;
  readonly tag: string;
  /** 128 random bits, new with every value: who has the value in memory sees by it that it is still the same. */
  readonly secretId: string;
  readonly checksum: string;
}

/** All that is sealed with the passphrase of a registry. */
export type SealedRecord = SealedKey | SealedSecret;

export interface ScryptParameters {
  readonly name: 'scrypt';
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: string;
}

/** N ≥ 2^17, r = 8, p = 1; the upper bound keeps a forged record from taking more than 1 GiB. */
export const lowestN = 2 ** 17;
export const highestN = 2 ** 20;

export const scryptDefaults = { name: 'scrypt', N: lowestN, r: 8, p: 1 } as const;

type Encrypted = 'nonce' | 'ciphertext' | 'tag';
export type SealedHead = Omit<SealedKey, Encrypted | 'checksum'> | Omit<SealedSecret, Encrypted | 'checksum'>;
type Unchecked = Omit<SealedKey, 'checksum'> | Omit<SealedSecret, 'checksum'>;

/** The encrypted record's associated data: all that is not secret and must not change. */
export function associatedData(sealed: SealedHead): Uint8Array {
  const { kdf } = sealed;
  const isSecret = sealed.version === 2;
  return joinFields([
    isSecret ? 'touchmark sealed secret' : 'touchmark sealed key',
    String(sealed.version),
    sealed.keyId,
    isSecret ? sealed.kind : sealed.keyAlgorithm,
    kdf.name,
    String(kdf.N),
    String(kdf.r),
    String(kdf.p),
    kdf.salt,
    sealed.passphraseCheck,
    isSecret ? sealed.secretId : sealed.subjectPublicKeyInfo,
  ]);
}

export function checksumOf(sealed: Unchecked): string {
  const fields = joinFields([sealed.nonce, sealed.ciphertext, sealed.tag]);
  return toBase64(createHash('sha256').update(associatedData(sealed)).update(fields).digest());
}

/** For messages. */
export function nounOf(record: { readonly version: unknown }): 'key' | 'secret' {
  return record.version === 2 ? 'secret' : 'key';
}

/**
 * Takes nothing for granted of a record that comes from storage. Throws `keyDamaged` naming the first field that is wrong.
 */
export function checkSealed(sealed: SealedRecord): void {
  const record: Readonly<Record<string, unknown>> = { ...sealed };
  const damaged = (fault: string): KeyStoreError => {
    const which = typeof record.keyId === 'string' ? ` ${JSON.stringify(record.keyId)}` : '';
    const noun = nounOf({ version: record.version });
    return new KeyStoreError(
      'keyDamaged',
      `The sealed ${noun}${which} is damaged: ${fault}. Restore it from a backup.`,
    );
  };
  if (record.version !== 1 && record.version !== 2) {
    throw damaged('its format version is neither 1 nor 2; it may come from a later release');
  }
  if (typeof record.keyId !== 'string') throw damaged('it has no keyId');
  if (record.version === 1 && !keyAlgorithmNames.some((name) => name === record.keyAlgorithm)) {
    throw damaged('its keyAlgorithm is unknown');
  }
  if (record.version === 2 && record.kind !== 'secret') throw damaged('its kind is unknown');
  const kdf = record.kdf;
  if (!isScrypt(kdf)) throw damaged('its kdf is not scrypt within the bounds accepted');
  const common = { passphraseCheck: 32, nonce: 12, ciphertext: undefined, tag: 16 };
  const own = record.version === 1 ? { subjectPublicKeyInfo: undefined } : { secretId: 16 };
  for (const [field, octets] of Object.entries({ ...common, ...own })) {
    if (!isBase64(record[field], octets)) throw damaged(`its ${field} is not what was written`);
  }
  if (sealed.checksum !== checksumOf(sealed)) throw damaged('its checksum does not match');
}

export function isScryptCost(N: unknown): boolean {
  return typeof N === 'number' && N >= lowestN && N <= highestN && Number.isInteger(Math.log2(N));
}

function isScrypt(kdf: unknown): boolean {
  if (typeof kdf !== 'object' || kdf === null) return false;
  const { name, N, r, p, salt }: Readonly<Record<string, unknown>> = { ...kdf };
  return name === 'scrypt' && isScryptCost(N) && r === 8 && p === 1 && isBase64(salt, 32);
}

function isBase64(value: unknown, octets: number | undefined): boolean {
  if (typeof value !== 'string') return false;
  try {
    const { length } = fromBase64(value);
    return octets === undefined ? length > 0 : length === octets;
  } catch (error) {
    if (error instanceof EncodingError) return false;
    throw error;
  }
}

/** Each field with its length before it, so that no two lists of fields give the same octets. */
function joinFields(fields: readonly string[]): Uint8Array {
  return new TextEncoder().encode(fields.map((field) => `${Buffer.byteLength(field)}:${field}`).join(','));
}
