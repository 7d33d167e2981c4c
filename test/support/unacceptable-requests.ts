/** Requests that are well formed and signed, with keys that no authority should certify. */
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { signatureAlgorithms } from '@touchmark/crypto';
import type { SignatureAlgorithm } from '@touchmark/crypto';
import { createCertificationRequest } from '@touchmark/x509';

export function requestWithRsaKey(
  commonName: string,
  modulusLength: number,
  publicExponent = 65_537,
): Promise<Uint8Array> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength, publicExponent });
  return requestWith(commonName, privateKey, signatureAlgorithms.sha256WithRSAEncryption);
}

/** @param namedCurve as OpenSSL calls it, e.g. `prime192v1` */
export function requestWithEcKey(
  commonName: string,
  namedCurve: string,
  paramEncoding: 'named' | 'explicit' = 'named',
): Promise<Uint8Array> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve, paramEncoding });
  return requestWith(commonName, privateKey, signatureAlgorithms['ecdsa-with-SHA256']);
}

function requestWith(commonName: string, privateKey: KeyObject, algorithm: SignatureAlgorithm): Promise<Uint8Array> {
  const publicKey = createPublicKey(privateKey);
  return createCertificationRequest({
    subject: [{ attribute: 'commonName', value: commonName }],
    signer: {
      algorithm,
      publicKey,
      subjectPublicKeyInfoDer: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })),
      sign: async (data) => new Uint8Array(sign('sha256', data, privateKey)),
    },
  });
}

/** The same request with one bit of its signature changed. */
export function withBrokenSignature(requestDer: Uint8Array): Uint8Array {
  const broken = Uint8Array.from(requestDer);
  const last = broken.length - 1;
  broken[last] = (broken[last] ?? 0) ^ 1;
  return broken;
}
