/** What the test authority issues, read by Node's own parser (OpenSSL) and over TLS. */
import { X509Certificate } from 'node:crypto';
import { connect, createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { rfc5280 } from '@touchmark/asn1';
import { keyAlgorithmNames } from '@touchmark/crypto';
import { commonNameOf, verifyCertificateSignature } from '@touchmark/x509';
import { createTestAuthority, testKeyPair, testSerialNumber } from '../src/index.ts';
import type { TestAuthority } from '../src/index.ts';

const opened = (certificateDer: Uint8Array): X509Certificate => new X509Certificate(certificateDer);

describe('createTestAuthority', () => {
  it('makes a self-signed root and an issuing CA under it', async () => {
    const { root, issuing, chainDer } = await createTestAuthority();
    const [x509Root, x509Issuing] = [opened(root.certificateDer), opened(issuing.certificateDer)];
    expect([x509Root.subject, x509Issuing.subject]).toEqual(['CN=Test Root CA', 'CN=Test Issuing CA']);
    expect([x509Root.ca, x509Issuing.ca]).toEqual([true, true]);
    expect(x509Root.checkIssued(x509Root) && x509Root.verify(x509Root.publicKey)).toBe(true);
    expect(x509Issuing.checkIssued(x509Root) && x509Issuing.verify(x509Root.publicKey)).toBe(true);
    expect(x509Issuing.checkPrivateKey(issuing.privateKey)).toBe(true);
    expect(chainDer).toEqual([issuing.certificateDer, root.certificateDer]);
  });

  it('issues from the root alone', async () => {
    const authority = await createTestAuthority({ kind: 'root' });
    expect(authority.issuing).toBe(authority.root);
    expect(authority.chainDer).toEqual([authority.root.certificateDer]);
    const leaf = await authority.issue();
    expect(opened(leaf.certificateDer).verify(opened(authority.root.certificateDer).publicKey)).toBe(true);
  });

  it.each(keyAlgorithmNames.filter((name) => !name.startsWith('rsa-') || name === 'rsa-2048'))(
    'signs with %s',
    async (keyAlgorithm) => {
      const { root, issuing, issue } = await createTestAuthority({ keyAlgorithm });
      const leaf = await issue({ keyAlgorithm });
      expect(verifyCertificateSignature(leaf.certificate, issuing.signer.publicKey)).toBe(true);
      expect(verifyCertificateSignature(issuing.certificate, root.signer.publicKey)).toBe(true);
      expect(verifyCertificateSignature(leaf.certificate, root.signer.publicKey)).toBe(false);
    },
  );

  it('is valid at the time that it is told, to the second', async () => {
    const { root, issue } = await createTestAuthority({ now: new Date('2030-05-06T07:08:09.123Z') });
    expect(root.certificate.notBefore.toISOString()).toBe('2030-05-06T06:08:09.000Z');
    expect((await issue()).certificate.notBefore).toEqual(root.certificate.notBefore);
  });

  it('issues what the fields say', async () => {
    const { issue } = await createTestAuthority();
    const serialNumber = testSerialNumber();
    const { certificate, certificateDer } = await issue({
      subject: [{ attribute: 'commonName', value: 'broker' }],
      subjectAltNames: [
        { kind: 'dns', value: 'broker.example' },
        { kind: 'ip', value: '127.0.0.1' },
      ],
      extendedKeyUsage: [rfc5280['id-kp-serverAuth']],
      crlUrls: ['http://pki.example/ca.crl'],
      ocspUrls: ['http://pki.example/ocsp'],
      serialNumber,
      notAfter: new Date('2031-01-01T00:00:00Z'),
    });
    const x509 = opened(certificateDer);
    expect(commonNameOf(certificate.subject)).toBe('broker');
    expect(x509.subjectAltName).toBe('DNS:broker.example, IP Address:127.0.0.1');
    expect(x509.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(x509.infoAccess).toContain('http://pki.example/ocsp');
    expect(x509.ca).toBe(false);
    expect(certificate.serialNumber).toEqual(serialNumber);
    expect(certificate.notAfter.toISOString()).toBe('2031-01-01T00:00:00.000Z');
  });

  it('gives every certificate a serial number of its own, of 20 octets and positive', () => {
    const serialNumbers = Array.from({ length: 100 }, testSerialNumber);
    expect(new Set(serialNumbers.map(String)).size).toBe(100);
    for (const serialNumber of serialNumbers) {
      expect(serialNumber).toHaveLength(20);
      expect(serialNumber[0]! >= 0x40 && serialNumber[0]! < 0x80).toBe(true);
    }
  });

  it('serves mutual TLS', async () => {
    const authority = await createTestAuthority();
    expect(await commonNameSeenByServer(authority, authority)).toBe('device-0001');
  });

  it('does not pass for another authority of the same name', async () => {
    const [mine, other] = [await createTestAuthority(), await createTestAuthority()];
    await expect(commonNameSeenByServer(mine, other)).rejects.toThrow();
  });
});

describe('testKeyPair', () => {
  it('makes a key once, and tells keys apart by name', async () => {
    expect(await testKeyPair('ec-p256')).toBe(await testKeyPair('ec-p256'));
    expect((await testKeyPair('ec-p256', 'other')).publicKey.equals((await testKeyPair('ec-p256')).publicKey)).toBe(
      false,
    );
  });
});

/** A handshake over loopback; rejects when either side refuses the other. */
async function commonNameSeenByServer(serverSide: TestAuthority, clientSide: TestAuthority): Promise<string> {
  const server = await serverSide.issue({
    subjectAltNames: [{ kind: 'dns', value: 'localhost' }],
    extendedKeyUsage: [rfc5280['id-kp-serverAuth']],
  });
  const client = await clientSide.issue();
  const listener = createServer({
    cert: server.certificatePem + serverSide.chainPem,
    key: server.privateKeyPem,
    ca: serverSide.chainPem,
    requestCert: true,
    rejectUnauthorized: true,
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  try {
    return await new Promise((resolve, reject) => {
      listener.on('tlsClientError', reject);
      listener.on('secureConnection', (socket: TLSSocket) => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.destroy();
      });
      connect({
        port: (listener.address() as AddressInfo).port,
        host: '127.0.0.1',
        servername: 'localhost',
        ca: serverSide.chainPem,
        cert: client.certificatePem + clientSide.chainPem,
        key: client.privateKeyPem,
      }).on('error', reject);
    });
  } finally {
    listener.close();
  }
}
