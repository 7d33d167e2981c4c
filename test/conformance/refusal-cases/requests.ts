/** What was sent: bodies, structure, attributes, signature, binding. */
import { der, encodePem, rfc2985, toBase64 } from '@touchmark/asn1';
import { createSoftwareSigner, signatureAlgorithms } from '@touchmark/crypto';
import { decodeRequestBody, parseBasicCredentials } from '@touchmark/est';
import { createTestAuthority, testKeyPair } from '@touchmark/testkit';
import { encodeExtension, encodeSigned, encodeTbsCertList } from '@touchmark/x509';
import { attribute, craftInfo, craftRequest, deviceSigner } from '../../support/crafted-request.ts';
import { enrolling, throwing } from './case.ts';
import type { RefusalCase } from './case.ts';

const challengePassword = rfc2985['pkcs-9-at-challengePassword'];

const body =
  (text: (requestDer: Uint8Array) => string | Uint8Array, headers: Readonly<Record<string, string>> = {}) =>
  async (): Promise<void> => {
    const sent = text(await craftRequest());
    const octets = typeof sent === 'string' ? Buffer.from(sent, 'latin1') : sent;
    decodeRequestBody(new Uint8Array(octets), new Map(Object.entries(headers)), []);
  };
const pem = (requestDer: Uint8Array): string => encodePem('CERTIFICATE REQUEST', requestDer);

async function privateKeyDer(type: 'pkcs8' | 'sec1' = 'pkcs8'): Promise<Uint8Array> {
  return new Uint8Array((await testKeyPair()).privateKey.export({ format: 'der', type }));
}

async function crl(): Promise<Uint8Array> {
  const { issuing } = await createTestAuthority();
  const { signer } = issuing;
  const tbs = encodeTbsCertList({
    signatureAlgorithmDer: signer.algorithm.algorithmIdentifierDer,
    issuerDer: issuing.subjectDer,
    thisUpdate: new Date(0),
    nextUpdate: new Date(86_400_000),
    entriesDer: new Uint8Array(0),
    extensionsDer: [encodeExtension('2.5.29.20', false, der.integer(1))],
  });
  return encodeSigned(tbs, signer.algorithm.algorithmIdentifierDer, await signer.sign(tbs));
}

function nested(depth: number): Uint8Array {
  let element = der.null();
  for (let level = 0; level < depth; level++) element = der.sequence(element);
  return element;
}

export const requestCases: readonly RefusalCase[] = [
  throwing(
    'requestEmpty',
    'an empty body',
    /it is empty/,
    body(() => ''),
  ),
  throwing(
    'requestEmpty',
    'a blank body',
    /it is blank/,
    body(() => ' \r\n'),
  ),
  throwing('requestCompressed', 'gzip', /Content-Encoding/, body(pem, { 'content-encoding': 'gzip' })),
  throwing(
    'requestUtf16',
    'UTF-16',
    /UTF-16/,
    body((request) => Buffer.from(`\ufeff${pem(request)}`, 'utf16le')),
  ),
  throwing(
    'requestBase64Url',
    'base64url',
    /"-" or "_"/,
    body((request) => `-_${Buffer.from(request).toString('base64url')}`),
  ),
  throwing(
    'requestBase64Invalid',
    'base64 cut off',
    /does not decode/,
    body((request) => toBase64(request).slice(0, -5)),
  ),
  throwing(
    'requestPemBroken',
    'PEM without its end',
    /not whole PEM/,
    body((request) => pem(request).slice(0, 200)),
  ),
  throwing(
    'requestPemInBase64',
    'PEM in base64',
    /PEM in base64/,
    body((request) => Buffer.from(pem(request)).toString('base64')),
  ),
  throwing(
    'requestPemOfAnotherKind',
    'PEM of a certificate',
    /without a block/,
    body((request) => encodePem('CERTIFICATE', request)),
  ),
  throwing(
    'requestSeveral',
    'two requests',
    /2 blocks/,
    body((request) => pem(request) + pem(request)),
  ),
  throwing('requestIsPrivateKey', 'a private key in PEM', /private key in it/, async () =>
    body(() => '-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n')(),
  ),
  enrolling('requestIsPrivateKey', 'PKCS #8 in DER', /a private key/, () => privateKeyDer()),
  enrolling('requestIsPrivateKey', 'an ECPrivateKey in DER', /a private key/, () => privateKeyDer('sec1')),
  enrolling(
    'requestIsPublicKey',
    'a SubjectPublicKeyInfo',
    /a public key/,
    async () => (await deviceSigner()).subjectPublicKeyInfoDer,
  ),
  enrolling(
    'requestIsCertificate',
    'a certificate',
    /a certificate, and no/,
    async () => (await createTestAuthority()).issuing.certificateDer,
  ),
  enrolling('requestIsCrl', 'a CRL', /a CRL/, crl),
  enrolling('requestIsCms', 'SignedData around the request', /CMS/, async () =>
    der.sequence(der.oid('1.2.840.113549.1.7.2'), der.explicit(0, der.sequence(der.integer(1)))),
  ),
  enrolling('requestIsCrmf', 'CertReqMessages', /CRMF/, () =>
    der.sequence(der.sequence(der.sequence(der.integer(1), der.sequence()))),
  ),
  enrolling('requestUnsigned', 'the CertificationRequestInfo alone', /unsigned/, async () =>
    craftInfo({}, await deviceSigner()),
  ),
  enrolling('requestTruncated', 'a request without its last octets', /longer than what it is in|cut off/, async () =>
    (await craftRequest()).slice(0, -7),
  ),
  enrolling('requestTrailingBytes', 'a NULL after the request', /2 octets follow/, async () =>
    Uint8Array.of(...(await craftRequest()), 5, 0),
  ),
  enrolling('requestNotDer', 'an indefinite length', /indefinite/, async () =>
    Uint8Array.of(0x30, 0x80, ...(await craftRequest()).subarray(4), 0, 0),
  ),
  enrolling('requestNotDer', 'a length in long form', /longer than it need be/, () =>
    Uint8Array.of(0x30, 0x81, 2, 5, 0),
  ),
  enrolling('requestTooDeep', '40 levels', /32 deep/, () => nested(40)),
  enrolling('requestTooManyElements', '20 001 NULLs', /20000 elements/, () =>
    der.sequence(...Array.from({ length: 20_001 }, () => der.null())),
  ),
  enrolling('requestMalformed', 'DER that is something else', /cannot be read/, () => der.sequence(der.integer(5))),
  enrolling('requestVersionUnknown', 'version 2', /version 2/, () => craftRequest({ version: der.integer(2) })),
  enrolling('attributesMalformed', 'an attribute that is none', /expected SEQUENCE/, () =>
    craftRequest({ attributes: [der.null()] }),
  ),
  enrolling('attributeWithoutValue', 'an empty SET', /found the end/, () =>
    craftRequest({ attributes: [attribute('1.2.3')] }),
  ),
  enrolling('attributeRepeated', 'challengePassword twice', /there twice/, () =>
    craftRequest({
      attributes: [
        attribute(challengePassword, der.utf8String('a')),
        attribute(challengePassword, der.utf8String('b')),
      ],
    }),
  ),
  enrolling('attributeSeveralValues', 'a challengePassword with two values', /left over/, () =>
    craftRequest({ attributes: [attribute(challengePassword, der.utf8String('a'), der.utf8String('b'))] }),
  ),
  enrolling('challengePasswordMalformed', 'an INTEGER', /character string/, () =>
    craftRequest({ attributes: [attribute(challengePassword, der.integer(1))] }),
  ),
  enrolling('signatureAlgorithmUnknown', 'an algorithm nobody heard of', /1\.2\.3\.4/, () =>
    craftRequest({ algorithmIdentifier: der.sequence(der.oid('1.2.3.4')) }),
  ),
  enrolling('signatureAlgorithmWeak', 'ecdsa-with-SHA1', /ecdsa-with-SHA1/, () =>
    craftRequest({ algorithmIdentifier: der.sequence(der.oid('1.2.840.10045.4.1')) }),
  ),
  enrolling('signatureAlgorithmParametersInvalid', 'ecdsa-with-SHA256 and NULL', /ecdsa-with-SHA256/, () =>
    craftRequest({ algorithmIdentifier: der.sequence(der.oid('1.2.840.10045.4.3.2'), der.null()) }),
  ),
  enrolling('signatureAlgorithmForAnotherKey', 'RSA over an EC key', /ec-p256 cannot/, () =>
    craftRequest({ algorithmIdentifier: signatureAlgorithms.sha256WithRSAEncryption.algorithmIdentifierDer }),
  ),
  enrolling('signatureMalformed', 'bare r and s', /ECDSA-Sig-Value/, () =>
    craftRequest({ signature: new Uint8Array(64).fill(7) }),
  ),
  enrolling('signatureMalformed', 'an RSA signature without its leading zero', /255 octets instead of 256/, async () =>
    craftRequest({ signer: await deviceSigner('rsa-2048'), signature: new Uint8Array(255).fill(7) }),
  ),
  enrolling('proofOfPossessionFailed', 'the signature of somebody else', /does not verify/, async () => {
    const other = createSoftwareSigner((await testKeyPair('ec-p256', 'second')).privateKey);
    return craftRequest({ signature: await other.sign(Uint8Array.of(1)) });
  }),
  enrolling('channelBindingMismatch', 'the binding of another connection', /another TLS connection/, () =>
    craftRequest({ attributes: [attribute(challengePassword, der.utf8String(toBase64(new Uint8Array(32).fill(7))))] }),
  ),
  enrolling('channelBindingRequired', 'no binding', /tls-exporter/, () => craftRequest(), {
    rules: { requireChannelBinding: true },
  }),
  throwing('authorizationMalformed', 'Basic that is not base64', /HTTP Basic/, () =>
    parseBasicCredentials('Basic ???', []),
  ),
];
