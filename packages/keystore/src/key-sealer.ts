/** Seals private keys and secrets with a passphrase: scrypt, HKDF, AES-256-GCM. */
import { createCipheriv, createDecipheriv, createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { equalBytes, fromBase64, toBase64 } from '@touchmark/asn1';
import { keyAlgorithmOf } from '@touchmark/crypto';
import type { KeyAlgorithmName } from '@touchmark/crypto';
import { KeyStoreError } from './key-store-error.ts';
import { createPassphrase } from './passphrase.ts';
import type { DerivedSecrets, Passphrase } from './passphrase.ts';
import { associatedData, checkSealed, checksumOf, isScryptCost, nounOf, scryptDefaults } from './sealed-key.ts';
import type { ScryptParameters, SealedKey, SealedRecord, SealedSecret } from './sealed-key.ts';

export interface KeySealer {
  /** Throws TypeError when the key is not private, or not of that algorithm. */
  seal(keyId: string, keyAlgorithm: KeyAlgorithmName, privateKey: KeyObject): Promise<SealedKey>;
  /** Fails with KeyStoreError `wrongPassphrase`, `keyDamaged` or `keySwapped`; never with another key. */
  unseal(sealed: SealedKey): Promise<KeyObject>;
  /**
   * @param secret 1 to 4096 octets; RangeError when it has fewer or more
   * @param secretId of a secret that is sealed anew: it is the same as before
   */
  sealSecret(keyId: string, secret: Uint8Array, secretId?: string): Promise<SealedSecret>;
  /** Fails with KeyStoreError `wrongPassphrase` or `keyDamaged`; never with other octets. */
  unsealSecret(sealed: SealedSecret): Promise<Uint8Array>;
  /**
   * Fails with `wrongPassphrase` when the record was sealed with another passphrase; from then on keys are sealed with the
   * salt and cost of this record.
   */
  checkPassphrase(sealed: SealedRecord): Promise<void>;
  /** Another sealer with the same passphrase, a new salt and this cost; RangeError when the cost is out of bounds. */
  renewed(scryptCost: number): KeySealer;
}

/**
 * A sealer for one passphrase. Keys are sealed with the salt of the key unsealed last, if any, so that reading all of them
 * costs one derivation (about half a second) or few; what was derived stays in memory as long as the sealer does.
 *
 * @param scryptCost N of scrypt for keys that are sealed before any was unsealed
 * @throws RangeError when the passphrase is empty, or the cost out of bounds
 */
export function createKeySealer(passphrase: string, scryptCost: number = scryptDefaults.N): KeySealer {
  return sealerOf(createPassphrase(passphrase), scryptCost);
}

const maxSecretOctets = 4096;

function sealerOf(secrets: Passphrase, scryptCost: number): KeySealer {
  if (!isScryptCost(scryptCost)) throw new RangeError('The cost of scrypt is a power of two from 131072 to 1048576.');
  let kdf: ScryptParameters = { ...scryptDefaults, N: scryptCost, salt: toBase64(randomBytes(32)) };
  const derive = async (sealed: SealedRecord): Promise<DerivedSecrets> => {
    checkSealed(sealed);
    const derived = await secrets.derive(sealed.kdf);
    // The check value is stored in the clear, hence nothing is learnt from how long comparing takes.
    if (!equalBytes(derived.passphraseCheck, fromBase64(sealed.passphraseCheck))) {
      throw new KeyStoreError(
        'wrongPassphrase',
        `The passphrase is not the one that ${nounOf(sealed)} "${sealed.keyId}" was sealed with. If it was changed (touchmark key rewrap), this node still has the earlier one. Set the right one and start again.`,
      );
    }
    return derived;
  };
  return {
    async seal(keyId, keyAlgorithm, privateKey) {
      checkIsPrivate(privateKey, keyAlgorithm);
      const { sealingKey, passphraseCheck } = await secrets.derive(kdf);
      const head = {
        version: 1,
        keyId,
        keyAlgorithm,
        kdf,
        passphraseCheck: toBase64(passphraseCheck),
        subjectPublicKeyInfo: toBase64(subjectPublicKeyInfoOf(privateKey)),
      } as const;
      const plaintext = privateKey.export({ format: 'der', type: 'pkcs8' });
      const sealed = { ...head, ...encrypt(sealingKey, associatedData(head), plaintext) };
      plaintext.fill(0);
      return { ...sealed, checksum: checksumOf(sealed) };
    },
    async unseal(sealed) {
      const { sealingKey } = await derive(sealed);
      const privateKey = decryptKey(sealingKey, sealed);
      checkIsTheKey(privateKey, sealed);
      kdf = sealed.kdf;
      return privateKey;
    },
    async sealSecret(keyId, secret, secretId = toBase64(randomBytes(16))) {
      if (secret.length < 1 || secret.length > maxSecretOctets) {
        throw new RangeError(`A secret to seal has 1 to ${maxSecretOctets} octets.`);
      }
      const { sealingKey, passphraseCheck } = await secrets.derive(kdf);
      const head = {
        version: 2,
        kind: 'secret',
        keyId,
        kdf,
        passphraseCheck: toBase64(passphraseCheck),
        secretId,
      } as const;
      const sealed = { ...head, ...encrypt(sealingKey, associatedData(head), secret) };
      return { ...sealed, checksum: checksumOf(sealed) };
    },
    async unsealSecret(sealed) {
      const { sealingKey } = await derive(sealed);
      const secret = decrypt(sealingKey, sealed, (plaintext) => Uint8Array.from(plaintext));
      kdf = sealed.kdf;
      return secret;
    },
    async checkPassphrase(sealed) {
      await derive(sealed);
      kdf = sealed.kdf;
    },
    renewed: (cost) => sealerOf(secrets, cost),
  };
}

type Encrypted = Pick<SealedRecord, 'nonce' | 'ciphertext' | 'tag'>;

/** Nonces are random: one passphrase and salt seal far fewer than the 2^32 records that NIST SP 800-38D §8.3 allows. */
function encrypt(sealingKey: Uint8Array, associated: Uint8Array, plaintext: Uint8Array): Encrypted {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce).setAAD(associated);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return { nonce: toBase64(nonce), ciphertext: toBase64(ciphertext), tag: toBase64(cipher.getAuthTag()) };
}

/** @param read what becomes of the octets, which are overwritten afterwards; what it throws is damage too */
function decrypt<T>(sealingKey: Uint8Array, sealed: SealedRecord, read: (plaintext: Buffer) => T): T {
  const decipher = createDecipheriv('aes-256-gcm', sealingKey, fromBase64(sealed.nonce), { authTagLength: 16 });
  decipher.setAAD(associatedData(sealed)).setAuthTag(fromBase64(sealed.tag));
  const plaintext = decipher.update(fromBase64(sealed.ciphertext));
  try {
    decipher.final();
    return read(plaintext);
  } catch {
    // Without the cause: what a parser of private keys says about them stays here.
    throw new KeyStoreError(
      'keyDamaged',
      `The sealed ${nounOf(sealed)} "${sealed.keyId}" is damaged: it does not decrypt although the passphrase is right. Restore it from a backup.`,
    );
  } finally {
    plaintext.fill(0);
  }
}

function decryptKey(sealingKey: Uint8Array, sealed: SealedKey): KeyObject {
  return decrypt(sealingKey, sealed, (plaintext) => createPrivateKey({ key: plaintext, format: 'der', type: 'pkcs8' }));
}

function checkIsTheKey(privateKey: KeyObject, sealed: SealedKey): void {
  const matches =
    equalBytes(subjectPublicKeyInfoOf(privateKey), fromBase64(sealed.subjectPublicKeyInfo)) &&
    isOfAlgorithm(privateKey, sealed.keyAlgorithm);
  if (matches) return;
  throw new KeyStoreError(
    'keySwapped',
    `The sealed key "${sealed.keyId}" holds another private key than its public key says. Restore it from a backup.`,
  );
}

function checkIsPrivate(privateKey: KeyObject, keyAlgorithm: KeyAlgorithmName): void {
  if (privateKey.type !== 'private') throw new TypeError('Only private keys are sealed.');
  if (!isOfAlgorithm(privateKey, keyAlgorithm))
    throw new TypeError(`The key to seal is not of algorithm ${keyAlgorithm}.`);
}

function isOfAlgorithm(key: KeyObject, keyAlgorithm: KeyAlgorithmName): boolean {
  return keyAlgorithmOf(key) === keyAlgorithm;
}

function subjectPublicKeyInfoOf(privateKey: KeyObject): Uint8Array {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
}
