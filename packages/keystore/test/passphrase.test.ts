/** Derivation from a passphrase: once per salt, and apart for each purpose. */
import { describe, expect, it } from '@jest/globals';
import { toBase64, toHex } from '@touchmark/asn1';
import { createPassphrase } from '../src/passphrase.ts';
import type { ScryptParameters } from '../src/sealed-key.ts';

const kdf = (octet: number): ScryptParameters => ({
  name: 'scrypt',
  N: 2 ** 17,
  r: 8,
  p: 1,
  salt: toBase64(new Uint8Array(32).fill(octet)),
});

describe('derive', () => {
  it('is done once for a salt, however many ask', () => {
    const passphrase = createPassphrase('correct horse battery staple');
    const first = passphrase.derive(kdf(1));
    expect(passphrase.derive({ ...kdf(1) })).toBe(first);
    expect(passphrase.derive(kdf(2))).not.toBe(first);
  });

  it('gives the same in another process, and something else for another salt or passphrase', async () => {
    const keyOf = async (text: string, octet: number): Promise<string> =>
      toHex((await createPassphrase(text).derive(kdf(octet))).sealingKey);
    const key = await keyOf('a passphrase', 1);
    expect(await keyOf('a passphrase', 1)).toBe(key);
    expect(await keyOf('a passphrase', 2)).not.toBe(key);
    expect(await keyOf('a passphrasf', 1)).not.toBe(key);
  });

  it('keeps the check value, which is stored in the clear, apart from the sealing key', async () => {
    const { sealingKey, passphraseCheck } = await createPassphrase('a passphrase').derive(kdf(1));
    expect([sealingKey.length, passphraseCheck.length]).toEqual([32, 32]);
    expect(toHex(sealingKey)).not.toBe(toHex(passphraseCheck));
  });

  it('is tried again after it failed', async () => {
    const passphrase = createPassphrase('a passphrase');
    // scrypt wants a power of two: this fails whoever asks.
    const impossible = { ...kdf(1), N: 3 };
    const first = passphrase.derive(impossible);
    await expect(first).rejects.toThrow();
    const second = passphrase.derive(impossible);
    expect(second).not.toBe(first);
    await expect(second).rejects.toThrow();
  });
});
