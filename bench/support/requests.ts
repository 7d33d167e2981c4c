/** Requests made before the clock starts: each with a key of its own, so that no two are the same request. */
import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { der, rfc5758, toBase64 } from '@touchmark/asn1';
import { encodeName, encodeSigned } from '@touchmark/x509';

export interface PreparedRequest {
  readonly requestDer: Uint8Array;
  readonly privateKey: KeyObject;
}

const signatureAlgorithmDer = der.sequence(der.oid(rfc5758['ecdsa-with-SHA256']));
const version1 = der.integer(0);
const noAttributes = der.explicit(0);

export function prepareRequest(deviceId: string): PreparedRequest {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = encodeName([{ attribute: 'commonName', value: deviceId }]);
  const spki = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
  const info = der.sequence(version1, subject, spki, noAttributes);
  return { requestDer: encodeSigned(info, signatureAlgorithmDer, sign('sha256', info, privateKey)), privateKey };
}

/** As EST clients send it. */
export function toBody(requestDer: Uint8Array): string {
  return toBase64(requestDer);
}
