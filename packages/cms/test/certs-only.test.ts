/** Certs-only messages: written for clients, read from servers, and the same to PKI.js. */
import { describe, expect, it } from '@jest/globals';
import { Certificate, CertificateRevocationList, ContentInfo, SignedData } from 'pkijs';
import { Asn1Error, concatBytes, der, fromHex, rfc5652, toHex } from '@touchmark/asn1';
import { createSoftwareSigner, generateKeyPair } from '@touchmark/crypto';
import {
  encodeName,
  encodeSigned,
  encodeTbsCertList,
  encodeTbsCertificate,
  extension,
  keyIdentifierOf,
} from '@touchmark/x509';
import { encodeCertsOnly, parseCertsOnly } from '../src/index.ts';

const signer = createSoftwareSigner((await generateKeyPair('ec-p256')).privateKey);
const { algorithmIdentifierDer } = signer.algorithm;
const issuerDer = encodeName([{ attribute: 'commonName', value: 'Issuing CA' }]);
const keyIdentifier = keyIdentifierOf(signer.subjectPublicKeyInfoDer);

async function certificate(commonName: string): Promise<Uint8Array> {
  const tbsCertificateDer = encodeTbsCertificate({
    serialNumber: Uint8Array.of(commonName.length),
    signatureAlgorithmDer: algorithmIdentifierDer,
    issuerDer,
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2026-12-31T23:59:59Z'),
    subjectDer: encodeName([{ attribute: 'commonName', value: commonName }]),
    subjectPublicKeyInfoDer: signer.subjectPublicKeyInfoDer,
    extensionsDer: [extension.subjectKeyIdentifier(keyIdentifier)],
  });
  return encodeSigned(tbsCertificateDer, algorithmIdentifierDer, await signer.sign(tbsCertificateDer));
}

const tbsCertListDer = encodeTbsCertList({
  signatureAlgorithmDer: algorithmIdentifierDer,
  issuerDer,
  thisUpdate: new Date('2026-01-01T00:00:00Z'),
  nextUpdate: new Date('2026-01-08T00:00:00Z'),
  extensionsDer: [extension.authorityKeyIdentifier(keyIdentifier), extension.crlNumber(1)],
  entriesDer: new Uint8Array(),
});
const crl = encodeSigned(tbsCertListDer, algorithmIdentifierDer, await signer.sign(tbsCertListDer));
// In this order the DER of a SET would turn them round.
const certificates = [await certificate('device with a long name'), await certificate('CA')];

describe('encodeCertsOnly', () => {
  it('RFC 5652 §5.1: version 1, no digest algorithm, id-data without content, no signer', () => {
    expect(toHex(encodeCertsOnly([der.sequence()]))).toBe(
      [
        '3027', // ContentInfo
        '06092a864886f70d010702', // id-signedData
        'a01a', // [0] EXPLICIT
        '3018', // SignedData
        '020101', // version 1
        '3100', // digestAlgorithms
        '300b06092a864886f70d010701', // id-data, eContent absent
        'a0023000', // certificates
        '3100', // signerInfos
      ].join(''),
    );
  });

  it('leaves out certificates and CRLs when there are none', () => {
    expect(toHex(encodeCertsOnly([]))).toMatch(/06092a864886f70d0107013100$/);
    expect(parseCertsOnly(encodeCertsOnly([]))).toEqual({ certificatesDer: [], crlsDer: [] });
  });

  it('keeps the order, since clients take the first certificate for theirs', () => {
    expect(parseCertsOnly(encodeCertsOnly(certificates)).certificatesDer.map(toHex)).toEqual(certificates.map(toHex));
    const turned = certificates.toReversed();
    expect(parseCertsOnly(encodeCertsOnly(turned)).certificatesDer.map(toHex)).toEqual(turned.map(toHex));
  });

  it('carries CRLs beside certificates', () => {
    const { certificatesDer, crlsDer } = parseCertsOnly(encodeCertsOnly(certificates, [crl]));
    expect(certificatesDer.map(toHex)).toEqual(certificates.map(toHex));
    expect(crlsDer.map(toHex)).toEqual([toHex(crl)]);
  });

  it('is to PKI.js what it is to us', () => {
    const contentInfo = ContentInfo.fromBER(Uint8Array.from(encodeCertsOnly(certificates, [crl])));
    expect(contentInfo.contentType).toBe(rfc5652['id-signedData']);
    const signedData = new SignedData({ schema: contentInfo.content });
    expect(signedData.version).toBe(1);
    expect(signedData.digestAlgorithms).toEqual([]);
    expect(signedData.signerInfos).toEqual([]);
    expect(signedData.encapContentInfo.eContentType).toBe(rfc5652['id-data']);
    expect(signedData.encapContentInfo.eContent).toBeUndefined();
    const hexOf = (each: unknown): string => {
      if (!(each instanceof Certificate) && !(each instanceof CertificateRevocationList))
        throw new Error('another kind');
      const schema = each.toSchema() as { toBER(): ArrayBuffer };
      return Buffer.from(schema.toBER()).toString('hex');
    };
    expect(signedData.certificates?.map(hexOf)).toEqual(certificates.map(toHex));
    expect(signedData.crls?.map(hexOf)).toEqual([toHex(crl)]);
  });
});

describe('parseCertsOnly', () => {
  it('reads what PKI.js writes', () => {
    const ours = new SignedData({
      schema: ContentInfo.fromBER(Uint8Array.from(encodeCertsOnly(certificates, [crl]))).content,
    });
    const content = ours.toSchema(true) as unknown;
    const written = new ContentInfo({ contentType: ContentInfo.SIGNED_DATA, content }).toSchema().toBER();
    const { certificatesDer, crlsDer } = parseCertsOnly(new Uint8Array(written));
    expect(certificatesDer.map(toHex)).toEqual(certificates.map(toHex));
    expect(crlsDer.map(toHex)).toEqual([toHex(crl)]);
  });

  const signedDataOid = der.oid(rfc5652['id-signedData']);
  const dataOid = der.oid(rfc5652['id-data']);
  const [version, empty, data] = [der.integer(1), der.set(), der.sequence(dataOid)];
  const certificateSet = der.explicit(0, der.sequence());
  const message = (...parts: Uint8Array[]): Uint8Array =>
    der.sequence(signedDataOid, der.explicit(0, der.sequence(...parts)));

  it.each<[string, Uint8Array]>([
    [
      'a named digest',
      message(version, der.set(der.sequence(der.oid('2.16.840.1.101.3.4.2.1'))), data, certificateSet, empty),
    ],
    [
      'an empty content',
      message(
        version,
        empty,
        der.sequence(dataOid, der.explicit(0, der.octetString(new Uint8Array()))),
        certificateSet,
        empty,
      ),
    ],
    [
      'an empty set of CRLs, as OpenSSL writes it',
      message(version, empty, data, certificateSet, fromHex('a100'), empty),
    ],
    ['version 3', message(der.integer(3), empty, data, certificateSet, empty)],
  ])('accepts %s', (_name, bytes) => {
    expect(parseCertsOnly(bytes)).toEqual({ certificatesDer: [der.sequence()], crlsDer: [] });
  });

  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(), 'found the end'],
    ['a certificate', certificates[0]!, 'expected OBJECT IDENTIFIER, found SEQUENCE'],
    ['base64', Buffer.from('MIIBpTCC'), 'expected SEQUENCE'],
    [
      'another content type',
      der.sequence(dataOid, der.explicit(0, der.octetString(fromHex('00')))),
      'instead of SignedData',
    ],
    [
      'SignedData without its tag',
      der.sequence(signedDataOid, der.sequence(version, empty, data, empty)),
      'expected [0]',
    ],
    ['version 2', message(der.integer(2), empty, data, certificateSet, empty), 'no version 2'],
    [
      'content of another type',
      message(version, empty, der.sequence(signedDataOid), certificateSet, empty),
      'instead of data',
    ],
    [
      'content',
      message(
        version,
        empty,
        der.sequence(dataOid, der.explicit(0, der.octetString(fromHex('00')))),
        certificateSet,
        empty,
      ),
      'no content of its own',
    ],
    ['a signer', message(version, empty, data, certificateSet, der.set(der.sequence())), 'has no signer'],
    ['no set of signers', message(version, empty, data, certificateSet), 'expected SET, found the end'],
    [
      'an attribute certificate',
      message(version, empty, data, der.explicit(0, fromHex('a200')), empty),
      'other certificates than those of X.509',
    ],
    [
      'an OCSP response among the CRLs',
      message(version, empty, data, certificateSet, fromHex('a102a100'), empty),
      'other CRLs than those of X.509',
    ],
    ['CRLs before certificates', message(version, empty, data, fromHex('a100'), certificateSet, empty), 'expected SET'],
    ['more behind the signers', message(version, empty, data, certificateSet, empty, empty), 'left over'],
    ['octets after it', concatBytes(encodeCertsOnly(certificates), fromHex('00')), 'left over'],
    ['an indefinite length', fromHex('308006092a864886f70d010702a0800000'), 'indefinite'],
  ])('refuses %s', (_name, bytes, reason) => {
    expect(() => parseCertsOnly(bytes)).toThrow(Asn1Error);
    expect(() => parseCertsOnly(bytes)).toThrow(reason);
  });
});
