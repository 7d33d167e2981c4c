/** Certificates, requests and CRLs made by this package, with fresh keys. */
import { fromHex, rfc5280 } from '@touchmark/asn1';
import { createSoftwareSigner, generateKeyPair } from '@touchmark/crypto';
import type { Signer } from '@touchmark/crypto';
import {
  createCertificationRequest,
  encodeCrlEntry,
  encodeName,
  encodeSigned,
  encodeTbsCertList,
  encodeTbsCertificate,
  extension,
  keyIdentifierOf,
} from '../../src/index.ts';
import type { CrlEntryFields, GeneralName, TbsCertificateFields, TbsCertListFields } from '../../src/index.ts';

export const issuer: Signer = createSoftwareSigner((await generateKeyPair('ec-p256')).privateKey);
export const device: Signer = createSoftwareSigner((await generateKeyPair('ec-p256')).privateKey);

export const issuerDer = encodeName([
  { attribute: 'countryName', value: 'DE' },
  { attribute: 'organizationName', value: 'Zinngießerei' },
  { attribute: 'commonName', value: 'Issuing CA 1' },
]);

export const subjectAltNames: readonly GeneralName[] = [
  { kind: 'dns', value: 'device-0042.example.com' },
  { kind: 'ip', value: '192.0.2.7' },
  { kind: 'ip', value: '2001:db8::7' },
  { kind: 'uri', value: 'urn:dev:mac:0024befffe804ff1' },
  { kind: 'email', value: 'device@example.com' },
];

export const leafFields: TbsCertificateFields = {
  serialNumber: fromHex('7f00112233445566778899aabbccddeeff001122'),
  signatureAlgorithmDer: issuer.algorithm.algorithmIdentifierDer,
  issuerDer,
  notBefore: new Date('2026-01-31T12:00:00Z'),
  notAfter: new Date('2027-01-31T11:59:59Z'),
  subjectDer: encodeName([
    { attribute: 'organizationName', value: 'Acme' },
    { attribute: 'serialNumber', value: 'SN-0042' },
    { attribute: 'commonName', value: 'device-0042' },
  ]),
  subjectPublicKeyInfoDer: device.subjectPublicKeyInfoDer,
  extensionsDer: [
    extension.basicConstraints({ cA: false }),
    extension.keyUsage(['digitalSignature', 'keyAgreement']),
    extension.extendedKeyUsage([rfc5280['id-kp-clientAuth'], rfc5280['id-kp-serverAuth']]),
    extension.subjectKeyIdentifier(keyIdentifierOf(device.subjectPublicKeyInfoDer)),
    extension.authorityKeyIdentifier(keyIdentifierOf(issuer.subjectPublicKeyInfoDer)),
    extension.subjectAltName(subjectAltNames, false),
    extension.crlDistributionPoints(['http://pki.example.com/pki/issuing.crl']),
    extension.authorityInfoAccess({
      ocsp: ['http://pki.example.com/ocsp/issuing'],
      caIssuers: ['http://pki.example.com/pki/issuing.cer'],
    }),
    extension.certificatePolicies([{ oid: '1.3.6.1.4.1.55555.1' }]),
  ],
};

export async function issueCertificate(changes: Partial<TbsCertificateFields> = {}): Promise<Uint8Array> {
  return sign(encodeTbsCertificate({ ...leafFields, ...changes }));
}

/** Puts the issuer's signature on any bytes. */
export async function sign(toBeSignedDer: Uint8Array): Promise<Uint8Array> {
  return encodeSigned(toBeSignedDer, issuer.algorithm.algorithmIdentifierDer, await issuer.sign(toBeSignedDer));
}

export const crlEntries: readonly CrlEntryFields[] = [
  { serialNumber: fromHex('01'), revocationDate: new Date('2026-02-01T00:00:00Z'), reason: 'unspecified' },
  {
    serialNumber: fromHex('7f00112233445566778899aabbccddeeff001122'),
    revocationDate: new Date('2026-02-02T03:04:05Z'),
    reason: 'keyCompromise',
    invalidityDate: new Date('2026-01-30T00:00:00Z'),
  },
  { serialNumber: fromHex('00ff'), revocationDate: new Date('2026-02-03T00:00:00Z'), reason: 'certificateHold' },
];

export const crlFields: TbsCertListFields = {
  signatureAlgorithmDer: issuer.algorithm.algorithmIdentifierDer,
  issuerDer,
  thisUpdate: new Date('2026-03-01T00:00:00Z'),
  nextUpdate: new Date('2026-03-08T00:00:00Z'),
  extensionsDer: [
    extension.authorityKeyIdentifier(keyIdentifierOf(issuer.subjectPublicKeyInfoDer)),
    extension.crlNumber(4711),
    extension.issuingDistributionPoint({ urls: ['http://pki.example.com/pki/issuing.crl'] }),
  ],
};

export async function issueCrl(
  entries: readonly CrlEntryFields[] = crlEntries,
  changes: Partial<TbsCertListFields> = {},
): Promise<Uint8Array> {
  const entriesDer = new Uint8Array(Buffer.concat(entries.map(encodeCrlEntry)));
  return sign(encodeTbsCertList({ ...crlFields, ...changes, entriesDer }));
}

export async function makeRequest(challengePassword?: string): Promise<Uint8Array> {
  return createCertificationRequest({
    subject: [{ attribute: 'commonName', value: 'device-0042' }],
    subjectAltNames,
    challengePassword,
    signer: device,
  });
}
