/** The ciphers of EnvelopedData: block ciphers in CBC mode with the padding of RFC 5652 §6.3. */
import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';
import { der, rfc3370, rfc3565, rfc8018 } from '@touchmark/asn1';

/** Keys are handed to Node as KeyObjects: octets it takes for neither a KeyObject nor a CryptoKey by two exceptions each. */
interface Cipher {
  readonly oid: string;
  readonly nodeName: string;
  readonly keyLength: number;
  /** Also of the initialization vector. */
  readonly blockLength: number;
}

const ciphers = {
  'aes128-CBC': { oid: rfc3565['id-aes128-CBC'], nodeName: 'aes-128-cbc', keyLength: 16, blockLength: 16 },
  'aes192-CBC': { oid: rfc3565['id-aes192-CBC'], nodeName: 'aes-192-cbc', keyLength: 24, blockLength: 16 },
  'aes256-CBC': { oid: rfc3565['id-aes256-CBC'], nodeName: 'aes-256-cbc', keyLength: 32, blockLength: 16 },
  'des-ede3-cbc': { oid: rfc3370['des-ede3-cbc'], nodeName: 'des-ede3-cbc', keyLength: 24, blockLength: 8 },
  // OpenSSL has DES no longer, but triple DES with one key three times is the same.
  desCBC: { oid: rfc8018.desCBC, nodeName: 'des-ede3-cbc', keyLength: 8, blockLength: 8 },
} as const satisfies Readonly<Record<string, Cipher>>;

export type ReadableCipherName = keyof typeof ciphers;
/** DES is read where that is asked for, and never written: it can be broken by trying all keys. */
export type CipherName = Exclude<ReadableCipherName, 'desCBC'>;

const readableCipherNames = Object.keys(ciphers) as readonly ReadableCipherName[];
export const cipherNames = readableCipherNames.filter((name) => name !== 'desCBC');

export function findCipher(oid: string): ReadableCipherName | undefined {
  return readableCipherNames.find((name) => ciphers[name].oid === oid);
}

export function keyLengthOf(cipher: ReadableCipherName): number {
  return ciphers[cipher].keyLength;
}

/** Octets of a block, which are those of an initialization vector. */
export function blockLengthOf(cipher: ReadableCipherName): number {
  return ciphers[cipher].blockLength;
}

/** ContentEncryptionAlgorithmIdentifier: the parameter is the initialization vector. */
export function encodeCipher(cipher: CipherName, iv: Uint8Array): Uint8Array {
  return der.sequence(der.oid(ciphers[cipher].oid), der.octetString(iv));
}

export function encrypt(cipher: CipherName, key: Uint8Array, iv: Uint8Array, content: Uint8Array): Uint8Array {
  const encryption = createCipheriv(ciphers[cipher].nodeName, createSecretKey(key), iv);
  return new Uint8Array(Buffer.concat([encryption.update(content), encryption.final()]));
}

export interface Decrypted {
  /** Also where the padding is wrong: whoever reads it then takes as long as where it is right. */
  readonly content: Uint8Array;
  readonly isPadded: boolean;
}

/**
 * The padding is looked at here, after all blocks are decrypted, and in the same time whatever it is: a library's exception
 * would take another time than its success.
 */
export function decrypt(cipher: ReadableCipherName, key: Uint8Array, iv: Uint8Array, encrypted: Uint8Array): Decrypted {
  const { nodeName, blockLength } = ciphers[cipher];
  const nodeKey = cipher === 'desCBC' ? Buffer.concat([key, key, key]) : key;
  if (encrypted.length === 0 || encrypted.length % blockLength !== 0) {
    return { content: new Uint8Array(0), isPadded: false };
  }
  const decryption = createDecipheriv(nodeName, createSecretKey(nodeKey), iv).setAutoPadding(false);
  const padded = new Uint8Array(Buffer.concat([decryption.update(encrypted), decryption.final()]));
  const padding = padded[padded.length - 1] ?? 0;
  let wrong = Number(padding === 0) | Number(padding > blockLength);
  for (let back = 1; back <= blockLength; back++) {
    wrong |= Number(back <= padding) & Number(padded[padded.length - back] !== padding);
  }
  return { content: padded.subarray(0, padded.length - Math.min(padding, blockLength)), isPadded: wrong === 0 };
}
