/** An authority with an EC key, its RA with an RSA key, and devices: real keys, made once for a test file. */
import { constants, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { rfc5280, rfc6402 } from '@touchmark/asn1';
import { decryptKeyWith } from '@touchmark/cms';
import { createSoftwareSigner } from '@touchmark/crypto';
import type { KeyAlgorithmName, KeyPair } from '@touchmark/crypto';
import { createTestAuthority, testKeyPair, testSerialNumber } from '@touchmark/testkit';
import type { TestAuthority, TestAuthorityOptions } from '@touchmark/testkit';
import { encodeName, encodeSigned, encodeTbsCertificate, extension, parseCertificate } from '@touchmark/x509';
import type { Certificate } from '@touchmark/x509';
import type { ScepRecipient } from '../../src/index.ts';

/** A certificate and its key. */
export interface Holder {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export interface World {
  readonly authority: TestAuthority;
  readonly ra: Holder;
  /** Has made its certificate itself. */
  readonly device: Holder;
  /** Has a certificate of the authority. */
  readonly enrolled: Holder;
  readonly chain: readonly Certificate[];
  readonly recipient: ScepRecipient;
}

export async function createWorld(options: TestAuthorityOptions = {}): Promise<World> {
  const authority = await createTestAuthority(options);
  const [ra, enrolled, device] = await Promise.all([
    issue(authority, 'ra', [rfc6402['id-kp-cmcRA']]),
    issue(authority, 'enrolled', [rfc5280['id-kp-clientAuth']]),
    testKeyPair('rsa-2048', 'device').then((pair) => selfSigned(pair, 'device-0001')),
  ]);
  const chain = authority.chainDer.map((der) => parseCertificate(der));
  return { authority, ra, device, enrolled, chain, recipient: recipientOf(ra) };
}

async function issue(authority: TestAuthority, which: string, extendedKeyUsage: readonly string[]): Promise<Holder> {
  return authority.issue({ keyPair: await testKeyPair('rsa-2048', which), extendedKeyUsage });
}

export function recipientOf({ certificate, privateKey }: Holder): ScepRecipient {
  return {
    certificate,
    decryptKey: decryptKeyWith(privateKey),
    sign: async (digest, data) =>
      new Uint8Array(sign(digest, data, { key: privateKey, padding: constants.RSA_PKCS1_PADDING })),
  };
}

/** As clients make one to sign their first message; expired already unless told otherwise. */
export async function selfSigned(
  { privateKey, publicKey }: KeyPair,
  commonName: string,
  { notAfter = new Date('2020-01-02T00:00:00Z') } = {},
): Promise<Holder> {
  const signer = createSoftwareSigner(privateKey);
  const subjectDer = encodeName([{ attribute: 'commonName', value: commonName }]);
  const tbsCertificateDer = encodeTbsCertificate({
    serialNumber: testSerialNumber(),
    signatureAlgorithmDer: signer.algorithm.algorithmIdentifierDer,
    issuerDer: subjectDer,
    notBefore: new Date('2020-01-01T00:00:00Z'),
    notAfter,
    subjectDer,
    subjectPublicKeyInfoDer: signer.subjectPublicKeyInfoDer,
    extensionsDer: [extension.keyUsage(['digitalSignature', 'keyEncipherment'])],
  });
  const signature = await signer.sign(tbsCertificateDer);
  const der = encodeSigned(tbsCertificateDer, signer.algorithm.algorithmIdentifierDer, signature);
  return { certificate: parseCertificate(der), privateKey, publicKey };
}

export async function selfSignedDevice(keyAlgorithm: KeyAlgorithmName, which: string): Promise<Holder> {
  return selfSigned(await testKeyPair(keyAlgorithm, which), 'device-0002');
}
