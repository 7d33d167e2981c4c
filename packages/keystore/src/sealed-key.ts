/** A private key sealed at rest: plain data that goes through JSON unchanged. */
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

/** The encrypted record's associated data: all that is not secret and must not change. */
export function associatedData(sealed: Omit<SealedKey, 'nonce' | 'ciphertext' | 'tag' | 'checksum'>): Uint8Array {
  const { kdf } = sealed;
  return joinFields([
    'touchmark sealed key',
    String(sealed.version),
    sealed.keyId,
    sealed.keyAlgorithm,
    kdf.name,
    String(kdf.N),
    String(kdf.r),
    String(kdf.p),
    kdf.salt,
    sealed.passphraseCheck,
    sealed.subjectPublicKeyInfo,
  ]);
}

export function checksumOf(sealed: Omit<SealedKey, 'checksum'>): string {
  const fields = joinFields([sealed.nonce, sealed.ciphertext, sealed.tag]);
  return toBase64(createHash('sha256').update(associatedData(sealed)).update(fields).digest());
}

/**
 * Takes nothing for granted of a record that comes from storage. Throws `keyDamaged` naming the first field that is wrong.
 */
export function checkSealedKey(sealed: SealedKey): void {
  const record: Readonly<Record<string, unknown>> = { ...sealed };
  const damaged = (fault: string): KeyStoreError => {
    const which = typeof record.keyId === 'string' ? ` ${JSON.stringify(record.keyId)}` : '';
    return new KeyStoreError('keyDamaged', `The sealed key${which} is damaged: ${fault}. Restore it from a backup.`);
  };
  if (record.version !== 1) throw damaged('its format version is not 1; it may come from a later release');
  if (typeof record.keyId !== 'string') throw damaged('it has no keyId');
  if (!keyAlgorithmNames.some((name) => name === record.keyAlgorithm)) throw damaged('its keyAlgorithm is unknown');
  const kdf = record.kdf;
  if (!isScrypt(kdf)) throw damaged('its kdf is not scrypt within the bounds accepted');
  const lengths = { passphraseCheck: 32, nonce: 12, ciphertext: undefined, tag: 16, subjectPublicKeyInfo: undefined };
  for (const [field, octets] of Object.entries(lengths)) {
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
