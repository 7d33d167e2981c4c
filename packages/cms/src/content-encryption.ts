/** The ciphers of EnvelopedData: block ciphers in CBC mode with the padding of RFC 5652 §6.3. */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { der, rfc3370, rfc3565 } from '@touchmark/asn1';

interface Cipher {
  readonly oid: string;
  readonly nodeName: string;
  readonly keyLength: number;
  /** Also of the initialization vector. */
  readonly blockLength: number;
}

/** DES is not among them: it can be broken by trying all keys. */
const ciphers = {
  'aes128-CBC': { oid: rfc3565['id-aes128-CBC'], nodeName: 'aes-128-cbc', keyLength: 16, blockLength: 16 },
  'aes192-CBC': { oid: rfc3565['id-aes192-CBC'], nodeName: 'aes-192-cbc', keyLength: 24, blockLength: 16 },
  'aes256-CBC': { oid: rfc3565['id-aes256-CBC'], nodeName: 'aes-256-cbc', keyLength: 32, blockLength: 16 },
  'des-ede3-cbc': { oid: rfc3370['des-ede3-cbc'], nodeName: 'des-ede3-cbc', keyLength: 24, blockLength: 8 },
} as const satisfies Readonly<Record<string, Cipher>>;

export type CipherName = keyof typeof ciphers;
export const cipherNames = Object.keys(ciphers) as readonly CipherName[];

export function findCipher(oid: string): CipherName | undefined {
  return cipherNames.find((name) => ciphers[name].oid === oid);
}

export function keyLengthOf(cipher: CipherName): number {
  return ciphers[cipher].keyLength;
}

/** Octets of a block, which are those of an initialization vector. */
export function blockLengthOf(cipher: CipherName): number {
  return ciphers[cipher].blockLength;
}

/** ContentEncryptionAlgorithmIdentifier: the parameter is the initialization vector. */
export function encodeCipher(cipher: CipherName, iv: Uint8Array): Uint8Array {
  return der.sequence(der.oid(ciphers[cipher].oid), der.octetString(iv));
}

export function encrypt(cipher: CipherName, key: Uint8Array, iv: Uint8Array, content: Uint8Array): Uint8Array {
  const encryption = createCipheriv(ciphers[cipher].nodeName, key, iv);
  return new Uint8Array(Buffer.concat([encryption.update(content), encryption.final()]));
}

/**
 * Undefined when the padding is wrong. It is looked at here, after all blocks are decrypted, and in the same time whatever it
 * is: a library's exception would take another time than its success.
 */
export function decrypt(
  cipher: CipherName,
  key: Uint8Array,
  iv: Uint8Array,
  encrypted: Uint8Array,
): Uint8Array | undefined {
  const { nodeName, blockLength } = ciphers[cipher];
  if (encrypted.length === 0 || encrypted.length % blockLength !== 0) return undefined;
  const decryption = createDecipheriv(nodeName, key, iv).setAutoPadding(false);
  const padded = new Uint8Array(Buffer.concat([decryption.update(encrypted), decryption.final()]));
  const padding = padded[padded.length - 1] ?? 0;
  let wrong = Number(padding === 0) | Number(padding > blockLength);
  for (let back = 1; back <= blockLength; back++) {
    wrong |= Number(back <= padding) & Number(padded[padded.length - back] !== padding);
  }
  return wrong === 0 ? padded.subarray(0, padded.length - padding) : undefined;
}
