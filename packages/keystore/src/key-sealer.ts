/** Seals private keys with a passphrase: scrypt, HKDF, AES-256-GCM. */
import { createCipheriv, createDecipheriv, createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { equalBytes, fromBase64, toBase64 } from '@touchmark/asn1';
import { keyAlgorithmOf } from '@touchmark/crypto';
import type { KeyAlgorithmName } from '@touchmark/crypto';
import { KeyStoreError } from './key-store-error.ts';
import { createPassphrase } from './passphrase.ts';
import type { DerivedSecrets, Passphrase } from './passphrase.ts';
import { associatedData, checkSealedKey, checksumOf, isScryptCost, scryptDefaults } from './sealed-key.ts';
import type { SealedKey, ScryptParameters } from './sealed-key.ts';

export interface KeySealer {
  /** Throws TypeError when the key is not private, or not of that algorithm. */
  seal(keyId: string, keyAlgorithm: KeyAlgorithmName, privateKey: KeyObject): Promise<SealedKey>;
  /** Fails with KeyStoreError `wrongPassphrase`, `keyDamaged` or `keySwapped`; never with another key. */
  unseal(sealed: SealedKey): Promise<KeyObject>;
  /**
   * Fails with `wrongPassphrase` when the record was sealed with another passphrase; from then on keys are sealed with the
   * salt and cost of this record.
   */
  checkPassphrase(sealed: SealedKey): Promise<void>;
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

function sealerOf(secrets: Passphrase, scryptCost: number): KeySealer {
  if (!isScryptCost(scryptCost)) throw new RangeError('The cost of scrypt is a power of two from 131072 to 1048576.');
  let kdf: ScryptParameters = { ...scryptDefaults, N: scryptCost, salt: toBase64(randomBytes(32)) };
  const derive = async (sealed: SealedKey): Promise<DerivedSecrets> => {
    checkSealedKey(sealed);
    const derived = await secrets.derive(sealed.kdf);
    // The check value is stored in the clear, hence nothing is learnt from how long comparing takes.
    if (!equalBytes(derived.passphraseCheck, fromBase64(sealed.passphraseCheck))) {
      throw new KeyStoreError(
        'wrongPassphrase',
        `The passphrase is not the one that key "${sealed.keyId}" was sealed with. If it was changed (touchmark key rewrap), this node still has the earlier one. Set the right one and start again.`,
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
      const sealed = { ...head, ...encrypt(sealingKey, associatedData(head), privateKey) };
      return { ...sealed, checksum: checksumOf(sealed) };
    },
    async unseal(sealed) {
      const { sealingKey } = await derive(sealed);
      const privateKey = decrypt(sealingKey, sealed);
      checkIsTheKey(privateKey, sealed);
      kdf = sealed.kdf;
      return privateKey;
    },
    async checkPassphrase(sealed) {
      await derive(sealed);
      kdf = sealed.kdf;
    },
    renewed: (cost) => sealerOf(secrets, cost),
  };
}

type Encrypted = Pick<SealedKey, 'nonce' | 'ciphertext' | 'tag'>;

/** Nonces are random: one passphrase and salt seal far fewer than the 2^32 keys that NIST SP 800-38D §8.3 allows. */
function encrypt(sealingKey: Uint8Array, associated: Uint8Array, privateKey: KeyObject): Encrypted {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce).setAAD(associated);
  const plaintext = privateKey.export({ format: 'der', type: 'pkcs8' });
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  plaintext.fill(0);
  return { nonce: toBase64(nonce), ciphertext: toBase64(ciphertext), tag: toBase64(cipher.getAuthTag()) };
}

function decrypt(sealingKey: Uint8Array, sealed: SealedKey): KeyObject {
  const decipher = createDecipheriv('aes-256-gcm', sealingKey, fromBase64(sealed.nonce), { authTagLength: 16 });
  decipher.setAAD(associatedData(sealed)).setAuthTag(fromBase64(sealed.tag));
  const plaintext = decipher.update(fromBase64(sealed.ciphertext));
  try {
    decipher.final();
    return createPrivateKey({ key: plaintext, format: 'der', type: 'pkcs8' });
  } catch {
    // Without the cause: what a parser of private keys says about them stays here.
    throw new KeyStoreError(
      'keyDamaged',
      `The sealed key "${sealed.keyId}" is damaged: it does not decrypt although the passphrase is right. Restore it from a backup.`,
    );
  } finally {
    plaintext.fill(0);
  }
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
