/** PKCS #10 requests: those of real clients, those of ours, and those that are refused (RFC 2986, RFC 2985 §5.4). */
import { describe, expect, it } from '@jest/globals';
import { Asn1Error, contextTag, der, fromHex, rfc2985, tag, toHex } from '@touchmark/asn1';
import { createSoftwareSigner, generateKeyPair, keyAlgorithmNames } from '@touchmark/crypto';
import {
  NameError,
  createCertificationRequest,
  encodeExtension,
  encodeName,
  encodeSigned,
  extension,
  formatName,
  parseCertificate,
  parseCertificationRequest,
  verifyProofOfPossession,
} from '../src/index.ts';
import { device, issuer, issueCertificate, makeRequest, subjectAltNames } from './support/fixtures.ts';
import { opensslCertificateDer, opensslRequestDer, opensslRequestWithChallengeDer } from './support/openssl.ts';

const opensslKey = async (): Promise<import('node:crypto').KeyObject> => {
  const { X509Certificate } = await import('node:crypto');
  return new X509Certificate(opensslCertificateDer).publicKey;
};

describe('a request of OpenSSL', () => {
  it('is read', async () => {
    const request = parseCertificationRequest(opensslRequestDer);
    expect(formatName(request.subject)).toBe('serialNumber=SN 0042,CN=device-0042,OU=Plant 7,O=Acme,C=DE');
    expect(request.requestedSubjectAltNames).toHaveLength(5);
    expect(request.requestedExtensions.map(({ oid, critical }) => [oid, critical])).toEqual([
      ['2.5.29.17', false],
      ['2.5.29.15', true],
      ['2.5.29.37', false],
    ]);
    expect(request.challengePassword).toBeUndefined();
    expect(verifyProofOfPossession(request, await opensslKey())).toBe(true);
    expect(verifyProofOfPossession(request, device.publicKey)).toBe(false);
  });

  it('with a challengePassword is read', async () => {
    const request = parseCertificationRequest(opensslRequestWithChallengeDer);
    expect(request.challengePassword).toBe('abc+DEF/1=');
    expect(request.attributes.map(({ oid }) => oid)).toEqual([
      rfc2985['pkcs-9-at-unstructuredName'],
      rfc2985['pkcs-9-at-challengePassword'],
      rfc2985['pkcs-9-at-extensionRequest'],
    ]);
    expect(request.requestedSubjectAltNames).toEqual([{ kind: 'dns', value: 'd.example' }]);
    expect(verifyProofOfPossession(request, await opensslKey())).toBe(true);
  });
});

describe('createCertificationRequest', () => {
  it('asks for the names, in a request that proves possession', async () => {
    const request = parseCertificationRequest(await makeRequest());
    expect(formatName(request.subject)).toBe('CN=device-0042');
    expect(request.requestedSubjectAltNames).toEqual(subjectAltNames);
    expect(toHex(request.subjectPublicKeyInfoDer)).toBe(toHex(device.subjectPublicKeyInfoDer));
    expect(verifyProofOfPossession(request, device.publicKey)).toBe(true);
    expect(verifyProofOfPossession(request, issuer.publicKey)).toBe(false);
  });

  it.each(['abc+DEF/1=', '', 'ä', 'a@b'])('carries the challengePassword %j', async (challengePassword) => {
    const request = parseCertificationRequest(await makeRequest(challengePassword));
    expect(request.challengePassword).toBe(challengePassword);
    expect(request.requestedSubjectAltNames).toEqual(subjectAltNames);
  });

  it('takes over the subject of a certificate to renew, byte by byte', async () => {
    const { subject } = parseCertificate(await issueCertificate());
    const request = parseCertificationRequest(
      await createCertificationRequest({ subjectDer: subject.der, signer: device }),
    );
    expect(toHex(request.subject.der)).toBe(toHex(subject.der));
    expect(request.requestedExtensions).toEqual([]);
  });

  it('makes subjectAltName critical when the subject is empty (RFC 5280 §4.1.2.6)', async () => {
    const requestDer = await createCertificationRequest({ subjectAltNames, signer: device });
    expect(parseCertificationRequest(requestDer).requestedExtensions.map(({ critical }) => critical)).toEqual([true]);
  });

  it('writes an empty attribute set when there is nothing to ask', async () => {
    const request = parseCertificationRequest(await createCertificationRequest({ signer: device }));
    expect(request.attributes).toEqual([]);
    expect(toHex(request.certificationRequestInfoDer)).toMatch(/a000$/);
  });

  it('asks for further extensions', async () => {
    const extensionsDer = [extension.extendedKeyUsage(['1.3.6.1.5.5.7.3.2'])];
    const request = parseCertificationRequest(
      await createCertificationRequest({ extensionsDer, subjectAltNames, signer: device }),
    );
    expect(request.requestedExtensions.map(({ oid }) => oid)).toEqual(['2.5.29.37', '2.5.29.17']);
  });

  it('refuses names that cannot be encoded', async () => {
    const bad = createCertificationRequest({ subjectAltNames: [{ kind: 'ip', value: 'localhost' }], signer: device });
    await expect(bad).rejects.toThrow(NameError);
  });

  it.each(keyAlgorithmNames)('proves possession of %s', async (name) => {
    const { privateKey, publicKey } = await generateKeyPair(name);
    const requestDer = await createCertificationRequest({ subjectAltNames, signer: createSoftwareSigner(privateKey) });
    expect(verifyProofOfPossession(parseCertificationRequest(requestDer), publicKey)).toBe(true);
  });
});

const subjectDer = encodeName([{ attribute: 'commonName', value: 'device-0042' }]);
const spkiDer = device.subjectPublicKeyInfoDer;
const { algorithmIdentifierDer } = device.algorithm;
const microsoftOid = '1.3.6.1.4.1.311.2.1.14';

/** A request of any parts, signed by the device. */
async function requestOf(...parts: Uint8Array[]): Promise<Uint8Array> {
  const info = der.sequence(...parts);
  return encodeSigned(info, algorithmIdentifierDer, await device.sign(info));
}

const attribute = (oid: string, ...values: Uint8Array[]): Uint8Array => der.sequence(der.oid(oid), der.set(...values));
const challenge = (value: Uint8Array): Uint8Array => attribute(rfc2985['pkcs-9-at-challengePassword'], value);
const extensionRequest = (...extensionsDer: Uint8Array[]): Uint8Array =>
  attribute(rfc2985['pkcs-9-at-extensionRequest'], der.sequence(...extensionsDer));
const withAttributes = (...attributes: Uint8Array[]): Promise<Uint8Array> =>
  requestOf(der.integer(0), subjectDer, spkiDer, der.context(0, { constructed: true }, ...attributes));
const names = (value: string): Uint8Array => extension.subjectAltName([{ kind: 'dns', value }], false);

describe('what clients send', () => {
  it('no attributes at all, not even an empty set', async () => {
    const request = parseCertificationRequest(await requestOf(der.integer(0), subjectDer, spkiDer));
    expect(request.attributes).toEqual([]);
    expect(verifyProofOfPossession(request, device.publicKey)).toBe(true);
  });

  it('attributes that are not sorted (Go)', async () => {
    const request = parseCertificationRequest(
      await withAttributes(extensionRequest(names('a.b')), challenge(der.utf8String('x'))),
    );
    expect(request.requestedSubjectAltNames).toEqual([{ kind: 'dns', value: 'a.b' }]);
    expect(request.challengePassword).toBe('x');
  });

  it("Microsoft's attribute of extensions", async () => {
    const request = parseCertificationRequest(
      await withAttributes(attribute(microsoftOid, der.sequence(names('a.b')))),
    );
    expect(request.requestedSubjectAltNames).toEqual([{ kind: 'dns', value: 'a.b' }]);
  });

  it('both attributes of extensions, each with its own', async () => {
    const ours = extensionRequest(extension.keyUsage(['digitalSignature']));
    const request = parseCertificationRequest(
      await withAttributes(attribute(microsoftOid, der.sequence(names('a.b'))), ours),
    );
    expect(request.requestedExtensions.map(({ oid }) => oid)).toEqual(['2.5.29.17', '2.5.29.15']);
  });

  it('an empty sequence of extensions', async () => {
    const request = parseCertificationRequest(await withAttributes(extensionRequest()));
    expect(request.requestedExtensions).toEqual([]);
    expect(request.attributes).toHaveLength(1);
  });

  it('attributes that we do not know, with several values and more than once', async () => {
    const unknown = attribute('1.3.6.1.4.1.311.13.2.3', der.ia5String('10.0.19045.2'), der.null());
    const request = parseCertificationRequest(await withAttributes(unknown, unknown));
    expect(request.attributes.map(({ values }) => values.map(toHex))).toEqual([
      ['0500', '160c31302e302e31393034352e32'],
      ['0500', '160c31302e302e31393034352e32'],
    ]);
  });

  it('a value of the subject that is no text, of a type that we do not know', async () => {
    const uniqueIdentifier = der.sequence(der.oid('2.5.4.45'), der.bitString(Uint8Array.of(1)));
    const requestDer = await requestOf(der.integer(0), der.sequence(der.set(uniqueIdentifier)), spkiDer);
    expect(parseCertificationRequest(requestDer).subject.rdns.flat()[0]?.value).toBe('#03020001');
  });

  it.each([
    ['UTF8String', der.utf8String('pass')],
    ['PrintableString', der.printableString('pass')],
    ['IA5String', der.ia5String('pass')],
    ['TeletexString', der.tlv(tag.teletexString, Buffer.from('pass'))],
    ['BMPString', der.tlv(tag.bmpString, Buffer.from('\0p\0a\0s\0s'))],
    ['UniversalString', der.tlv(tag.universalString, Buffer.from('\0\0\0p\0\0\0a\0\0\0s\0\0\0s'))],
  ])('a challengePassword as %s', async (_name, value) => {
    expect(parseCertificationRequest(await withAttributes(challenge(value))).challengePassword).toBe('pass');
  });
});

describe('what is refused', () => {
  it.each<[string, () => Promise<Uint8Array>, string]>([
    ['version 1', () => requestOf(der.integer(1), subjectDer, spkiDer), 'no request of version 1'],
    ['no version', () => requestOf(subjectDer, spkiDer), 'expected INTEGER'],
    ['no subject', () => requestOf(der.integer(0), spkiDer), 'expected'],
    [
      'a commonName that is no text (RFC 5280 Appendix A.1)',
      () =>
        requestOf(
          der.integer(0),
          der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), der.octetString(spkiDer)))),
          spkiDer,
        ),
      'the value of CN in the subject is OCTET STRING',
    ],
    ['no key', () => requestOf(der.integer(0), subjectDer), 'expected SEQUENCE, found the end'],
    [
      'a key that is no SubjectPublicKeyInfo',
      () => requestOf(der.integer(0), subjectDer, der.sequence()),
      'expected SEQUENCE',
    ],
    [
      'attributes twice',
      () => requestOf(der.integer(0), subjectDer, spkiDer, fromHex('a000'), fromHex('a000')),
      'left over',
    ],
    ['attributes as a SET', () => requestOf(der.integer(0), subjectDer, spkiDer, der.set()), 'left over'],
    ['primitive attributes', () => requestOf(der.integer(0), subjectDer, spkiDer, fromHex('8000')), 'left over'],
    ['an attribute without values', () => withAttributes(attribute('1.2.3')), 'expected an element, found the end'],
    ['an attribute without a set', () => withAttributes(der.sequence(der.oid('1.2.3'))), 'expected SET'],
    [
      'an attribute with more',
      () => withAttributes(der.sequence(der.oid('1.2.3'), der.set(der.null()), der.null())),
      'left over',
    ],
    [
      'challengePassword twice',
      () => withAttributes(challenge(der.utf8String('a')), challenge(der.utf8String('b'))),
      'is there twice',
    ],
    [
      'challengePassword with two values',
      () => withAttributes(attribute(rfc2985['pkcs-9-at-challengePassword'], der.utf8String('a'), der.utf8String('b'))),
      'left over',
    ],
    [
      'challengePassword without a value',
      () => withAttributes(attribute(rfc2985['pkcs-9-at-challengePassword'])),
      'found the end',
    ],
    [
      'challengePassword that is no string',
      () => withAttributes(challenge(der.integer(1))),
      'expected a character string',
    ],
    [
      'challengePassword in invalid UTF-8',
      () => withAttributes(challenge(der.tlv(tag.utf8String, fromHex('ff')))),
      'not valid UTF-8',
    ],
    ['extensionRequest twice', () => withAttributes(extensionRequest(), extensionRequest()), 'is there twice'],
    [
      'extensionRequest with two values',
      () => withAttributes(attribute(rfc2985['pkcs-9-at-extensionRequest'], der.sequence(), der.sequence())),
      'left over',
    ],
    [
      'an extension twice',
      () => withAttributes(extensionRequest(names('a'), names('b'))),
      'the extension 2.5.29.17 is there twice',
    ],
    [
      'an extension in both attributes',
      () => withAttributes(extensionRequest(names('a')), attribute(microsoftOid, der.sequence(names('b')))),
      'the extension 2.5.29.17 is there twice',
    ],
    ['an extension that is none', () => withAttributes(extensionRequest(der.null())), 'expected SEQUENCE, found NULL'],
    [
      'a subjectAltName of nothing',
      () => withAttributes(extensionRequest(encodeExtension('2.5.29.17', false, der.sequence()))),
      'no GeneralName',
    ],
    [
      'a subject in invalid UTF-8',
      () =>
        requestOf(
          der.integer(0),
          der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), der.tlv(tag.utf8String, fromHex('c328'))))),
          spkiDer,
        ),
      'not valid UTF-8',
    ],
  ])('%s', async (_name, make, reason) => {
    const requestDer = await make();
    expect(() => parseCertificationRequest(requestDer)).toThrow(Asn1Error);
    expect(() => parseCertificationRequest(requestDer)).toThrow(reason);
  });

  it('does not prove possession with a signature over something else', async () => {
    const request = parseCertificationRequest(await makeRequest());
    const other = parseCertificationRequest(await makeRequest('x'));
    expect(verifyProofOfPossession({ ...request, signature: other.signature }, device.publicKey)).toBe(false);
    const { certificationRequestInfoDer } = other;
    expect(verifyProofOfPossession({ ...request, certificationRequestInfoDer }, device.publicKey)).toBe(false);
  });

  it('counts offsets from the first octet of the request', async () => {
    const requestDer = await withAttributes(challenge(der.integer(1)));
    const at = Buffer.from(requestDer).indexOf(Buffer.from([contextTag(0, true)]), requestDer.length - 110);
    try {
      parseCertificationRequest(requestDer);
      throw new Error('not refused');
    } catch (error) {
      expect((error as Asn1Error).offset).toBeGreaterThan(at);
      expect((error as Asn1Error).offset).toBeLessThan(requestDer.length - 70);
    }
  });
});
