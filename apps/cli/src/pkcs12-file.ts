/** `--p12`: a new key and its certificate in one file under a password, for browsers and mail programs. */
import { randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { decodePem } from '@touchmark/asn1';
import { encodePkcs12 } from '@touchmark/cms';
import { CliFailure } from './failure.ts';

/** @param chainPem the certificate, then its issuers */
export async function pkcs12Of(
  privateKey: KeyObject,
  chainPem: string,
  friendlyName: string,
  password: string,
): Promise<Uint8Array> {
  const [certificate, ...issuers] = decodePem(chainPem);
  if (certificate === undefined) throw new CliFailure('failed', 'The answer of the service holds no certificate.');
  const content = {
    privateKeyDer: new Uint8Array(privateKey.export({ type: 'pkcs8', format: 'der' })),
    certificateDer: certificate.bytes,
    issuersDer: issuers.map(({ bytes }) => bytes),
    friendlyName,
  };
  return encodePkcs12(content, password, (length) => new Uint8Array(randomBytes(length)));
}

/** The key alone under the same password, for as long as it has no certificate. */
export function encryptedKeyPem(privateKey: KeyObject, password: string): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: password }).toString();
}
