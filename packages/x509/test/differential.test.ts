/** Other implementations read from our bytes what we read, and we from theirs: node:crypto, @peculiar/x509, PKI.js. */
import 'reflect-metadata';
import { X509Certificate as NodeCertificate, webcrypto } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as peculiar from '@peculiar/x509';
import * as pkijs from 'pkijs';
import { toHex } from '@touchmark/asn1';
import { createSoftwareSigner, generateKeyPair } from '@touchmark/crypto';
import {
  commonNameOf,
  crlReasonCodes,
  findExtension,
  parseBasicConstraints,
  parseCertificate,
  parseCertificateList,
  parseCertificationRequest,
  parseKeyUsage,
  subjectAltNamesOf,
  verifyCertificateSignature,
  verifyCrlSignature,
  verifyProofOfPossession,
} from '../src/index.ts';
import { issueCertificate, issueCrl, issuer, makeRequest } from './support/fixtures.ts';
import {
  opensslCertificateDer,
  opensslCrlDer,
  opensslRequestDer,
  opensslRequestWithChallengeDer,
} from './support/openssl.ts';

peculiar.cryptoProvider.set(webcrypto);

const withoutLeadingZeros = (hex: string): string => hex.replace(/^(?:00)+(?=..)/, '');
const hexOf = (buffer: ArrayBuffer): string => Buffer.from(buffer).toString('hex');
const copyOf = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes);

const certificates: [string, Uint8Array][] = [
  ['of ours', await issueCertificate()],
  ['of ours with an empty subject', await issueCertificate({ subjectDer: Uint8Array.of(0x30, 0) })],
  ['of ours that lasts beyond 2049', await issueCertificate({ notAfter: new Date('9999-12-31T23:59:59Z') })],
  ['of ours with a serial number of one octet', await issueCertificate({ serialNumber: Uint8Array.of(1) })],
  ['of OpenSSL', opensslCertificateDer],
  ['of @peculiar/x509', await peculiarCertificate()],
];

describe.each(certificates)('a certificate %s', (_name, der) => {
  const ours = parseCertificate(der);

  it('is to node:crypto what it is to us', () => {
    const theirs = new NodeCertificate(der);
    expect(theirs.serialNumber.toLowerCase()).toBe(withoutLeadingZeros(ours.serialNumberHex));
    expect(new Date(theirs.validFrom)).toEqual(ours.notBefore);
    expect(new Date(theirs.validTo)).toEqual(ours.notAfter);
    expect(theirs.publicKey.export({ format: 'der', type: 'spki' }).toString('hex')).toBe(
      toHex(ours.subjectPublicKeyInfoDer),
    );
    const names = subjectAltNamesOf(ours).map((name) => {
      if (!('value' in name)) throw new Error(`${name.kind} is not among the names here`);
      return name.kind === 'ip'
        ? nodeAddress(name.value)
        : `${{ dns: 'DNS', uri: 'URI', email: 'email' }[name.kind]}:${name.value}`;
    });
    expect(theirs.subjectAltName).toBe(names.length === 0 ? undefined : names.join(', '));
    expect(
      theirs.subject
        ?.split('\n')
        .find((line) => line.startsWith('CN='))
        ?.slice(3),
    ).toBe(commonNameOf(ours.subject));
    const constraints = findExtension(ours, '2.5.29.19');
    expect(theirs.ca).toBe(constraints !== undefined && parseBasicConstraints(constraints.value).cA);
  });

  it('is to @peculiar/x509 what it is to us', () => {
    const theirs = new peculiar.X509Certificate(copyOf(der));
    expect(withoutLeadingZeros(theirs.serialNumber)).toBe(withoutLeadingZeros(ours.serialNumberHex));
    expect(theirs.notBefore).toEqual(ours.notBefore);
    expect(theirs.notAfter).toEqual(ours.notAfter);
    expect(hexOf(theirs.publicKey.rawData)).toBe(toHex(ours.subjectPublicKeyInfoDer));
    expect(hexOf(theirs.subjectName.toArrayBuffer())).toBe(toHex(ours.subject.der));
    expect(hexOf(theirs.issuerName.toArrayBuffer())).toBe(toHex(ours.issuer.der));
    expect(theirs.extensions.map(({ type, critical, value }) => [type, critical, hexOf(value)])).toEqual(
      ours.extensions.map(({ oid, critical, value }) => [oid, critical, toHex(value)]),
    );
    const usages = theirs.getExtension(peculiar.KeyUsagesExtension);
    const usage = findExtension(ours, '2.5.29.15');
    expect(usages?.usages).toBe(
      usage && parseKeyUsage(usage.value).reduce((sum, bit) => sum | peculiar.KeyUsageFlags[bit], 0),
    );
  });

  it('is to PKI.js what it is to us', () => {
    const theirs = pkijs.Certificate.fromBER(copyOf(der));
    expect(theirs.version).toBe(ours.version);
    expect(hexOf(theirs.serialNumber.valueBlock.valueHexView.slice().buffer)).toBe(ours.serialNumberHex);
    expect(theirs.notBefore.value).toEqual(ours.notBefore);
    expect(theirs.notAfter.value).toEqual(ours.notAfter);
    expect(hexOf(theirs.tbsView.slice().buffer)).toBe(toHex(ours.tbsCertificateDer));
    expect(hexOf(theirs.subject.toSchema().toBER())).toBe(toHex(ours.subject.der));
    expect(theirs.extensions?.map(({ extnID }) => extnID)).toEqual(ours.extensions.map(({ oid }) => oid));
  });
});

function nodeAddress(address: string): string {
  // OpenSSL writes all eight groups, without leading zeros.
  if (!address.includes(':')) return `IP Address:${address}`;
  const [before = '', after = ''] = address.split('::');
  const head = before.split(':').filter(Boolean);
  const tail = after.split(':').filter(Boolean);
  const zeros = new Array<string>(8 - head.length - tail.length).fill('0');
  return `IP Address:${[...head, ...zeros, ...tail].join(':').toUpperCase()}`;
}

async function peculiarCertificate(): Promise<Uint8Array> {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const certificate = await peculiar.X509CertificateGenerator.createSelfSigned({
    serialNumber: '0a0b0c',
    name: 'CN=peculiar, O=Test, C=DE',
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2051-01-01T00:00:00Z'),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    keys,
    extensions: [
      new peculiar.BasicConstraintsExtension(true, 2, true),
      new peculiar.KeyUsagesExtension(peculiar.KeyUsageFlags.keyCertSign | peculiar.KeyUsageFlags.cRLSign, true),
      new peculiar.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'a.example' },
        { type: 'ip', value: '192.0.2.9' },
      ]),
    ],
  });
  return new Uint8Array(certificate.rawData);
}

describe('a signature', () => {
  it('of ours verifies with the others', async () => {
    const der = await issueCertificate();
    expect(new NodeCertificate(der).verify(issuer.publicKey)).toBe(true);
    const issuerCertificate = pkijs.Certificate.fromBER(
      copyOf(await issueCertificate({ subjectPublicKeyInfoDer: issuer.subjectPublicKeyInfoDer })),
    );
    expect(await pkijs.Certificate.fromBER(copyOf(der)).verify(issuerCertificate)).toBe(true);
  });

  it('of the others verifies with us', async () => {
    const der = await peculiarCertificate();
    expect(verifyCertificateSignature(parseCertificate(der), new NodeCertificate(der).publicKey)).toBe(true);
  });
});

const requests: [string, Uint8Array][] = [
  ['of ours', await makeRequest()],
  ['of ours with a challengePassword', await makeRequest('abc')],
  ['of OpenSSL', opensslRequestDer],
  ['of OpenSSL with a challengePassword', opensslRequestWithChallengeDer],
];

describe.each(requests)('a request %s', (_name, der) => {
  const ours = parseCertificationRequest(der);

  it('is to @peculiar/x509 what it is to us', async () => {
    const theirs = new peculiar.Pkcs10CertificateRequest(copyOf(der));
    expect(hexOf(theirs.subjectName.toArrayBuffer())).toBe(toHex(ours.subject.der));
    expect(hexOf(theirs.publicKey.rawData)).toBe(toHex(ours.subjectPublicKeyInfoDer));
    expect(theirs.extensions.map(({ type, critical, value }) => [type, critical, hexOf(value)])).toEqual(
      ours.requestedExtensions.map(({ oid, critical, value }) => [oid, critical, toHex(value)]),
    );
    const challenge = theirs.attributes.find((attribute) => attribute instanceof peculiar.ChallengePasswordAttribute);
    expect(challenge?.password).toBe(ours.challengePassword);
    expect(await theirs.verify()).toBe(true);
  });

  it('is to PKI.js what it is to us', async () => {
    const theirs = pkijs.CertificationRequest.fromBER(copyOf(der));
    expect(hexOf(theirs.tbsView.slice().buffer)).toBe(toHex(ours.certificationRequestInfoDer));
    expect(theirs.attributes?.map(({ type }) => type) ?? []).toEqual(ours.attributes.map(({ oid }) => oid));
    expect(await theirs.verify()).toBe(true);
  });
});

describe('a request of @peculiar/x509', () => {
  it('is read and verified by us', async () => {
    const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, true, ['sign', 'verify']);
    const theirs = await peculiar.Pkcs10CertificateRequestGenerator.create({
      name: 'CN=device, O=Zinngießerei',
      keys,
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-384' },
      extensions: [new peculiar.SubjectAlternativeNameExtension([{ type: 'dns', value: 'a.example' }])],
      attributes: [new peculiar.ChallengePasswordAttribute('pass')],
    });
    const request = parseCertificationRequest(new Uint8Array(theirs.rawData));
    expect(commonNameOf(request.subject)).toBe('device');
    expect(request.challengePassword).toBe('pass');
    expect(request.requestedSubjectAltNames).toEqual([{ kind: 'dns', value: 'a.example' }]);
    const { createPublicKey } = await import('node:crypto');
    const key = Buffer.from(request.subjectPublicKeyInfoDer);
    expect(verifyProofOfPossession(request, createPublicKey({ key, format: 'der', type: 'spki' }))).toBe(true);
  });
});

const crls: [string, Uint8Array][] = [
  ['of ours', await issueCrl()],
  ['of ours without an entry', await issueCrl([])],
  ['of OpenSSL', opensslCrlDer],
];

describe.each(crls)('a CRL %s', (_name, der) => {
  const ours = parseCertificateList(der);

  it('is to @peculiar/x509 what it is to us', () => {
    const theirs = new peculiar.X509Crl(copyOf(der));
    expect(theirs.thisUpdate).toEqual(ours.thisUpdate);
    expect(theirs.nextUpdate).toEqual(ours.nextUpdate);
    expect(hexOf(theirs.issuerName.toArrayBuffer())).toBe(toHex(ours.issuer.der));
    expect(
      theirs.entries.map((entry) => [
        withoutLeadingZeros(entry.serialNumber),
        entry.revocationDate,
        entry.reason ?? 0,
        entry.invalidity,
      ]),
    ).toEqual(
      [...ours.entries()].map((entry) => [
        withoutLeadingZeros(entry.serialNumberHex),
        entry.revocationDate,
        crlReasonCodes[entry.reason],
        entry.invalidityDate,
      ]),
    );
  });

  it('is to PKI.js what it is to us', () => {
    const theirs = pkijs.CertificateRevocationList.fromBER(copyOf(der));
    expect(theirs.thisUpdate.value).toEqual(ours.thisUpdate);
    expect(theirs.nextUpdate?.value).toEqual(ours.nextUpdate);
    expect(hexOf(theirs.tbsView.slice().buffer)).toBe(toHex(ours.tbsCertListDer));
    expect(
      (theirs.revokedCertificates ?? []).map((entry) =>
        hexOf(entry.userCertificate.valueBlock.valueHexView.slice().buffer),
      ),
    ).toEqual([...ours.entries()].map((entry) => entry.serialNumberHex));
    expect(theirs.crlExtensions?.extensions.map(({ extnID }) => extnID)).toEqual(ours.extensions.map(({ oid }) => oid));
  });
});

describe('the signature of a CRL', () => {
  it('of ours verifies with PKI.js and with us', async () => {
    const der = await issueCrl();
    const issuerCertificate = pkijs.Certificate.fromBER(
      copyOf(
        await issueCertificate({
          subjectDer: parseCertificateList(der).issuer.der,
          subjectPublicKeyInfoDer: issuer.subjectPublicKeyInfoDer,
        }),
      ),
    );
    expect(await pkijs.CertificateRevocationList.fromBER(copyOf(der)).verify({ issuerCertificate })).toBe(true);
    expect(verifyCrlSignature(parseCertificateList(der), issuer.publicKey)).toBe(true);
  });
});

describe('keys of every kind', () => {
  it.each(['rsa-2048', 'ec-p384', 'ec-p521', 'ed25519'] as const)('%s are the same to node:crypto', async (name) => {
    const { privateKey, publicKey } = await generateKeyPair(name);
    const { subjectPublicKeyInfoDer } = createSoftwareSigner(privateKey);
    const der = await issueCertificate({ subjectPublicKeyInfoDer });
    expect(new NodeCertificate(der).publicKey.equals(publicKey)).toBe(true);
    expect(toHex(parseCertificate(der).subjectPublicKeyInfoDer)).toBe(toHex(subjectPublicKeyInfoDer));
  });
});
