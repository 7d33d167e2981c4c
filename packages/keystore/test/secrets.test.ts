/** Secrets beside private keys: sealed, replaced, deleted, sealed anew; what is damaged, swapped or another's is refused by name. */
import { inspect } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { fromBase64, toBase64 } from '@touchmark/asn1';
import { generateKeyPair } from '@touchmark/crypto';
import { KeyStoreError, createKeySealer, createSoftwareKeyStore } from '../src/index.ts';
import type { KeySealer, SealedKey, SealedRecord, SealedSecret } from '../src/index.ts';
import { associatedData, checksumOf } from '../src/sealed-key.ts';
import { createMemoryStore } from './memory-store.ts';

const first = createKeySealer('the first passphrase');
const second = createKeySealer('the second passphrase');
const octets = Uint8Array.from({ length: 32 }, (_, index) => 200 + index);
const otherOctets = octets.map((octet) => octet ^ 0x55);

let sealed: SealedSecret;
let other: SealedSecret;
let key: SealedKey;

beforeAll(async () => {
  sealed = await first.sealSecret('challenge:factory', octets);
  other = await first.sealSecret('challenge:lab', otherOctets);
  key = await first.seal('challenge:factory', 'ec-p256', (await generateKeyPair('ec-p256')).privateKey);
});

const flip = (base64: string, at = 0): string =>
  toBase64(fromBase64(base64).map((octet, index) => (index === at ? octet ^ 1 : octet)));
const withChecksum = (record: Omit<SealedSecret, 'checksum'>): SealedSecret => ({
  ...record,
  checksum: checksumOf(record),
});
const refusal = async (record: SealedRecord, by: KeySealer = first): Promise<KeyStoreError> => {
  const error: unknown = await (record.version === 1 ? by.unseal(record) : by.unsealSecret(record)).then(
    () => new Error('it was unsealed'),
    (reason: unknown) => reason,
  );
  if (error instanceof KeyStoreError) return error;
  throw error;
};

describe('a sealed secret', () => {
  it.each([1, 32, 4096])('of %i octets comes back through JSON, with nothing but the passphrase', async (length) => {
    const secret = Uint8Array.from({ length }, (_, index) => index & 255);
    const record = JSON.parse(JSON.stringify(await first.sealSecret('challenge:a~b', secret))) as SealedSecret;
    expect(await createKeySealer('the first passphrase').unsealSecret(record)).toEqual(secret);
  });

  it.each([0, 4097])('cannot have %i octets', async (length) => {
    await expect(first.sealSecret('challenge:factory', new Uint8Array(length))).rejects.toThrow(RangeError);
  });

  it('has another nonce and secretId every time', async () => {
    const again = await first.sealSecret('challenge:factory', octets);
    expect(again.nonce).not.toBe(sealed.nonce);
    expect(again.secretId).not.toBe(sealed.secretId);
  });

  it.each(Object.keys({ passphraseCheck: 0, nonce: 0, ciphertext: 0, tag: 0, secretId: 0, checksum: 0 }))(
    'is keyDamaged for every flipped bit of its %s',
    async (name) => {
      const field = name as 'passphraseCheck' | 'nonce' | 'ciphertext' | 'tag' | 'secretId' | 'checksum';
      for (let at = 0; at < fromBase64(sealed[field]).length; at += 1) {
        expect((await refusal({ ...sealed, [field]: flip(sealed[field], at) })).code).toBe('keyDamaged');
      }
    },
  );

  it.each(['nonce', 'ciphertext', 'tag', 'secretId'] as const)(
    'is keyDamaged for a flipped bit or another one of its %s, even with a new checksum',
    async (field) => {
      expect((await refusal(withChecksum({ ...sealed, [field]: flip(sealed[field]) }))).code).toBe('keyDamaged');
      expect((await refusal(withChecksum({ ...sealed, [field]: other[field] }))).code).toBe('keyDamaged');
    },
  );

  it('is keyDamaged under the id of another', async () => {
    expect((await refusal(withChecksum({ ...other, keyId: sealed.keyId }))).code).toBe('keyDamaged');
  });

  it.each<[string, object]>([
    ['a later version', { version: 3 }],
    ['another kind', { kind: 'password' }],
    ['no secretId', { secretId: undefined }],
    ['a short secretId', { secretId: toBase64(new Uint8Array(8)) }],
    ['no ciphertext', { ciphertext: '' }],
    ['a weak kdf', { kdf: { name: 'scrypt', N: 2, r: 8, p: 1, salt: toBase64(new Uint8Array(32)) } }],
  ])('with %s is keyDamaged', async (_, fields) => {
    expect((await refusal({ ...sealed, ...fields })).code).toBe('keyDamaged');
  });

  it('is told from a private key, whatever the record calls itself', async () => {
    const asKey = { ...key, ...sealed, version: 1 } as unknown as SealedKey;
    const asSecret = { ...sealed, ...key, version: 2 } as unknown as SealedSecret;
    for (const record of [asKey, asSecret]) {
      expect((await refusal({ ...record, checksum: checksumOf(record) })).code).toBe('keyDamaged');
    }
    expect(associatedData(key)).not.toEqual(associatedData(sealed));
  });

  it('with another passphrase is wrongPassphrase, and says that it is a secret', async () => {
    expect(await refusal(sealed, second)).toMatchObject({
      code: 'wrongPassphrase',
      message: expect.stringContaining('secret "challenge:factory"'),
    });
  });

  it('is in no refusal and not seen by looking at it', async () => {
    const errors = [await refusal(sealed, second), await refusal({ ...sealed, tag: flip(sealed.tag) })];
    const shown = inspect([first, sealed, ...errors], { depth: 9, showHidden: true }) + JSON.stringify(sealed);
    expect(shown).not.toContain(toBase64(octets).slice(0, 20));
    expect(shown).not.toContain(Buffer.from(octets).toString('hex').slice(0, 20));
  });
});

describe('the store', () => {
  const fixture = async () => {
    const store = createMemoryStore();
    const keys = createSoftwareKeyStore({ sealer: first, store });
    await keys.generateKey('authority:issuing', 'ec-p256');
    await keys.putSecret('challenge:factory', octets);
    return { store, keys, elsewhere: createSoftwareKeyStore({ sealer: first, store }) };
  };

  it('lists secrets beside keys, with what is wrong with them', async () => {
    const { store, keys } = await fixture();
    store.tamper('challenge:lab', { ...other, tag: flip(other.tag) });
    expect(await keys.list()).toMatchObject([
      { keyId: 'authority:issuing', keyAlgorithm: 'ec-p256', fault: undefined },
      { keyId: 'challenge:factory', keyAlgorithm: 'secret', fault: undefined },
      { keyId: 'challenge:lab', keyAlgorithm: 'secret', fault: { code: 'keyDamaged' } },
    ]);
  });

  it('replaces a secret, and every node has the new one at once', async () => {
    const { keys, elsewhere } = await fixture();
    expect(await elsewhere.getSecret('challenge:factory')).toEqual(octets);
    await keys.putSecret('challenge:factory', otherOctets);
    expect(await keys.getSecret('challenge:factory')).toEqual(otherOctets);
    expect(await elsewhere.getSecret('challenge:factory')).toEqual(otherOctets);
  });

  it('deletes a secret on every node, and is not put out when there is none', async () => {
    const { keys, elsewhere } = await fixture();
    await elsewhere.getSecret('challenge:factory');
    await keys.deleteSecret('challenge:factory');
    await keys.deleteSecret('challenge:factory');
    for (const node of [keys, elsewhere]) {
      await expect(node.getSecret('challenge:factory')).rejects.toMatchObject({ code: 'keyNotFound' });
    }
  });

  it('never gives, replaces or deletes a key as a secret, nor signs with a secret', async () => {
    const { keys } = await fixture();
    await expect(keys.getSecret('authority:issuing')).rejects.toMatchObject({ code: 'notSupported' });
    await expect(keys.putSecret('authority:issuing', octets)).rejects.toMatchObject({ code: 'keyExists' });
    await keys.deleteSecret('authority:issuing');
    await keys.checkKey('authority:issuing');
    await expect(keys.getSigner('challenge:factory')).rejects.toMatchObject({ code: 'notSupported' });
    await expect(keys.getPrivateKey('challenge:factory')).rejects.toMatchObject({ code: 'notSupported' });
    await expect(keys.generateKey('challenge:factory', 'ec-p256')).rejects.toMatchObject({ code: 'keyExists' });
  });

  it('refuses a record that holds another secret as keySwapped', async () => {
    const { store, keys } = await fixture();
    store.tamper('challenge:factory', other);
    await expect(keys.getSecret('challenge:factory')).rejects.toMatchObject({ code: 'keySwapped' });
  });

  it('notices damage also when the secret is in memory', async () => {
    const { store, keys } = await fixture();
    await keys.getSecret('challenge:factory');
    const record = (await store.find('challenge:factory'))!;
    store.tamper('challenge:factory', { ...record, tag: flip(record.tag) });
    await expect(keys.getSecret('challenge:factory')).rejects.toMatchObject({ code: 'keyDamaged' });
  });

  it.each(['', '.hidden', 'a b', 'ä', 'x'.repeat(129)])('takes no id "%s"', async (keyId) => {
    const { keys } = await fixture();
    await expect(keys.putSecret(keyId, octets)).rejects.toThrow(RangeError);
  });

  it('seals secrets anew with the keys; nodes that have them in memory go on without the new passphrase', async () => {
    const { store, keys, elsewhere } = await fixture();
    await elsewhere.getSecret('challenge:factory');
    const commit = async (_: readonly SealedRecord[], after: readonly SealedRecord[]) => {
      for (const record of after) store.tamper(record.keyId, record);
    };
    const before = (await store.find('challenge:factory')) as SealedSecret;
    expect(await keys.rewrap(() => second, commit)).toBe(2);
    const after = (await store.find('challenge:factory')) as SealedSecret;
    expect(after.kdf.salt).not.toBe(before.kdf.salt);
    expect(after.secretId).toBe(before.secretId);
    expect(await createSoftwareKeyStore({ sealer: second, store }).getSecret('challenge:factory')).toEqual(octets);
    expect(await elsewhere.getSecret('challenge:factory')).toEqual(octets);
    const late = createSoftwareKeyStore({ sealer: first, store });
    await expect(late.getSecret('challenge:factory')).rejects.toMatchObject({ code: 'wrongPassphrase' });
    await expect(late.putSecret('challenge:late', octets)).rejects.toMatchObject({ code: 'wrongPassphrase' });
    await keys.putSecret('challenge:factory', otherOctets);
    await expect(elsewhere.getSecret('challenge:factory')).rejects.toMatchObject({ code: 'wrongPassphrase' });
  });

  it('changes nothing when a secret does not open while keys are sealed anew', async () => {
    const { store, keys } = await fixture();
    store.tamper('challenge:lab', { ...other, tag: flip(other.tag) });
    let committed = false;
    const commit = async () => {
      committed = true;
    };
    await expect(keys.rewrap(() => second, commit)).rejects.toMatchObject({
      code: 'keyDamaged',
      message: expect.stringContaining('challenge:lab'),
    });
    expect(committed).toBe(false);
  });
});

/** Written by the release before secrets were sealed. */
const recordOfBefore: SealedKey = {
  version: 1,
  keyId: 'authority:issuing',
  keyAlgorithm: 'ed25519',
  kdf: { name: 'scrypt', N: 131072, r: 8, p: 1, salt: '4oERJMlyo4Cm0CGjSsXaiCozXIBwmQXpW6r4irzD/Tg=' },
  passphraseCheck: '0eqfL+F9hPyN+/a3IhcJ+XVVggR5woZE8oGNGWT78xQ=',
  subjectPublicKeyInfo: 'MCowBQYDK2VwAyEA+uwS+uUVWU7o+vyvFtyjL37arStssGEegEtP88weWSU=',
  nonce: '+fuVsKj+6ALFc3K9',
  ciphertext: 'ZIy1UrTnykSqc+2TVk0xJZWCwHqi8Qfi2AIaRRMCCCklGKBI0R26cBdWQjHfLCnv',
  tag: 'mmVnzI+gMri7CC0DLUbDbg==',
  checksum: '9/LO66pkO2YfBjadtKiWCqBgy/4BbV71Oi9GBoqP0vo=',
};

it('a key that an earlier release has sealed opens as before', async () => {
  const opened = await createKeySealer('a passphrase of before').unseal(recordOfBefore);
  expect(opened.asymmetricKeyType).toBe('ed25519');
});
