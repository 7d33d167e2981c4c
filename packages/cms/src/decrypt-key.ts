/** Decrypting the key of a content with an RSA key in this process. */
import { constants, privateDecrypt } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { DecryptKey } from './enveloped-data.ts';

/**
 * PKCS #1 v1.5 with implicit rejection, as OpenSSL 3.2 and later have it: what is not padded rightly decrypts to octets that
 * follow from the key and the message, in the same time as what is.
 */
export function decryptKeyWith(privateKey: KeyObject): DecryptKey {
  return async (transport, encryptedKey) => {
    const options =
      transport.kind === 'RSAES-OAEP'
        ? { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: transport.digest }
        : { padding: constants.RSA_PKCS1_PADDING };
    try {
      return new Uint8Array(privateDecrypt({ key: privateKey, ...options }, encryptedKey));
    } catch {
      return new Uint8Array(0);
    }
  };
}
