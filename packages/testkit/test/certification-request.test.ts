/** Requests that tests send. */
import { describe, expect, it } from '@jest/globals';
import { toHex } from '@touchmark/asn1';
import { findSignatureAlgorithm } from '@touchmark/crypto';
import { commonNameOf, encodeName, parseCertificationRequest, verifyProofOfPossession } from '@touchmark/x509';
import { buildCertificationRequest, testKeyPair } from '../src/index.ts';

describe('buildCertificationRequest', () => {
  it('is signed by the key inside it', async () => {
    const { certificationRequestDer, publicKey, signer } = await buildCertificationRequest();
    const request = parseCertificationRequest(certificationRequestDer);
    expect(commonNameOf(request.subject)).toBe('device-0001');
    expect(verifyProofOfPossession(request, publicKey)).toBe(true);
    expect(toHex(request.subjectPublicKeyInfoDer)).toBe(toHex(signer.subjectPublicKeyInfoDer));
  });

  it('asks for what the fields say', async () => {
    const { certificationRequestDer } = await buildCertificationRequest({
      commonName: 'pump-7',
      challengePassword: 'secret',
      subjectAltNames: [{ kind: 'dns', value: 'pump-7.example' }],
    });
    const request = parseCertificationRequest(certificationRequestDer);
    expect(commonNameOf(request.subject)).toBe('pump-7');
    expect(request.challengePassword).toBe('secret');
    expect(request.requestedExtensions.map(({ oid }) => oid)).toEqual(['2.5.29.17']);
  });

  it('takes a subject that is encoded already', async () => {
    const subjectDer = encodeName([{ attribute: 'serialNumber', value: 'SN-1' }]);
    const { certificationRequestDer } = await buildCertificationRequest({ subjectDer });
    expect(toHex(parseCertificationRequest(certificationRequestDer).subject.der)).toBe(toHex(subjectDer));
  });

  it('uses a key and an algorithm that are given', async () => {
    const keyPair = await testKeyPair('rsa-2048');
    const signatureAlgorithm = 'id-RSASSA-PSS-SHA256';
    const { certificationRequestDer } = await buildCertificationRequest({ keyPair, signatureAlgorithm });
    const request = parseCertificationRequest(certificationRequestDer);
    expect(findSignatureAlgorithm(request.signatureAlgorithmDer)?.name).toBe(signatureAlgorithm);
    expect(verifyProofOfPossession(request, keyPair.publicKey)).toBe(true);
  });
});
