/** PKCS #10 of a holder's key. */
import type { SignatureAlgorithmName } from '@touchmark/crypto';
import { buildCertificationRequest } from '@touchmark/testkit';
import type { Holder } from './world.ts';

export async function requestOf(
  { privateKey, publicKey }: Pick<Holder, 'privateKey' | 'publicKey'>,
  challengePassword?: string,
  signatureAlgorithm?: SignatureAlgorithmName,
): Promise<Uint8Array> {
  const { certificationRequestDer } = await buildCertificationRequest({
    keyPair: { privateKey, publicKey },
    ...(challengePassword === undefined ? {} : { challengePassword }),
    ...(signatureAlgorithm === undefined ? {} : { signatureAlgorithm }),
  });
  return certificationRequestDer;
}
