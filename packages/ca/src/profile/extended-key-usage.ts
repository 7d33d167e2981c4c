/** Key purposes, by the names of their RFCs or by object identifier. */
import { rfc5280, rfc6402, rfc6960 } from '@touchmark/asn1';
import { z } from 'zod';
import { ObjectIdentifier } from './object-identifier.ts';

export const keyPurposes = {
  clientAuth: rfc5280['id-kp-clientAuth'],
  serverAuth: rfc5280['id-kp-serverAuth'],
  codeSigning: rfc5280['id-kp-codeSigning'],
  emailProtection: rfc5280['id-kp-emailProtection'],
  timeStamping: rfc5280['id-kp-timeStamping'],
  OCSPSigning: rfc6960['id-kp-OCSPSigning'],
  cmcRA: rfc6402['id-kp-cmcRA'],
  /** RFC 4334 §2 */
  eapOverPPP: '1.3.6.1.5.5.7.3.13',
  eapOverLAN: '1.3.6.1.5.5.7.3.14',
  /** RFC 4945 §5.1.3.12 */
  ipsecIKE: '1.3.6.1.5.5.7.3.17',
  /** RFC 9336 §3.1 */
  documentSigning: '1.3.6.1.5.5.7.3.36',
} as const;
export type KeyPurposeName = keyof typeof keyPurposes;

const names = Object.keys(keyPurposes) as KeyPurposeName[];
const namesByOid = new Map<string, KeyPurposeName>(names.map((name) => [keyPurposes[name], name]));

/** A known purpose is its name, also when it was written as an object identifier. */
export const KeyPurpose = z
  .union([z.enum(names), ObjectIdentifier], {
    error: `a key purpose is an object identifier or one of ${names.join(', ')}`,
  })
  .transform((purpose) => namesByOid.get(purpose) ?? purpose);

export function oidOfPurpose(purpose: string): string {
  return names.includes(purpose as KeyPurposeName) ? keyPurposes[purpose as KeyPurposeName] : purpose;
}
