/** What other implementations read in a certification request: @peculiar/x509 subject and key, PKI.js the names. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import { Extensions } from '@peculiar/asn1-x509';
import * as peculiar from '@peculiar/x509';
import * as pkijs from 'pkijs';

peculiar.cryptoProvider.set(webcrypto);

export interface SecondReading {
  readonly subjectHex: string;
  readonly subjectPublicKeyInfoHex: string;
  /** The value of the requested subjectAltName; empty when none is requested. */
  readonly subjectAltNameHex: string;
}

/** PKCS #9, and the one with which Windows asks. */
const extensionRequests = ['1.2.840.113549.1.9.14', '1.3.6.1.4.1.311.2.1.14'];

/** Throws what the other implementation throws. */
export function readByOthers(certificationRequestDer: Uint8Array): SecondReading {
  const request = new peculiar.Pkcs10CertificateRequest(Uint8Array.from(certificationRequestDer));
  return {
    subjectHex: hexOf(request.subjectName.toArrayBuffer()),
    subjectPublicKeyInfoHex: hexOf(request.publicKey.rawData),
    subjectAltNameHex: subjectAltNameHexOf(Uint8Array.from(certificationRequestDer)),
  };
}

function subjectAltNameHexOf(certificationRequestDer: Uint8Array<ArrayBuffer>): string {
  const { attributes = [] } = pkijs.CertificationRequest.fromBER(certificationRequestDer);
  const asked = attributes.filter(({ type }) => extensionRequests.includes(type));
  for (const { values } of asked) {
    const value = values[0] as { readonly valueBeforeDecodeView: Uint8Array };
    const extensions = AsnConvert.parse(value.valueBeforeDecodeView, Extensions);
    const names = extensions.find(({ extnID }) => extnID === '2.5.29.17');
    if (names !== undefined) return hexOf(names.extnValue.buffer);
  }
  return '';
}

const hexOf = (buffer: ArrayBuffer): string => Buffer.from(buffer).toString('hex');
