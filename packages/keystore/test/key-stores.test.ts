/** What every key store promises, tried against the software store and against a token of SoftHSM 2. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { keyAlgorithmOf, parsePublicKey, signatureAlgorithms, verifySignature } from '@touchmark/crypto';
import type { KeyAlgorithmName, SignatureAlgorithmName } from '@touchmark/crypto';
import { describeWith } from '../../../test/support/programs.ts';
import {
  Pkcs11Token,
  createKeySealer,
  createPkcs11KeyStore,
  createSoftwareKeyStore,
  parsePkcs11Uri,
} from '../src/index.ts';
import type { KeyStore } from '../src/index.ts';
import { createMemoryStore } from './memory-store.ts';
import { createSoftHsm } from './support/soft-hsm.ts';
import type { SoftHsm } from './support/soft-hsm.ts';

interface StoreUnderTest {
  /** A store that remembers nothing, over the same keys: as after a restart. */
  open(): KeyStore;
  keyId(name: string): string;
  close(): Promise<void>;
}

const data = new TextEncoder().encode('to be signed');

/** Each way to sign with each kind of key that both kinds of store have. */
const combinations: readonly (readonly [KeyAlgorithmName, readonly SignatureAlgorithmName[]])[] = [
  ['ec-p256', ['ecdsa-with-SHA256', 'ecdsa-with-SHA384', 'ecdsa-with-SHA512']],
  ['ec-p384', ['ecdsa-with-SHA384', 'ecdsa-with-SHA256', 'ecdsa-with-SHA512']],
  ['ec-p521', ['ecdsa-with-SHA512', 'ecdsa-with-SHA256']],
  [
    'rsa-2048',
    [
      'sha256WithRSAEncryption',
      'sha384WithRSAEncryption',
      'sha512WithRSAEncryption',
      'id-RSASSA-PSS-SHA256',
      'id-RSASSA-PSS-SHA384',
      'id-RSASSA-PSS-SHA512',
    ],
  ],
  ['rsa-3072', ['sha256WithRSAEncryption', 'id-RSASSA-PSS-SHA256']],
];

function keepsItsPromises(open: () => StoreUnderTest): void {
  let subject: StoreUnderTest;
  beforeAll(() => {
    subject = open();
  });
  afterAll(() => subject.close());

  describe.each(combinations)('with a key of %s', (keyAlgorithm, signatureNames) => {
    const name = `signing-${keyAlgorithm}`;

    it('makes it, and has the same one after a restart', async () => {
      const made = await subject.open().generateKey(subject.keyId(name), keyAlgorithm);
      const found = await subject.open().getSigner(subject.keyId(name));
      expect(keyAlgorithmOf(found.publicKey)).toBe(keyAlgorithm);
      expect(found.publicKey.equals(made.publicKey)).toBe(true);
      expect(found.algorithm).toBe(made.algorithm);
      // Under the key policy of everybody.
      expect(parsePublicKey(found.subjectPublicKeyInfoDer).keyAlgorithm).toBe(keyAlgorithm);
    });

    it.each(signatureNames)('signs %s', async (signatureName) => {
      const algorithm = signatureAlgorithms[signatureName];
      const signer = await subject.open().getSigner(subject.keyId(name), algorithm);
      expect(signer.algorithm).toBe(algorithm);
      // ECDSA values have leading zeros now and then: DER leaves them out.
      for (let round = 0; round < (keyAlgorithm === 'ec-p256' ? 40 : 3); round++) {
        const signature = await signer.sign(data);
        expect(verifySignature(algorithm, signer.publicKey, data, signature)).toBe(true);
      }
    });

    it('refuses to sign with an algorithm of other keys as notSupported', async () => {
      const other = signatureAlgorithms[keyAlgorithm.startsWith('ec') ? 'id-RSASSA-PSS-SHA256' : 'ecdsa-with-SHA256'];
      await expect(subject.open().getSigner(subject.keyId(name), other)).rejects.toMatchObject({
        code: 'notSupported',
      });
    });
  });

  it('refuses an unknown key as keyNotFound, and makes none', async () => {
    const keyId = subject.keyId('unknown');
    await expect(subject.open().getSigner(keyId)).rejects.toMatchObject({ name: 'KeyStoreError', code: 'keyNotFound' });
    await expect(subject.open().checkKey(keyId)).rejects.toMatchObject({ code: 'keyNotFound' });
    await expect(subject.open().getSigner(keyId)).rejects.toMatchObject({ code: 'keyNotFound' });
  });

  it('refuses to overwrite as keyExists, and the key stays', async () => {
    const store = subject.open();
    const { publicKey } = await store.generateKey(subject.keyId('taken'), 'ec-p256');
    await expect(store.generateKey(subject.keyId('taken'), 'ec-p384')).rejects.toMatchObject({ code: 'keyExists' });
    expect((await subject.open().getSigner(subject.keyId('taken'))).publicKey.equals(publicKey)).toBe(true);
  });

  it('finds a key that is there to be usable', async () => {
    await subject.open().generateKey(subject.keyId('checked'), 'ec-p256');
    await expect(subject.open().checkKey(subject.keyId('checked'))).resolves.toBeUndefined();
  });

  it('gives one key to all who ask at once', async () => {
    await subject.open().generateKey(subject.keyId('asked'), 'ec-p256');
    const store = subject.open();
    const signers = await Promise.all(Array.from({ length: 8 }, () => store.getSigner(subject.keyId('asked'))));
    for (const signer of signers) {
      expect(signer.publicKey.equals(signers[0]!.publicKey)).toBe(true);
      expect(verifySignature(signer.algorithm, signer.publicKey, data, await signer.sign(data))).toBe(true);
    }
  });
}

describe('the software key store', () => {
  keepsItsPromises(() => {
    const sealer = createKeySealer('correct horse battery staple');
    const store = createMemoryStore();
    return {
      open: () => createSoftwareKeyStore({ sealer, store }),
      keyId: (name) => name,
      close: async () => undefined,
    };
  });
});

describeWith(['softhsm2-util'], 'the PKCS #11 key store', () => {
  keepsItsPromises(() => {
    const hsm: SoftHsm = createSoftHsm('Fleet');
    const token = new Pkcs11Token({
      uri: parsePkcs11Uri('pkcs11:token=Fleet'),
      modulePath: hsm.modulePath,
      readPin: () => hsm.pin,
    });
    return {
      open: () => createPkcs11KeyStore([token]),
      keyId: (name) => `pkcs11:token=Fleet;object=${name}`,
      close: async () => {
        await token.close();
        hsm.remove();
      },
    };
  });
});
