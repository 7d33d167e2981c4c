/** Requests made before the clock starts: each with a key of its own, so that no two are the same request. */
import type { KeyObject } from 'node:crypto';
import { toBase64 } from '@touchmark/asn1';
import { createSoftwareSigner, generateKeyPair } from '@touchmark/crypto';
import type { KeyAlgorithmName } from '@touchmark/crypto';
import { createCertificationRequest } from '@touchmark/x509';

export interface PreparedRequest {
  readonly requestDer: Uint8Array;
  readonly privateKey: KeyObject;
}

export async function prepareRequest(
  deviceId: string,
  keyAlgorithm: KeyAlgorithmName = 'ec-p256',
): Promise<PreparedRequest> {
  const { privateKey } = await generateKeyPair(keyAlgorithm);
  const signer = createSoftwareSigner(privateKey);
  const subject = [{ attribute: 'commonName', value: deviceId }] as const;
  return { requestDer: await createCertificationRequest({ subject, signer }), privateKey };
}

/** As EST clients send it. */
export function toBody(requestDer: Uint8Array): string {
  return toBase64(requestDer);
}
