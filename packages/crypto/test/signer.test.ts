/** Signers and verifySignature, each against the other and against Node called directly. */
import { constants, createSecretKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { toHex } from '@touchmark/asn1';
import {
  createSoftwareSigner,
  generateKeyPair,
  keyAlgorithmNames,
  keyAlgorithmOf,
  signatureAlgorithms,
  verifySignature,
  verifySignatureUnblocking,
} from '../src/index.ts';
import type { KeyAlgorithmName, KeyPair, SignatureAlgorithm } from '../src/index.ts';

const data = new TextEncoder().encode('to be signed');
const algorithms = Object.values(signatureAlgorithms);
// RSA-4096 takes seconds to make and differs in nothing here.
const names = keyAlgorithmNames.filter((name) => name !== 'rsa-4096');
const keys = new Map<KeyAlgorithmName, KeyPair>();

beforeAll(async () => {
  for (const name of names) keys.set(name, await generateKeyPair(name));
});

const key = (name: KeyAlgorithmName): KeyPair => {
  const pair = keys.get(name);
  if (pair === undefined) throw new Error(`no key ${name}`);
  return pair;
};
const fits = (name: KeyAlgorithmName, algorithm: SignatureAlgorithm): boolean =>
  key(name).publicKey.asymmetricKeyType === algorithm.keyType;
const pairs = names.flatMap((name) =>
  algorithms.map((algorithm) => ({ name, algorithm, algorithmName: algorithm.name })),
);

describe('generateKeyPair', () => {
  it.each(names)('%s gives a key of that algorithm', (name) => {
    expect(keyAlgorithmOf(key(name).privateKey)).toBe(name);
    expect(keyAlgorithmOf(key(name).publicKey)).toBe(name);
  });

  it('rsa-4096 has 4096 bits', async () => {
    const { publicKey } = await generateKeyPair('rsa-4096');
    expect(publicKey.asymmetricKeyDetails).toEqual({ modulusLength: 4096, publicExponent: 65_537n });
  });
});

/** Of both ways to verify, which never differ. */
async function verdict(...question: Parameters<typeof verifySignature>): Promise<boolean> {
  const inline = verifySignature(...question);
  expect(await verifySignatureUnblocking(...question)).toBe(inline);
  return inline;
}

describe('every key with every algorithm', () => {
  it.each(pairs)('$name, $algorithmName: signs and verifies, or does neither', async ({ name, algorithm }) => {
    const { privateKey, publicKey } = key(name);
    if (!fits(name, algorithm)) {
      expect(() => createSoftwareSigner(privateKey, algorithm)).toThrow(TypeError);
      const signature = await createSoftwareSigner(privateKey).sign(data);
      expect(await verdict(algorithm, publicKey, data, signature)).toBe(false);
      return;
    }
    const signer = createSoftwareSigner(privateKey, algorithm);
    const signature = await signer.sign(data);
    expect(signature.constructor).toBe(Uint8Array);
    expect(await verdict(algorithm, signer.publicKey, data, signature)).toBe(true);
    for (const other of algorithms.filter((candidate) => candidate !== algorithm)) {
      expect(await verdict(other, publicKey, data, signature)).toBe(false);
    }
  });

  it.each(names)('%s: nothing changed verifies', async (name) => {
    const { algorithm, publicKey, sign: signData } = createSoftwareSigner(key(name).privateKey);
    const signature = await signData(data);
    const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
      bytes.map((octet, index) => (index === at ? octet ^ 1 : octet));
    for (let at = 0; at < data.length; at += 1) {
      expect(await verdict(algorithm, publicKey, flipped(data, at), signature)).toBe(false);
    }
    for (let at = 0; at < signature.length; at += Math.ceil(signature.length / 50)) {
      expect(await verdict(algorithm, publicKey, data, flipped(signature, at))).toBe(false);
      expect(await verdict(algorithm, publicKey, data, signature.subarray(0, at))).toBe(false);
    }
    expect(await verdict(algorithm, publicKey, data, Uint8Array.of(...signature, 0))).toBe(false);
  });
});

describe('createSoftwareSigner', () => {
  it('knows its public half', () => {
    const { privateKey, publicKey } = key('ec-p256');
    const signer = createSoftwareSigner(privateKey);
    expect(toHex(signer.subjectPublicKeyInfoDer)).toBe(
      publicKey.export({ format: 'der', type: 'spki' }).toString('hex'),
    );
    expect(signer.publicKey.type).toBe('public');
  });

  it('signs what Node verifies', async () => {
    const { privateKey, publicKey } = key('rsa-2048');
    const signature = await createSoftwareSigner(privateKey, signatureAlgorithms['id-RSASSA-PSS-SHA384']).sign(data);
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    expect(verify('sha384', data, { key: publicKey, padding, saltLength: 48 }, signature)).toBe(true);
  });

  it.each([
    ['a public key', (): KeyPair['publicKey'] => key('ec-p256').publicKey],
    ['a secret key', () => createSecretKey(new Uint8Array(32))],
    ['a key of another curve', () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey],
    ['a key that cannot sign', () => generateKeyPairSync('x25519').privateKey],
  ])('refuses %s', (_case, unfit) => {
    expect(() => createSoftwareSigner(unfit())).toThrow(TypeError);
  });

  it('rejects, and does not throw, when the signature cannot be made', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 512 });
    const signer = createSoftwareSigner(privateKey, signatureAlgorithms.sha512WithRSAEncryption);
    await expect(signer.sign(data)).rejects.toThrow();
  });
});

describe('verifySignature', () => {
  it('RFC 4055 §3.1: wants a PSS salt as long as the digest', async () => {
    const { privateKey, publicKey } = key('rsa-2048');
    const signature = sign('sha256', data, {
      key: privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: 20,
    });
    expect(await verdict(signatureAlgorithms['id-RSASSA-PSS-SHA256'], publicKey, data, signature)).toBe(false);
  });

  it('RFC 3279 §2.2.3: wants ECDSA signatures in DER', async () => {
    const { privateKey, publicKey } = key('ec-p256');
    const signature = sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    expect(await verdict(signatureAlgorithms['ecdsa-with-SHA256'], publicKey, data, signature)).toBe(false);
  });
});
