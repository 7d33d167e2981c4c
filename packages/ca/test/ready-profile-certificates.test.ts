/** Every ready profile, with every key it takes, signed by every kind of authority: what others make of the certificates. */
import 'reflect-metadata';
import { execFile } from 'node:child_process';
import { X509Certificate as NodeCertificate, verify } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as peculiar from '@peculiar/x509';
import * as pkijs from 'pkijs';
import { encodePem, toHex } from '@touchmark/asn1';
import { keyKindOf, signatureAlgorithms, verifySignature } from '@touchmark/crypto';
import type { KeyAlgorithmName, SignatureAlgorithmName } from '@touchmark/crypto';
import { lintTbsCertificate } from '@touchmark/lint';
import { formatName, keyIdentifierOf, parseCertificate } from '@touchmark/x509';
import { describeWith } from '../../../test/support/programs.ts';
import { keyPurposes } from '../src/profile/extended-key-usage.ts';
import { readyProfiles } from '../src/ready-profiles.ts';
import { issue, newIssuer, publicUrl, sourcesFor } from './support/certificates.ts';
import type { TestIssuer, TestSubject } from './support/certificates.ts';

const run = promisify(execFile);

const authorities: readonly (readonly [KeyAlgorithmName, SignatureAlgorithmName])[] = [
  ['ec-p256', 'ecdsa-with-SHA256'],
  ['ec-p384', 'ecdsa-with-SHA384'],
  ['ec-p521', 'ecdsa-with-SHA512'],
  ['rsa-2048', 'sha256WithRSAEncryption'],
  ['rsa-3072', 'sha384WithRSAEncryption'],
  ['rsa-4096', 'sha512WithRSAEncryption'],
  ['rsa-2048', 'id-RSASSA-PSS-SHA256'],
  ['rsa-3072', 'id-RSASSA-PSS-SHA384'],
  ['rsa-4096', 'id-RSASSA-PSS-SHA512'],
  ['ed25519', 'id-Ed25519'],
  ['ml-dsa-44', 'id-ml-dsa-44'],
  ['ml-dsa-65', 'id-ml-dsa-65'],
  ['ml-dsa-87', 'id-ml-dsa-87'],
];

const subjects: readonly TestSubject[] = Object.entries(readyProfiles).flatMap(([name, rules]) =>
  rules.keyAlgorithms.map((keyAlgorithm) => ({ name, rules, keyAlgorithm, sources: sourcesFor(rules) })),
);

/** OpenSSL 3.0 knows no ML-DSA. */
const knownToOpenssl = (keyAlgorithm: KeyAlgorithmName): boolean => keyKindOf(keyAlgorithm) !== 'ml-dsa';

const now = new Date();
const directory = mkdtempSync(join(tmpdir(), 'touchmark-profiles-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe.each(authorities)('an authority with a key %s that signs with %s', (keyAlgorithm, signatureAlgorithm) => {
  let issuer: TestIssuer;
  let issued: { readonly subject: TestSubject; readonly certificateDer: Uint8Array }[] = [];

  beforeAll(async () => {
    issuer = await newIssuer(keyAlgorithm, signatureAlgorithm, now);
    issued = await Promise.all(subjects.map(async (subject) => ({ subject, ...(await issue(subject, issuer, now)) })));
  });

  it('gives certificates that pass the lints and whose signature verifies', () => {
    for (const { subject, certificateDer } of issued) {
      const { tbsCertificateDer, signature } = parseCertificate(certificateDer);
      expect({ subject: subject.name, findings: lintTbsCertificate(tbsCertificateDer) }).toEqual({
        subject: subject.name,
        findings: [],
      });
      const algorithm = signatureAlgorithms[signatureAlgorithm];
      expect(verifySignature(algorithm, issuer.publicKey, tbsCertificateDer, signature)).toBe(true);
      // Where the algorithm is the whole of it, node:crypto is asked without our table.
      if (algorithm.saltLength === undefined) {
        expect(verify(algorithm.digest, tbsCertificateDer, issuer.publicKey, signature)).toBe(true);
      }
    }
  });

  if (knownToOpenssl(keyAlgorithm)) {
    describeWith(['openssl'], 'openssl verify -x509_strict', () => {
      it('accepts every one of them', async () => {
        const folder = join(directory, `${keyAlgorithm}-${signatureAlgorithm}`);
        mkdirSync(folder);
        const write = (name: string, certificateDer: Uint8Array): string => {
          const path = join(folder, `${name}.pem`);
          writeFileSync(path, encodePem('CERTIFICATE', certificateDer));
          return path;
        };
        const trust = write('authority', issuer.certificateDer);
        const files = issued
          .filter(({ subject }) => knownToOpenssl(subject.keyAlgorithm))
          .map(({ subject, certificateDer }) => write(`${subject.name}-${subject.keyAlgorithm}`, certificateDer));
        const { stdout } = await run('openssl', ['verify', '-x509_strict', '-CAfile', trust, ...files]);
        expect(stdout.trim().split('\n')).toEqual(files.map((file) => `${file}: OK`));
      });
    });
  }
});

describe('an independent reader agrees on every field', () => {
  let issuer: TestIssuer;
  beforeAll(async () => {
    issuer = await newIssuer('ec-p256', undefined, now);
  });

  const textOf = {
    dns: (value: string) => `DNS:${value}`,
    ip: (value: string) => `IP Address:${value}`,
    uri: (value: string) => `URI:${value}`,
    email: (value: string) => `email:${value}`,
  };
  const hex = (buffer: ArrayBuffer | Uint8Array): string => Buffer.from(buffer as Uint8Array).toString('hex');
  const copyOf = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes);

  /** What stands in the certificate by the words of the profile, written down again here. */
  const expectations: Readonly<Record<string, { subject: string; names: [keyof typeof textOf, string][] }>> = {
    device: { subject: 'CN=pump-0042', names: [] },
    'device-role-segment': {
      subject: 'OU=hall-7,CN=pump-0042',
      names: [
        ['uri', 'urn:x-touchmark:role:pump'],
        ['uri', 'urn:x-touchmark:segment:hall-7'],
      ],
    },
    server: { subject: 'CN=broker.example.com', names: [['dns', 'broker.example.com']] },
    client: { subject: 'CN=broker.example.com', names: [['email', 'ada@example.com']] },
    'mqtt-broker': {
      subject: 'CN=broker.example.com',
      names: [
        ['dns', 'broker.example.com'],
        ['ip', '192.0.2.7'],
      ],
    },
    'opcua-application': {
      subject: 'CN=pump-0042,O=Example Plant',
      names: [
        ['uri', 'urn:plant:pump-0042:server'],
        ['dns', 'broker.example.com'],
        ['ip', '192.0.2.7'],
      ],
    },
    dot1x: { subject: 'CN=pump-0042', names: [['dns', 'pump-0042.example.com']] },
    ra: { subject: 'CN=broker.example.com', names: [] },
    listener: {
      subject: 'CN=broker.example.com',
      names: [
        ['dns', 'broker.example.com'],
        ['ip', '192.0.2.7'],
      ],
    },
    administrator: { subject: 'CN=broker.example.com', names: [] },
    'scep-ra': { subject: 'CN=broker.example.com', names: [] },
    'ocsp-responder': { subject: 'CN=broker.example.com', names: [] },
  };

  const purposes: Readonly<Record<string, string[]>> = {
    device: ['clientAuth'],
    'device-role-segment': ['clientAuth'],
    server: ['serverAuth'],
    client: ['clientAuth'],
    'mqtt-broker': ['serverAuth', 'clientAuth'],
    'opcua-application': ['serverAuth', 'clientAuth'],
    dot1x: ['clientAuth', 'eapOverLAN'],
    ra: ['cmcRA'],
    listener: ['serverAuth'],
    administrator: ['cmcRA'],
    'scep-ra': ['cmcRA'],
    'ocsp-responder': ['OCSPSigning'],
  };

  const usages = (name: string, isRsa: boolean): string[] => {
    if (name === 'opcua-application') {
      return isRsa
        ? ['digitalSignature', 'nonRepudiation', 'keyEncipherment', 'dataEncipherment']
        : ['digitalSignature', 'nonRepudiation'];
    }
    return isRsa && name !== 'ocsp-responder' ? ['digitalSignature', 'keyEncipherment'] : ['digitalSignature'];
  };

  const days: Readonly<Record<string, number>> = {
    server: 90,
    'mqtt-broker': 90,
    listener: 30,
    'ocsp-responder': 30,
  };

  it.each(subjects.map((subject) => [subject.name, subject.keyAlgorithm, subject] as const))(
    '%s with %s',
    async (name, keyAlgorithm, subject) => {
      const { certificateDer, serialNumber, crlShard, subjectPublicKeyInfoDer } = await issue(subject, issuer, now);
      const { subject: subjectText, names } = expectations[name]!;
      const isRsa = keyKindOf(keyAlgorithm) === 'rsa';
      const nowSeconds = Math.floor(now.getTime() / 1000);
      const notBefore = new Date((nowSeconds - 300) * 1000);
      const notAfter = new Date((nowSeconds + (days[name] ?? 365) * 86_400 - 1) * 1000);
      const keyIdentifier = toHex(keyIdentifierOf(subjectPublicKeyInfoDer));
      const oids = purposes[name]!.map((purpose) => keyPurposes[purpose as keyof typeof keyPurposes]);
      const pointsToStatus = name !== 'ocsp-responder';

      expect(formatName(parseCertificate(certificateDer).subject)).toBe(subjectText);

      const node = new NodeCertificate(certificateDer);
      expect(node.serialNumber.toLowerCase().padStart(40, '0')).toBe(toHex(serialNumber).padStart(40, '0'));
      expect(node.subject.split('\n').toReversed().join(',')).toBe(subjectText);
      expect(node.subjectAltName).toBe(
        names.length === 0 ? undefined : names.map(([kind, value]) => textOf[kind](value)).join(', '),
      );
      expect([node.validFromDate, node.validToDate]).toEqual([notBefore, notAfter]);
      expect(node.ca).toBe(false);
      expect(node.publicKey.export({ format: 'der', type: 'spki' }).toString('hex')).toBe(
        toHex(subjectPublicKeyInfoDer),
      );
      expect(node.verify(issuer.publicKey)).toBe(true);

      const certificate = new peculiar.X509Certificate(copyOf(certificateDer));
      expect([certificate.notBefore, certificate.notAfter]).toEqual([notBefore, notAfter]);
      expect(hex(certificate.publicKey.rawData)).toBe(toHex(subjectPublicKeyInfoDer));
      expect(certificate.getExtension(peculiar.ExtendedKeyUsageExtension)?.usages).toEqual(oids);
      const keyUsage = certificate.getExtension(peculiar.KeyUsagesExtension)!;
      expect(keyUsage.critical).toBe(true);
      expect(keyUsage.usages).toBe(
        usages(name, isRsa).reduce((bits, usage) => bits | peculiar.KeyUsageFlags[usage as 'digitalSignature'], 0),
      );
      expect(certificate.getExtension(peculiar.BasicConstraintsExtension)).toMatchObject({
        ca: false,
        critical: false,
      });
      expect(certificate.getExtension(peculiar.SubjectKeyIdentifierExtension)?.keyId).toBe(keyIdentifier);
      expect(certificate.getExtension(peculiar.AuthorityKeyIdentifierExtension)?.keyId).toBe(
        toHex(issuer.subjectKeyIdentifier),
      );
      const access = certificate.getExtension(peculiar.AuthorityInfoAccessExtension);
      const urls = (locations: readonly peculiar.GeneralName[] = []): string[] => locations.map(({ value }) => value);
      expect([urls(access?.ocsp), urls(access?.caIssuers)]).toEqual(
        pointsToStatus ? [[`${publicUrl}/ocsp/issuing`], [`${publicUrl}/pki/issuing.cer`]] : [[], []],
      );
      const points = certificate.getExtension(peculiar.CRLDistributionPointsExtension)?.distributionPoints ?? [];
      expect(
        points.flatMap((point) =>
          (point.distributionPoint?.fullName ?? []).map((url) => url.uniformResourceIdentifier),
        ),
      ).toEqual(pointsToStatus ? [`${publicUrl}/pki/issuing/${crlShard}.crl`] : []);

      const third = pkijs.Certificate.fromBER(copyOf(certificateDer));
      expect(hex(third.serialNumber.valueBlock.valueHexView)).toBe(toHex(serialNumber));
      expect([third.notBefore.value, third.notAfter.value]).toEqual([notBefore, notAfter]);
      expect(hex(third.subjectPublicKeyInfo.toSchema().toBER())).toBe(toHex(subjectPublicKeyInfoDer));
      expect(third.extensions?.map(({ extnID }) => extnID)).toEqual([
        '2.5.29.19',
        '2.5.29.15',
        '2.5.29.37',
        '2.5.29.35',
        ...(name === 'ocsp-responder' ? ['1.3.6.1.5.5.7.48.1.5'] : []),
        ...(pointsToStatus ? ['2.5.29.31', '1.3.6.1.5.5.7.1.1'] : []),
        '2.5.29.14',
        ...(names.length === 0 ? [] : ['2.5.29.17']),
      ]);
    },
  );
});
