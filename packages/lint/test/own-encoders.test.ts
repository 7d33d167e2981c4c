/** What our own encoders make of good input breaks no requirement: lint reads it with other code. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { concatBytes, fromHex, rfc5280, rfc6960 } from '@touchmark/asn1';
import {
  defaultSignatureAlgorithm,
  generateKeyPair,
  keyAlgorithmNames,
  signatureAlgorithms,
  type KeyAlgorithmName,
} from '@touchmark/crypto';
import { lintCrlEntry, lintTbsCertificate, lintTbsCertList } from '@touchmark/lint';
import {
  compileTbsCertificate,
  crlReasonCodes,
  encodeCrlEntry,
  encodeName,
  encodeTbsCertificate,
  encodeTbsCertList,
  extension,
  keyIdentifierOf,
  type CrlReason,
} from '@touchmark/x509';

const issuerDer = encodeName([
  { attribute: 'countryName', value: 'DE' },
  { attribute: 'organizationName', value: 'Example Works' },
  { attribute: 'commonName', value: 'Example Issuing CA' },
]);
const subjectDer = encodeName([
  { attribute: 'commonName', value: 'Sensør 0001' },
  { attribute: 'serialNumber', value: '0001' },
]);
const keyIdentifier = fromHex('00112233445566778899aabbccddeeff00112233');
const common = {
  issuerDer,
  serialNumber: fromHex('4f1e2d3c4b5a69788796a5b4c3d2e1f001122334'),
  notBefore: new Date('2026-03-01T10:00:00Z'),
};

describe.each(keyAlgorithmNames.filter((name) => !/^rsa-[34]/.test(name)))(
  'with an %s key',
  (keyAlgorithm: KeyAlgorithmName) => {
    let subjectPublicKeyInfoDer: Uint8Array;
    const signatureAlgorithmDer = defaultSignatureAlgorithm(keyAlgorithm).algorithmIdentifierDer;

    beforeAll(async () => {
      const { publicKey } = await generateKeyPair(keyAlgorithm);
      subjectPublicKeyInfoDer = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
    });

    const device = () => ({
      ...common,
      signatureAlgorithmDer,
      notAfter: new Date('2027-03-01T09:59:59Z'),
      subjectDer,
      subjectPublicKeyInfoDer,
      extensionsDer: [
        extension.basicConstraints({ cA: false }),
        extension.keyUsage(['digitalSignature']),
        extension.extendedKeyUsage([rfc5280['id-kp-clientAuth']]),
        extension.authorityKeyIdentifier(keyIdentifier),
        extension.crlDistributionPoints(['http://pki.example.com/pki/issuing.crl']),
        extension.authorityInfoAccess({
          ocsp: ['http://pki.example.com/ocsp/issuing'],
          caIssuers: ['http://pki.example.com/a.cer'],
        }),
        extension.certificatePolicies([
          {
            oid: '1.3.6.1.4.1.99999.2.1',
            cps: 'https://pki.example.com/cps',
            userNotice: 'For devices of the plant only.',
          },
        ]),
        extension.subjectKeyIdentifier(keyIdentifierOf(subjectPublicKeyInfoDer)),
        extension.subjectAltName(
          [
            { kind: 'dns', value: 'sensor-0001.plant.example.com' },
            { kind: 'uri', value: 'urn:dev:ops:32473-sensor-0001' },
            { kind: 'ip', value: '2001:db8::1' },
            { kind: 'ip', value: '192.0.2.1' },
            { kind: 'email', value: 'sensor@plant.example.com' },
          ],
          false,
        ),
      ],
    });

    it('the clear encoder makes a device certificate without findings', () => {
      expect(lintTbsCertificate(encodeTbsCertificate(device()))).toEqual([]);
    });

    it('the fast encoder makes a device certificate without findings', () => {
      const fields = device();
      expect(lintTbsCertificate(compileTbsCertificate(fields).encode(fields))).toEqual([]);
    });

    it('a CA certificate that lives past 2049 has no findings', () => {
      const bytes = encodeTbsCertificate({
        ...device(),
        notAfter: new Date('2056-01-01T00:00:00Z'),
        extensionsDer: [
          extension.basicConstraints({ cA: true, pathLenConstraint: 0 }),
          extension.keyUsage(['keyCertSign', 'cRLSign']),
          extension.subjectKeyIdentifier(keyIdentifierOf(subjectPublicKeyInfoDer)),
          extension.authorityKeyIdentifier(keyIdentifier),
        ],
      });
      expect(lintTbsCertificate(bytes)).toEqual([]);
    });

    it('an OCSP responder’s certificate has no findings', () => {
      const bytes = encodeTbsCertificate({
        ...device(),
        extensionsDer: [
          extension.keyUsage(['digitalSignature']),
          extension.extendedKeyUsage([rfc6960['id-kp-OCSPSigning']]),
          extension.ocspNoCheck(),
          extension.authorityKeyIdentifier(keyIdentifier),
        ],
      });
      expect(lintTbsCertificate(bytes)).toEqual([]);
    });
  },
);

const crlFields = {
  signatureAlgorithmDer: defaultSignatureAlgorithm('ec-p256').algorithmIdentifierDer,
  issuerDer,
  thisUpdate: new Date('2026-03-01T00:00:00Z'),
  nextUpdate: new Date('2026-03-08T00:00:00Z'),
};

describe('CRLs', () => {
  const reasons = (Object.keys(crlReasonCodes) as CrlReason[]).filter((reason) => reason !== 'removeFromCRL');
  const entries = reasons.map((reason, index) =>
    encodeCrlEntry({
      serialNumber: Uint8Array.of(1, index),
      revocationDate: new Date('2026-02-28T00:00:00Z'),
      reason,
      invalidityDate: index % 2 === 0 ? new Date('2026-02-01T00:00:00Z') : undefined,
    }),
  );
  const extensionsDer = [
    extension.authorityKeyIdentifier(keyIdentifier),
    extension.crlNumber(42n),
    extension.issuingDistributionPoint({ urls: ['http://pki.example.com/pki/issuing.crl'] }),
  ];

  it('an entry of every reason has no findings', () => {
    expect(entries.flatMap((entry) => lintCrlEntry(entry))).toEqual([]);
  });

  it('a CRL of them has no findings', () => {
    const bytes = encodeTbsCertList({ ...crlFields, extensionsDer, entriesDer: concatBytes(...entries) });
    expect(lintTbsCertList(bytes)).toEqual([]);
  });

  it('an empty CRL and a delta have no findings', () => {
    const empty = { ...crlFields, entriesDer: new Uint8Array() };
    expect(lintTbsCertList(encodeTbsCertList({ ...empty, extensionsDer }))).toEqual([]);
    const deltaExtensions = [...extensionsDer, extension.deltaCrlIndicator(41n)];
    expect(lintTbsCertList(encodeTbsCertList({ ...empty, extensionsDer: deltaExtensions }))).toEqual([]);
  });
});

describe('the table of signature algorithms', () => {
  it('has only algorithm identifiers without findings', () => {
    const algorithms = Object.values(signatureAlgorithms);
    expect(algorithms.length).toBeGreaterThan(8);
    for (const { name, algorithmIdentifierDer } of algorithms) {
      const bytes = encodeTbsCertList({
        ...crlFields,
        signatureAlgorithmDer: algorithmIdentifierDer,
        extensionsDer: [extension.authorityKeyIdentifier(keyIdentifier), extension.crlNumber(1n)],
        entriesDer: new Uint8Array(),
      });
      expect({ name, findings: lintTbsCertList(bytes) }).toEqual({ name, findings: [] });
    }
  });
});
