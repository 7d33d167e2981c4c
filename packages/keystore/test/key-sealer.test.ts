/** SECURITY "Keys": a flipped bit, a swapped record or a wrong passphrase is a named refusal, never a new key. */
import { createCipheriv, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { inspect } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromBase64, toBase64 } from '@touchmark/asn1';
import { generateKeyPair, keyAlgorithmNames } from '@touchmark/crypto';
import { createKeySealer, KeyStoreError } from '../src/index.ts';
import type { KeySealer, SealedKey } from '../src/index.ts';
import { createPassphrase } from '../src/passphrase.ts';
import { associatedData, checksumOf } from '../src/sealed-key.ts';

const passphrase = 'correct horse battery staple';
const sealer = createKeySealer(passphrase);

let privateKey: KeyObject;
let sealed: SealedKey;
let other: SealedKey;

beforeAll(async () => {
  ({ privateKey } = await generateKeyPair('ec-p256'));
  sealed = await sealer.seal('issuing-1', 'ec-p256', privateKey);
  other = await sealer.seal('issuing-2', 'ec-p256', (await generateKeyPair('ec-p256')).privateKey);
});

const refusal = async (record: SealedKey, by: KeySealer = sealer): Promise<KeyStoreError> => {
  const error: unknown = await by.unseal(record).then(
    () => new Error('it was unsealed'),
    (reason: unknown) => reason,
  );
  if (error instanceof KeyStoreError) return error;
  throw error;
};
/** What somebody does who edits on purpose. */
const withChecksum = (record: Omit<SealedKey, 'checksum'>): SealedKey => ({ ...record, checksum: checksumOf(record) });
const flip = (base64: string, at = 0): string =>
  toBase64(fromBase64(base64).map((octet, index) => (index === at ? octet ^ 1 : octet)));

describe('seal and unseal', () => {
  it.each(keyAlgorithmNames.filter((name) => name !== 'rsa-4096'))('give back a key of %s', async (keyAlgorithm) => {
    const pair = await generateKeyPair(keyAlgorithm);
    const record = JSON.parse(JSON.stringify(await sealer.seal('k', keyAlgorithm, pair.privateKey))) as SealedKey;
    expect((await sealer.unseal(record)).equals(pair.privateKey)).toBe(true);
  });

  it('use scrypt with N = 2^17, r = 8, p = 1', () => {
    expect(sealed.kdf).toEqual({ name: 'scrypt', N: 131_072, r: 8, p: 1, salt: expect.any(String) });
    expect(fromBase64(sealed.kdf.salt)).toHaveLength(32);
  });

  it('work across processes, which share nothing but the passphrase', async () => {
    expect((await createKeySealer(passphrase).unseal(sealed)).equals(privateKey)).toBe(true);
  });

  it('take a passphrase for the same however its characters are composed', async () => {
    const record = await createKeySealer('schl\u00fcssel').seal('k', 'ec-p256', privateKey);
    expect((await createKeySealer('schlu\u0308ssel').unseal(record)).equals(privateKey)).toBe(true);
  });

  it('never use a nonce twice, and never give the same ciphertext', async () => {
    const again = await sealer.seal('issuing-1', 'ec-p256', privateKey);
    expect(again.nonce).not.toBe(sealed.nonce);
    expect(again.ciphertext).not.toBe(sealed.ciphertext);
  });

  it('seal with the salt of what was unsealed before, so that few derivations read all keys', async () => {
    const fresh = createKeySealer(passphrase);
    await fresh.unseal(sealed);
    expect((await fresh.seal('k', 'ec-p256', privateKey)).kdf).toEqual(sealed.kdf);
  });
});

describe('seal refuses', () => {
  it('an empty passphrase', () => {
    expect(() => createKeySealer('')).toThrow(RangeError);
  });

  it('a public key', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await expect(sealer.seal('k', 'ec-p256', publicKey)).rejects.toThrow(TypeError);
  });

  it('a key of another algorithm', async () => {
    await expect(sealer.seal('k', 'ec-p384', privateKey)).rejects.toThrow(TypeError);
  });
});

/** Every field, each changed to another value that is well-formed. */
const changes: Readonly<Record<string, (record: SealedKey) => SealedKey>> = {
  version: (record) => ({ ...record, version: 3 as 1 }),
  keyId: (record) => ({ ...record, keyId: 'issuing-2' }),
  keyAlgorithm: (record) => ({ ...record, keyAlgorithm: 'ec-p384' }),
  'kdf.name': (record) => ({ ...record, kdf: { ...record.kdf, name: 'argon2' as 'scrypt' } }),
  'kdf.N': (record) => ({ ...record, kdf: { ...record.kdf, N: 2 ** 18 } }),
  'kdf.r': (record) => ({ ...record, kdf: { ...record.kdf, r: 9 } }),
  'kdf.p': (record) => ({ ...record, kdf: { ...record.kdf, p: 2 } }),
  'kdf.salt': (record) => ({ ...record, kdf: { ...record.kdf, salt: flip(record.kdf.salt) } }),
  passphraseCheck: (record) => ({ ...record, passphraseCheck: flip(record.passphraseCheck) }),
  nonce: (record) => ({ ...record, nonce: flip(record.nonce) }),
  ciphertext: (record) => ({ ...record, ciphertext: flip(record.ciphertext, 5) }),
  tag: (record) => ({ ...record, tag: flip(record.tag) }),
  subjectPublicKeyInfo: (record) => ({ ...record, subjectPublicKeyInfo: other.subjectPublicKeyInfo }),
  checksum: (record) => ({ ...record, checksum: flip(record.checksum) }),
};

const { checksum: _accidentalOnly, ...deliberate } = changes;

describe('a damaged record', () => {
  it('has a case for every field', () => {
    const fields = Object.keys(sealed).flatMap((field) =>
      field === 'kdf' ? Object.keys(sealed.kdf).map((name) => `kdf.${name}`) : [field],
    );
    expect(Object.keys(changes).sort()).toEqual(fields.sort());
  });

  it.each(Object.entries(changes))('%s changed by accident is keyDamaged', async (_field, change) => {
    expect((await refusal(change(sealed))).code).toBe('keyDamaged');
  });

  it.each(Object.entries(deliberate))('%s changed on purpose is refused as well', async (field, change) => {
    const derivesOther = ['kdf.N', 'kdf.salt', 'passphraseCheck'].includes(field);
    expect((await refusal(withChecksum(change(sealed)))).code).toBe(derivesOther ? 'wrongPassphrase' : 'keyDamaged');
  });

  it('is keyDamaged for every flipped bit of every octet string', async () => {
    const fields = ['passphraseCheck', 'nonce', 'ciphertext', 'tag', 'subjectPublicKeyInfo', 'checksum'] as const;
    for (const field of fields) {
      for (let at = 0; at < fromBase64(sealed[field]).length; at += 1) {
        expect((await refusal({ ...sealed, [field]: flip(sealed[field], at) })).code).toBe('keyDamaged');
      }
    }
  });

  it('is keyDamaged for every flipped bit of what AES-GCM guards, even with a new checksum', async () => {
    for (const field of ['nonce', 'ciphertext', 'tag', 'subjectPublicKeyInfo'] as const) {
      for (let at = 0; at < fromBase64(sealed[field]).length; at += 1) {
        const error = await refusal(withChecksum({ ...sealed, [field]: flip(sealed[field], at) }));
        expect({ field, at, code: error.code }).toEqual({ field, at, code: 'keyDamaged' });
      }
    }
  });

  it.each<[string, unknown]>([
    ['no fields', {}],
    ['a field missing', { tag: undefined }],
    ['null for an object', { kdf: null }],
    ['a number for text', { nonce: 7 }],
    ['text that is not base64', { nonce: 'not base64!' }],
    ['a nonce of 8 octets', { nonce: toBase64(new Uint8Array(8)) }],
    ['a tag of 4 octets', { tag: toBase64(new Uint8Array(4)) }],
    ['no ciphertext', { ciphertext: '' }],
    ['an algorithm that is unknown', { keyAlgorithm: 'rsa-1024' }],
    ['a weaker N', { kdf: { name: 'scrypt', N: 2 ** 14, r: 8, p: 1, salt: toBase64(new Uint8Array(32)) } }],
    [
      'an N that takes all memory',
      { kdf: { name: 'scrypt', N: 2 ** 30, r: 8, p: 1, salt: toBase64(new Uint8Array(32)) } },
    ],
    [
      'an N that is no power of 2',
      { kdf: { name: 'scrypt', N: 200_000, r: 8, p: 1, salt: toBase64(new Uint8Array(32)) } },
    ],
    ['a short salt', { kdf: { name: 'scrypt', N: 2 ** 17, r: 8, p: 1, salt: toBase64(new Uint8Array(8)) } }],
  ])('with %s is keyDamaged', async (name, fields) => {
    const record = (name === 'no fields' ? {} : { ...sealed, ...(fields as object) }) as SealedKey;
    expect((await refusal(record)).code).toBe('keyDamaged');
  });

  it('keeps its fields apart in what is authenticated', () => {
    const record = fc.record({ keyId: fc.string(), nonce: fc.string(), tag: fc.string(), ciphertext: fc.string() });
    fc.assert(
      fc.property(record, record, (a, b) => {
        const same = Object.entries(a).every(([field, value]) => b[field as keyof typeof b] === value);
        expect(checksumOf({ ...sealed, ...a }) === checksumOf({ ...sealed, ...b })).toBe(same);
      }),
    );
  });
});

describe('a wrong passphrase', () => {
  it.each(['', ' ', 'x'])('is wrongPassphrase, also when only "%s" was added or case changed', async (suffix) => {
    const wrong = suffix === '' ? passphrase.toUpperCase() : passphrase + suffix;
    expect((await refusal(sealed, createKeySealer(wrong))).code).toBe('wrongPassphrase');
  });

  it('is told from damage', async () => {
    const wrong = createKeySealer('wrong');
    expect((await refusal({ ...sealed, tag: flip(sealed.tag) }, wrong)).code).toBe('keyDamaged');
    expect((await refusal(sealed, wrong)).code).toBe('wrongPassphrase');
  });
});

describe('a swapped record', () => {
  it('is keySwapped when an intact record has another private key than its public key says', async () => {
    // Only who has the passphrase can make such a record.
    const { privateKey: stranger } = await generateKeyPair('ec-p256');
    const { sealingKey } = await createPassphrase(passphrase).derive(sealed.kdf);
    const cipher = createCipheriv('aes-256-gcm', sealingKey, fromBase64(sealed.nonce)).setAAD(associatedData(sealed));
    const plaintext = stranger.export({ format: 'der', type: 'pkcs8' });
    const ciphertext = toBase64(Buffer.concat([cipher.update(plaintext), cipher.final()]));
    const forged = withChecksum({ ...sealed, ciphertext, tag: toBase64(cipher.getAuthTag()) });
    expect((await refusal(forged)).code).toBe('keySwapped');
  });

  it.each(['ciphertext', 'nonce', 'tag', 'subjectPublicKeyInfo'] as const)(
    'with the %s of another is keyDamaged',
    async (field) => {
      expect((await refusal({ ...sealed, [field]: other[field] })).code).toBe('keyDamaged');
      expect((await refusal(withChecksum({ ...sealed, [field]: other[field] }))).code).toBe('keyDamaged');
    },
  );

  it('with all but the id of another is keyDamaged', async () => {
    expect((await refusal(withChecksum({ ...other, keyId: sealed.keyId }))).code).toBe('keyDamaged');
  });
});

describe('secrets', () => {
  it('are in no refusal: neither passphrase nor private key, in any encoding', async () => {
    const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
    const scalar = String(privateKey.export({ format: 'jwk' }).d);
    const secrets = [
      passphrase,
      'wrong passphrase',
      Buffer.from(passphrase).toString('hex'),
      pkcs8.toString('base64').slice(0, 40),
      pkcs8.toString('hex').slice(0, 60),
      scalar,
      Buffer.from(scalar, 'base64url').toString('hex'),
    ];
    const errors = [
      await refusal(sealed, createKeySealer('wrong passphrase')),
      ...(await Promise.all(Object.values(changes).map((change) => refusal(change(sealed))))),
      ...(await Promise.all(Object.values(deliberate).map((change) => refusal(withChecksum(change(sealed)))))),
    ];
    for (const error of errors) {
      const shown = `${error.message} ${error.stack ?? ''} ${inspect(error, { depth: 9 })} ${JSON.stringify(error)}`;
      for (const secret of secrets) expect(shown).not.toContain(secret);
    }
  });

  it('are not seen by looking at a sealer or a record', () => {
    const shown = inspect([sealer, sealed], { depth: 9, showHidden: true }) + JSON.stringify([sealer, sealed]);
    expect(shown).not.toContain(passphrase);
    expect(shown).not.toContain(privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64').slice(0, 40));
  });
});
