/** A passphrase and the keys derived from it. */
import { hkdfSync, scrypt } from 'node:crypto';
import { fromBase64 } from '@touchmark/asn1';
import type { ScryptParameters } from './sealed-key.ts';

export interface DerivedSecrets {
  /** For AES-256-GCM. */
  readonly sealingKey: Uint8Array;
  /** Known only to who knows the passphrase, and useless for anything but telling so. */
  readonly passphraseCheck: Uint8Array;
}

export interface Passphrase {
  derive(kdf: ScryptParameters): Promise<DerivedSecrets>;
}

/** @throws RangeError when the passphrase is empty */
export function createPassphrase(passphrase: string): Passphrase {
  if (passphrase === '') throw new RangeError('The passphrase that seals the keys is empty.');
  // Keyboards differ in how they compose characters (RFC 8265 §4.2.2).
  const octets = new TextEncoder().encode(passphrase.normalize('NFC'));
  const derived = new Map<string, Promise<DerivedSecrets>>();
  return {
    derive(kdf) {
      const key = `${kdf.N} ${kdf.r} ${kdf.p} ${kdf.salt}`;
      const known = derived.get(key);
      if (known !== undefined) return known;
      const secrets = deriveSecrets(octets, kdf);
      derived.set(key, secrets);
      // A derivation that failed, for want of memory perhaps, is tried again by the next who asks.
      secrets.catch(() => derived.delete(key));
      return secrets;
    },
  };
}

async function deriveSecrets(passphrase: Uint8Array, kdf: ScryptParameters): Promise<DerivedSecrets> {
  const master = await stretch(passphrase, kdf);
  const expand = (purpose: string): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', master, new Uint8Array(), purpose, 32));
  const secrets = {
    sealingKey: expand('touchmark key sealing 1'),
    passphraseCheck: expand('touchmark passphrase check 1'),
  };
  master.fill(0);
  return secrets;
}

function stretch(passphrase: Uint8Array, { N, r, p, salt }: ScryptParameters): Promise<Uint8Array> {
  // scrypt needs 128·N·r octets and a little more; Node's own limit is 32 MiB.
  const options = { N, r, p, maxmem: 128 * N * r + 2 ** 20 };
  return new Promise((resolve, reject) => {
    scrypt(passphrase, fromBase64(salt), 32, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
