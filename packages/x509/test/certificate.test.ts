/** Certificates: read, and verified with the issuer's key. */
import { describe, expect, it } from '@jest/globals';
import { concatBytes, der, fromHex, rfc5280, toHex } from '@touchmark/asn1';
import { createSoftwareSigner, generateKeyPair, keyAlgorithmNames } from '@touchmark/crypto';
import {
  commonNameOf,
  encodeSigned,
  encodeTbsCertificate,
  findExtension,
  formatName,
  parseCertificate,
  parseExtendedKeyUsage,
  parseKeyUsage,
  parseTbsCertificate,
  subjectAltNamesOf,
  verifyCertificateSignature,
} from '../src/index.ts';
import { device, issueCertificate, issuer, leafFields, sign, subjectAltNames } from './support/fixtures.ts';
import { opensslCertificateDer } from './support/openssl.ts';

describe('a certificate of OpenSSL', () => {
  const certificate = parseCertificate(opensslCertificateDer);

  it('is read', () => {
    expect(certificate.version).toBe(2);
    expect(certificate.serialNumberHex).toBe('7f00112233445566778899aabbccddeeff001122');
    expect(formatName(certificate.subject)).toBe('serialNumber=SN 0042,CN=device-0042,OU=Plant 7,O=Acme,C=DE');
    expect(commonNameOf(certificate.issuer)).toBe('device-0042');
    expect(certificate.notAfter.toISOString()).toBe('2126-10-28T05:50:32.000Z');
    expect(certificate.notBefore.getTime()).toBe(certificate.notAfter.getTime() - 36_500 * 86_400_000);
    expect(subjectAltNamesOf(certificate)).toEqual([
      { kind: 'dns', value: 'device-0042.example.com' },
      { kind: 'ip', value: '192.0.2.7' },
      { kind: 'ip', value: '2001:db8::7' },
      { kind: 'uri', value: 'urn:dev:42' },
      { kind: 'email', value: 'dev@example.com' },
    ]);
    expect(parseKeyUsage(findExtension(certificate, rfc5280['id-ce-keyUsage'])!.value)).toEqual(['digitalSignature']);
    expect(parseExtendedKeyUsage(findExtension(certificate, rfc5280['id-ce-extKeyUsage'])!.value)).toEqual([
      rfc5280['id-kp-clientAuth'],
    ]);
  });

  it('keeps the bytes of every part', () => {
    expect(toHex(certificate.der)).toBe(toHex(opensslCertificateDer));
    const { tbsCertificateDer, signatureAlgorithmDer, signature } = certificate;
    expect(toHex(encodeSigned(tbsCertificateDer, signatureAlgorithmDer, signature))).toBe(toHex(opensslCertificateDer));
    expect(parseTbsCertificate(tbsCertificateDer)).toMatchObject({ serialNumberHex: certificate.serialNumberHex });
  });

  it('verifies with its own key', async () => {
    const { createPublicKey } = await import('node:crypto');
    const key = Buffer.from(certificate.subjectPublicKeyInfoDer);
    expect(verifyCertificateSignature(certificate, createPublicKey({ key, format: 'der', type: 'spki' }))).toBe(true);
  });
});

describe('a certificate of ours', () => {
  it('has the names that were put in', async () => {
    const certificate = parseCertificate(await issueCertificate());
    expect(formatName(certificate.issuer)).toBe('CN=Issuing CA 1,O=Zinngießerei,C=DE');
    expect(subjectAltNamesOf(certificate)).toEqual(subjectAltNames);
  });

  it.each(keyAlgorithmNames)('verifies when signed with %s', async (name) => {
    const { privateKey, publicKey } = await generateKeyPair(name);
    const signer = createSoftwareSigner(privateKey);
    const { algorithmIdentifierDer } = signer.algorithm;
    const tbsCertificateDer = encodeTbsCertificate({ ...leafFields, signatureAlgorithmDer: algorithmIdentifierDer });
    const signed = encodeSigned(tbsCertificateDer, algorithmIdentifierDer, await signer.sign(tbsCertificateDer));
    expect(verifyCertificateSignature(parseCertificate(signed), publicKey)).toBe(true);
    expect(verifyCertificateSignature(parseCertificate(signed), issuer.publicKey)).toBe(false);
  });

  it('does not verify with another key, other content or another signature', async () => {
    const certificate = parseCertificate(await issueCertificate());
    const other = parseCertificate(await issueCertificate({ serialNumber: fromHex('01') }));
    expect(verifyCertificateSignature(certificate, issuer.publicKey)).toBe(true);
    expect(verifyCertificateSignature(certificate, device.publicKey)).toBe(false);
    expect(verifyCertificateSignature({ ...certificate, signature: other.signature }, issuer.publicKey)).toBe(false);
    const { tbsCertificateDer } = other;
    expect(verifyCertificateSignature({ ...certificate, tbsCertificateDer }, issuer.publicKey)).toBe(false);
    expect(verifyCertificateSignature({ ...certificate, signature: new Uint8Array() }, issuer.publicKey)).toBe(false);
  });

  it('does not verify under an algorithm that is not in our table', async () => {
    const signatureAlgorithmDer = der.sequence(der.oid('1.2.840.10045.4.1')); // ecdsa-with-SHA1
    const tbsCertificateDer = encodeTbsCertificate({ ...leafFields, signatureAlgorithmDer });
    const signed = encodeSigned(tbsCertificateDer, signatureAlgorithmDer, await issuer.sign(tbsCertificateDer));
    expect(verifyCertificateSignature(parseCertificate(signed), issuer.publicKey)).toBe(false);
  });
});

describe('what is in old certificates', () => {
  // The parts of a TBSCertificate, to be put together in other ways.
  const { signatureAlgorithmDer, issuerDer, subjectDer, subjectPublicKeyInfoDer } = leafFields;
  const validity = der.sequence(der.time(leafFields.notBefore), der.time(leafFields.notAfter));
  const middle = [signatureAlgorithmDer, issuerDer, validity, subjectDer, subjectPublicKeyInfoDer];
  const uniqueIds = [der.implicit(1, fromHex('0001')), der.implicit(2, fromHex('0002'))];
  const version = (number: number): Uint8Array => der.explicit(0, der.integer(number));
  const extensions = der.explicit(3, der.sequence(...leafFields.extensionsDer));

  it.each<[string, Uint8Array[], number, number]>([
    ['version 1', [der.integer(1), ...middle], 0, 0],
    ['version 2 with unique identifiers', [version(1), der.integer(1), ...middle, ...uniqueIds], 1, 0],
    [
      'version 3 with unique identifiers',
      [version(2), der.integer(1), ...middle, ...uniqueIds, extensions],
      2,
      leafFields.extensionsDer.length,
    ],
    ['version 3 without extensions', [version(2), der.integer(1), ...middle], 2, 0],
    [
      'a negative serial number',
      [version(2), der.integer(-1), ...middle, extensions],
      2,
      leafFields.extensionsDer.length,
    ],
    [
      'a serial number of 40 octets',
      [version(2), der.integer(2n ** 310n), ...middle, extensions],
      2,
      leafFields.extensionsDer.length,
    ],
  ])('%s is read', async (_name, parts, expectedVersion, count) => {
    const certificate = parseCertificate(await sign(der.sequence(...parts)));
    expect(certificate.version).toBe(expectedVersion);
    expect(certificate.extensions).toHaveLength(count);
    expect(verifyCertificateSignature(certificate, issuer.publicKey)).toBe(true);
  });

  it.each<[string, Uint8Array[], string]>([
    ['version 1 that is written', [version(0), der.integer(1), ...middle], 'although it is v1'],
    ['version 4', [version(3), der.integer(1), ...middle], 'no certificate version 3'],
    ['version 1 with extensions', [der.integer(1), ...middle, extensions], 'left over'],
    ['version 2 with extensions', [version(1), der.integer(1), ...middle, extensions], 'left over'],
    ['version 1 with unique identifiers', [der.integer(1), ...middle, ...uniqueIds], 'left over'],
    [
      'unique identifiers out of order',
      [version(2), der.integer(1), ...middle, ...uniqueIds.toReversed()],
      'left over',
    ],
    [
      'empty extensions',
      [version(2), der.integer(1), ...middle, der.explicit(3, der.sequence())],
      'Extensions without an extension',
    ],
    ['extensions twice', [version(2), der.integer(1), ...middle, extensions, extensions], 'left over'],
    [
      'an extension twice',
      [
        version(2),
        der.integer(1),
        ...middle,
        der.explicit(3, der.sequence(leafFields.extensionsDer[0]!, leafFields.extensionsDer[0]!)),
      ],
      'is there twice',
    ],
    ['no serial number', [version(2), ...middle, extensions], 'expected INTEGER'],
    ['no subject', [version(2), der.integer(1), ...middle.toSpliced(3, 1)], 'expected'],
    [
      'a third time',
      [
        version(2),
        der.integer(1),
        ...middle.with(2, der.sequence(...Array.from({ length: 3 }, () => der.time(leafFields.notBefore)))),
      ],
      'left over',
    ],
    [
      'a key with unused bits',
      [
        version(2),
        der.integer(1),
        ...middle.with(4, der.sequence(signatureAlgorithmDer, der.bitString(fromHex('80'), 7))),
      ],
      'whole number of octets',
    ],
    [
      'an algorithm with two parameters',
      [version(2), der.integer(1), ...middle.with(0, der.sequence(der.oid('1.2.3'), der.null(), der.null()))],
      'left over',
    ],
  ])('%s is refused', async (_name, parts, reason) => {
    const certificateDer = await sign(der.sequence(...parts));
    expect(() => parseCertificate(certificateDer)).toThrow(reason);
  });
});

describe('the frame of a certificate', () => {
  const tbsCertificateDer = encodeTbsCertificate(leafFields);
  const algorithm = leafFields.signatureAlgorithmDer;
  const signature = der.bitString(fromHex('3006020101020101'));

  it.each<[string, Uint8Array, string]>([
    [
      'another algorithm outside than inside (RFC 5280 §4.1.1.2)',
      der.sequence(tbsCertificateDer, der.sequence(der.oid('1.2.3')), signature),
      'algorithms of the certificate differ',
    ],
    ['no signature', der.sequence(tbsCertificateDer, algorithm), 'expected BIT STRING, found the end'],
    [
      'a signature with unused bits',
      der.sequence(tbsCertificateDer, algorithm, der.bitString(fromHex('80'), 7)),
      'whole number of octets',
    ],
    ['more behind the signature', der.sequence(tbsCertificateDer, algorithm, signature, der.null()), 'left over'],
    ['octets after it', concatBytes(der.sequence(tbsCertificateDer, algorithm, signature), fromHex('00')), 'left over'],
    ['a SET around it', der.tlv(0x31, tbsCertificateDer, algorithm, signature), 'expected SEQUENCE, found SET'],
    ['PEM', Buffer.from('-----BEGIN CERTIFICATE-----'), 'expected SEQUENCE'],
    ['nothing', new Uint8Array(), 'found the end'],
  ])('with %s is refused', (_name, certificateDer, reason) => {
    expect(() => parseCertificate(certificateDer)).toThrow(reason);
  });

  it('RFC 8410 §10.2: the example there writes FALSE where DER leaves it out, and is refused', () => {
    const example = Buffer.from(
      `MIIBLDCB36ADAgECAghWAUdKKo3DMDAFBgMrZXAwGTEXMBUGA1UEAwwOSUVURiBUZXN0IERlbW8wHhcNMTYwODAxMTIxOTI0WhcNNDAxMjMxMjM
       1OTU5WjAZMRcwFQYDVQQDDA5JRVRGIFRlc3QgRGVtbzAqMAUGAytlbgMhAIUg8AmJMKdUdIt93LQ+91oNvzoNJjga9OukqY6qm05qo0UwQzAPBg
       NVHRMBAf8EBTADAQEAMA4GA1UdDwEBAAQEAwIDCDAgBgNVHQ4BAQAEFgQUmx9e7e0EM4Xk97xiPFl1uQvIuzswBQYDK2VwA0EAryMB/t3J5v/Bz
       Kc9dNZIpDmAgs3babFOTQbs+BolzlDUwsPrdGxO3YNGhW7Ibz3OGhhlxXrCe1Cgw1AH9efZBw==`,
      'base64',
    );
    expect(() => parseCertificate(example)).toThrow('critical is written although it is FALSE');
  });
});
