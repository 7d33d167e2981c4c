import { execFileSync } from 'node:child_process';
import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodePem, encodePem, toHex } from '@touchmark/asn1';
import { encodeCertsOnly } from '@touchmark/cms';
import { sha256 } from '@touchmark/crypto';
import { createTestAuthority } from '@touchmark/testkit';
import type { TestAuthority, TestCa } from '@touchmark/testkit';
import { formatName, parseCertificate, parseCertificateList, subjectAltNamesOf } from '@touchmark/x509';
import { describeWith, requiredProgram } from '../../../test/support/programs.ts';
import { ScepClient, ScepError } from '../src/index.ts';
import type { ScepClientOptions, ScepEnrollRequest, ScepOutcome } from '../src/index.ts';
import { signCrl } from './support/crl.ts';
import { certify, certifyCa } from './support/certify.ts';
import { createRa, signMessage, startScepServer } from './support/scep-server.ts';
import type { CertRepFields, Holder, TestScepServer } from './support/scep-server.ts';

let authority: TestAuthority;
let foreign: TestAuthority;
let ra: Holder;
let device: Holder & { readonly privateKeyPem: string };
let server: TestScepServer;
let rootFingerprint: string;
let roots: string;
/** Made once, since RSA keys take long to make; used again, as after a lost answer. */
let privateKeyPem: string;

beforeAll(async () => {
  authority = await createTestAuthority();
  foreign = await createTestAuthority({ name: 'Foreign' });
  ra = await createRa(authority);
  device = await authority.issue({ keyAlgorithm: 'rsa-2048' });
  ({ privateKeyPem } = device);
  rootFingerprint = toHex(sha256(authority.root.certificateDer));
  roots = encodePem('CERTIFICATE', authority.root.certificateDer);
});
beforeEach(async () => {
  server = await startScepServer(authority, ra);
});
afterEach(() => server.close());

const client = (options: Partial<ScepClientOptions> = {}): ScepClient =>
  new ScepClient({ url: server.url, rootFingerprint, ...options });
const enroll = (request: Partial<ScepEnrollRequest> = {}): ScepEnrollRequest => ({
  subject: [{ attribute: 'commonName', value: 'pump-17' }],
  challenge: 'k7q2mzpa',
  privateKeyPem,
  ...request,
});

async function outcome<K extends ScepOutcome['kind']>(
  kind: K,
  promise: Promise<ScepOutcome>,
): Promise<Extract<ScepOutcome, { kind: K }>> {
  const got = await promise;
  if (got.kind !== kind) throw new Error(JSON.stringify(got));
  return got as Extract<ScepOutcome, { kind: K }>;
}

const code = (code: string): object => expect.objectContaining({ name: 'ScepError', code });

describe('trust in the CA (RFC 8894 §2.2)', () => {
  const colons = (hex: string): string => hex.toUpperCase().replaceAll(/(..)(?=.)/g, '$1:');
  it.each([
    ['the fingerprint of the root', () => ({ rootFingerprint }), 1],
    ['the fingerprint of the root with colons', () => ({ rootFingerprint: colons(rootFingerprint) }), 1],
    [
      'the fingerprint of the CA itself',
      () => ({ rootFingerprint: toHex(sha256(authority.issuing.certificateDer)) }),
      0,
    ],
    ['the PEM of the root', () => ({ roots }), 1],
  ])('by %s', async (_, trust, above) => {
    const { ra: found, caDer, chainDer } = await new ScepClient({ url: server.url, ...trust() }).getCaCertificates();
    expect(caDer).toEqual(authority.issuing.certificateDer);
    expect(chainDer).toEqual([authority.root.certificateDer].slice(0, above));
    expect(found).toEqual({ signingDer: ra.certificate.der, encryptionDer: ra.certificate.der });
  });

  it('by the PEM of the root, which the server need not show', async () => {
    server.presented = [ra.certificate.der, authority.issuing.certificateDer];
    const { chainDer } = await new ScepClient({ url: server.url, roots }).getCaCertificates();
    expect(chainDer).toEqual([authority.root.certificateDer]);
  });

  it.each([
    ['none', {}],
    ['half a fingerprint', { rootFingerprint: 'ab'.repeat(20) }],
    ['no certificate', { roots: 'root.pem' }],
    ['broken PEM', { roots: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' }],
  ])('must be given: %s', (_, trust) => {
    expect(() => new ScepClient({ url: server.url, ...trust } as ScepClientOptions)).toThrow(code('trustInvalid'));
  });

  it('a server of another CA gets no request', async () => {
    for (const trust of [{ rootFingerprint: '00'.repeat(32) }, { roots: foreign.chainPem }]) {
      const scep = new ScepClient({ url: server.url, ...trust });
      await expect(scep.enroll(enroll())).rejects.toEqual(code('caNotTrusted'));
    }
    expect(server.calls.map(({ operation }) => operation)).toEqual(['GetCACert', 'GetCACert']);
  });

  it('an impostor that shows the right root beside a CA of its own gets none either', async () => {
    const impostor = await createRa(foreign);
    server.presented = [impostor.certificate.der, foreign.issuing.certificateDer, authority.root.certificateDer];
    await expect(client().enroll(enroll())).rejects.toEqual(code('raNotUsable'));
    expect(server.calls).toHaveLength(1);
  });

  it('a device, whose certificate the CA issued too, does not pass for the RA', async () => {
    server.presented = [device.certificate.der, ...authority.chainDer];
    await expect(client().enroll(enroll())).rejects.toEqual(code('raNotUsable'));
  });

  it('an RA without a key purpose passes, one whose certificate has ended does not', async () => {
    const plain = await createRa(authority, []);
    server.presented = [plain.certificate.der, ...authority.chainDer];
    expect((await client().getCaCertificates()).ra?.encryptionDer).toEqual(plain.certificate.der);
    const ended = await authority.issue({
      keyAlgorithm: 'rsa-2048',
      extendedKeyUsage: [],
      notBefore: new Date(Date.now() - 7_200_000),
      notAfter: new Date(Date.now() - 3_600_000),
    });
    server.presented = [ended.certificateDer, ...authority.chainDer];
    await expect(client().getCaCertificates()).rejects.toEqual(code('raNotUsable'));
  });

  it('a CA without an RSA key needs an RA', async () => {
    server.presented = authority.chainDer;
    await expect(client().getCaCertificates()).rejects.toEqual(code('raNotUsable'));
  });
});

describe('a CA that answers itself', () => {
  it('may be one certificate as application/x-x509-ca-cert (RFC 8894 §4.2.1.1)', async () => {
    const own = await createTestAuthority({ keyAlgorithm: 'rsa-2048', kind: 'root' });
    const alone = await startScepServer(own, own.root);
    alone.presented = [own.root.certificateDer];
    try {
      const scep = new ScepClient({ url: alone.url, rootFingerprint: toHex(sha256(own.root.certificateDer)) });
      expect(await scep.getCaCertificates()).toEqual({ caDer: own.root.certificateDer, chainDer: [], ra: undefined });
      const { chainPem } = await outcome('issued', scep.enroll(enroll()));
      expect(decodePem(chainPem)).toHaveLength(1);
    } finally {
      alone.close();
    }
  });
});

describe('getCaCaps', () => {
  it.each([
    ['LF', 'AES\nSHA-256\n'],
    ['CRLF', 'AES\r\nSHA-256\r\n'],
    ['other cases and blanks', 'aes \n\n sha-256'],
  ])('reads keywords in %s', async (_, caps) => {
    server.caps = caps;
    expect([...(await client().getCaCaps())]).toEqual(['AES', 'SHA-256']);
  });

  it('keeps keywords that it does not know, and no words of a page', async () => {
    server.caps = 'AES\nUpdate\n<html><body>Sign in</body></html>\n';
    expect([...(await client().getCaCaps())]).toEqual(['AES', 'Update']);
  });
});

describe('enroll', () => {
  it('makes a key here and gets its certificate', async () => {
    const got = await outcome('issued', client().enroll(enroll({ privateKeyPem: undefined })));
    const certificate = new X509Certificate(got.certificatePem);
    expect(certificate.checkPrivateKey(createPrivateKey(got.privateKeyPem))).toBe(true);
    expect(certificate.subject).toBe('CN=pump-17');
    expect(decodePem(got.chainPem).map(({ bytes }) => bytes)).toEqual([
      got.certificateDer,
      authority.issuing.certificateDer,
    ]);
  });

  it('§2.3, §3.2.1: signs with a certificate of its own in the name of the subject, and says what RFC 8894 wants', async () => {
    const subjectAltNames = [{ kind: 'dns', value: 'pump-17.example' }] as const;
    const { certificateDer } = await outcome('issued', client().enroll(enroll({ subjectAltNames })));
    expect(subjectAltNamesOf(parseCertificate(certificateDer))).toEqual(subjectAltNames);
    const { message, method } = server.calls.at(-1)!;
    expect(method).toBe('POST');
    expect(message).toMatchObject({ messageType: '19', digest: 'sha256', cipher: 'aes128-CBC' });
    const { signer, request, transactionId, senderNonce } = message!;
    expect(formatName(signer.subject)).toBe('CN=pump-17');
    expect(signer.subject.der).toEqual(request?.subject.der);
    expect(signer.subjectPublicKeyInfoDer).toEqual(request?.subjectPublicKeyInfoDer);
    expect(request?.challengePassword).toBe('k7q2mzpa');
    expect(transactionId).toBe(toHex(sha256(signer.subjectPublicKeyInfoDer)));
    expect(senderNonce).toHaveLength(16);
  });

  it('a request sent again is the same transaction with another nonce', async () => {
    const scep = client();
    await scep.enroll(enroll());
    await scep.enroll(enroll());
    const [first, second] = server.calls.flatMap(({ message }) => message ?? []);
    expect(second?.transactionId).toBe(first?.transactionId);
    expect(second?.senderNonce).not.toEqual(first?.senderNonce);
    expect(server.calls.map(({ operation }) => operation)).toEqual([
      'GetCACert',
      'GetCACaps',
      'PKIOperation',
      'PKIOperation',
    ]);
  });

  it.each(['ec-p256', 'ed25519'] as const)(
    'an %s key is refused with the reason, before anything is sent',
    async (keyAlgorithm) => {
      const refusal = client().enroll(enroll({ privateKeyPem: undefined, keyAlgorithm }));
      await expect(refusal).rejects.toEqual(code('keyNotUsable'));
      await expect(refusal).rejects.toThrow('takes RSA');
      expect(server.calls).toEqual([]);
    },
  );

  it('an EC key given, a key that is none, and no subject are refused too', async () => {
    const { privateKeyPem: ecKey } = await authority.issue();
    await expect(client().enroll(enroll({ privateKeyPem: ecKey }))).rejects.toEqual(code('keyNotUsable'));
    await expect(client().enroll(enroll({ privateKeyPem: 'pump.key' }))).rejects.toEqual(code('keyNotUsable'));
    await expect(client().enroll(enroll({ subject: [] }))).rejects.toEqual(code('subjectMissing'));
  });

  it('a FAILURE tells what the server told, and not the challenge', async () => {
    const refused = await outcome('refused', client().enroll(enroll({ challenge: 'wrong' })));
    expect(refused).toMatchObject({ failInfo: 'badRequest', failInfoText: 'The challenge is wrong.' });
    expect(JSON.stringify(refused)).not.toContain('wrong"');
  });

  it('a FAILURE without failInfoText, or with a failInfo that nobody knows, is one all the same', async () => {
    server.alter = () => ({ pkiStatus: '2', failInfo: '0', content: undefined });
    expect(await client().enroll(enroll())).toMatchObject({ failInfo: 'badAlg', failInfoText: undefined });
    server.alter = () => ({ pkiStatus: '2', failInfo: '77', content: undefined });
    expect(await client().enroll(enroll())).toMatchObject({ kind: 'refused', failInfo: undefined });
  });
});

describe('what the server can do', () => {
  const last = () => server.calls.at(-1)!;

  it('no POSTPKIOperation: GET with base64 whose + / = are escaped (RFC 8894 §4.1)', async () => {
    server.caps = 'AES\nSHA-256\n';
    await outcome('issued', client().enroll(enroll()));
    expect(last().method).toBe('GET');
    expect(last().query).toMatch(/^operation=PKIOperation&message=[A-Za-z0-9%]+$/);
  });

  it.each([
    ['SCEPStandard alone is AES, SHA-256 and POST', 'SCEPStandard', {}, 'aes128-CBC', 'sha256', 'POST'],
    ['AES with 256 bits where the caller says so', 'SCEPStandard', { aesBits: 256 }, 'aes256-CBC', 'sha256', 'POST'],
    ['triple DES only without AES', 'DES3\nSHA-256\nPOSTPKIOperation', {}, 'des-ede3-cbc', 'sha256', 'POST'],
    ['SHA-512 without SHA-256', 'AES\nSHA-512\nPOSTPKIOperation', {}, 'aes128-CBC', 'sha512', 'POST'],
    ['SHA-1 where the caller allows it', 'AES\nSHA-1', { allowSha1: true }, 'aes128-CBC', 'sha1', 'GET'],
    ['SHA-256 even where SHA-1 is allowed', 'AES\nSHA-1\nSHA-256', { allowSha1: true }, 'aes128-CBC', 'sha256', 'GET'],
  ] as const)('%s', async (_, caps, options, cipher, digest, method) => {
    server.caps = caps;
    await outcome('issued', client(options).enroll(enroll()));
    expect(last()).toMatchObject({ method, message: { cipher, digest } });
  });

  it.each([
    ['SHA-1 that the caller did not allow', 'AES\nDES3\nSHA-1\n'],
    ['neither AES nor DES3', 'SHA-256\nPOSTPKIOperation\n'],
    ['nothing', ''],
  ])('%s: nothing is sent', async (_, caps) => {
    server.caps = caps;
    await expect(client().enroll(enroll())).rejects.toEqual(code('algorithmNotSupported'));
    expect(last().operation).toBe('GetCACaps');
  });
});

describe('answers that are not believed', () => {
  type Alteration = [
    string,
    string,
    (honest: CertRepFields) => Partial<CertRepFields> | Promise<Partial<CertRepFields>>,
  ];
  const other = (certificateDer: Uint8Array): Uint8Array => encodeCertsOnly([certificateDer]);
  const alterations: Alteration[] = [
    ['signed by a device of the same CA', 'signatureInvalid', () => ({ signedBy: device })],
    ['signed by the RA of another CA', 'signatureInvalid', async () => ({ signedBy: await createRa(foreign) })],
    [
      'signed by another key in the name of the RA',
      'signatureInvalid',
      () => ({ signedBy: { certificate: ra.certificate, privateKey: device.privateKey } }),
    ],
    ['signed with SHA-1', 'algorithmNotSupported', () => ({ digest: 'sha1' })],
    ['of another transaction', 'wrongTransaction', () => ({ transactionId: 'ab'.repeat(32) })],
    ['with another nonce', 'wrongNonce', () => ({ recipientNonce: new Uint8Array(randomBytes(16)) })],
    ['without a nonce', 'wrongNonce', () => ({ recipientNonce: undefined })],
    ['that are a request', 'malformedAnswer', () => ({ messageType: '19' })],
    ['with an unknown pkiStatus', 'malformedAnswer', () => ({ pkiStatus: '1' })],
    ['of success without content', 'malformedAnswer', () => ({ content: undefined })],
    ['encrypted for somebody else', 'undecryptable', () => ({ encryptedFor: ra.certificate })],
    [
      'encrypted for the right name with another key',
      'undecryptable',
      ({ encryptedFor }) => ({
        encryptedFor: { ...encryptedFor, subjectPublicKeyInfoDer: ra.certificate.subjectPublicKeyInfoDer },
      }),
    ],
    ['that enclose no message', 'malformedAnswer', () => ({ content: Uint8Array.of(1, 2, 3) })],
    ['with no certificate', 'wrongCertificate', () => ({ content: encodeCertsOnly([]) })],
    [
      'with a certificate for another key',
      'wrongCertificate',
      async () => ({ content: other((await authority.issue()).certificateDer) }),
    ],
    [
      'with a certificate of another CA',
      'wrongCertificate',
      async ({ encryptedFor }) => ({
        content: other((await foreign.certify(encryptedFor.subjectPublicKeyInfoDer)).der),
      }),
    ],
    [
      'with the certificate that the device made itself',
      'wrongCertificate',
      ({ encryptedFor }) => ({ content: other(encryptedFor.der) }),
    ],
    ['with a damaged certificate', 'malformedAnswer', () => ({ content: encodeCertsOnly([Uint8Array.of(0x30, 0)]) })],
  ];

  it.each(alterations)('%s: %s', async (_, expected, alter) => {
    server.alter = alter;
    const refusal = await client()
      .enroll(enroll())
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ScepError);
    expect(refusal).toEqual(code(expected));
    expect(String(refusal)).not.toContain('k7q2mzpa');
  });

  it('PENDING and FAILURE are not believed of somebody else either', async () => {
    for (const pkiStatus of ['2', '3']) {
      server.alter = () => ({ pkiStatus, content: undefined, signedBy: device });
      await expect(client().enroll(enroll())).rejects.toEqual(code('signatureInvalid'));
    }
  });

  it('SHA-1 is, where the caller allows it', async () => {
    server.alter = () => ({ digest: 'sha1' });
    await outcome('issued', client({ allowSha1: true }).enroll(enroll()));
  });

  it('a CA in the answer counts when the trusted one vouches for it, and only then', async () => {
    const certifiedBelow = async (root: TestCa, spkiDer: Uint8Array): Promise<Uint8Array> => {
      const { signer, certificate } = await certifyCa(root, 'Below CA');
      const leaf = await certify({ signer, subjectDer: certificate.subject.der }, 'pump-17', spkiDer, []);
      return encodeCertsOnly([leaf.der, certificate.der]);
    };
    server.alter = async ({ encryptedFor }) => ({
      content: await certifiedBelow(authority.root, encryptedFor.subjectPublicKeyInfoDer),
    });
    const { chainPem } = await outcome('issued', client().enroll(enroll()));
    expect(decodePem(chainPem)).toHaveLength(2);
    server.alter = async ({ encryptedFor }) => ({
      content: await certifiedBelow(foreign.root, encryptedFor.subjectPublicKeyInfoDer),
    });
    await expect(client().enroll(enroll())).rejects.toEqual(code('wrongCertificate'));
  });
});

describe('what is no answer', () => {
  it.each([
    ['garbage', 'malformedAnswer', { body: '<html>Sign in</html>' }],
    ['nothing', 'malformedAnswer', { body: '' }],
    ['a certificate', 'malformedAnswer', { body: encodeCertsOnly([]) }],
    ['a redirect', 'httpStatus', { status: 302, headers: { Location: 'http://elsewhere.example/' } }],
    ['an error', 'httpStatus', { status: 503 }],
  ] as const)('%s: %s', async (_, expected, reply) => {
    for (const operation of ['GetCACert', 'PKIOperation']) {
      server.override = (asked) => (asked === operation ? reply : undefined);
      await expect(client().enroll(enroll())).rejects.toEqual(code(expected));
    }
  });

  it('an HTTP status comes with what the server says in plain text', async () => {
    server.override = () => ({ status: 404, headers: { 'Content-Type': 'text/plain' }, body: 'No such label.' });
    await expect(client().getCaCaps()).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining('No such label.'),
    });
  });

  it('more than a megabyte is not read', async () => {
    server.override = (operation) =>
      operation === 'PKIOperation' ? { body: new Uint8Array(1024 * 1024 + 1) } : undefined;
    await expect(client().enroll(enroll())).rejects.toEqual(code('answerTooLarge'));
  });

  it.each(['never begins', 'never ends'])('a server that %s is not waited for', async (which) => {
    server.override = (operation, response) => {
      if (operation !== 'PKIOperation') return undefined;
      if (which === 'never ends') response.writeHead(200).write('0');
      return 'taken';
    };
    const before = Date.now();
    await expect(client({ timeoutSeconds: 0.3 }).enroll(enroll())).rejects.toEqual(code('unreachable'));
    expect(Date.now() - before).toBeLessThan(10_000);
  });

  it('nobody there; no URL', async () => {
    await expect(client({ url: 'http://127.0.0.1:9/scep' }).getCaCaps()).rejects.toEqual(code('unreachable'));
    for (const url of ['ftp://ca.example/scep', 'ca.example'])
      expect(() => client({ url })).toThrow(code('urlInvalid'));
  });
});

describe('poll (RFC 8894 §3.3.3)', () => {
  it('asks in the same transaction until the certificate is there', async () => {
    server.holding = true;
    const pending = await outcome('pending', client().enroll(enroll()));
    const again = await outcome('pending', client().poll(pending));
    expect(again).toEqual(pending);
    server.holding = false;
    const got = await outcome('issued', client().poll(again));
    expect(got.privateKeyPem).toBe(privateKeyPem);
    const messages = server.calls.flatMap(({ message }) => message ?? []);
    expect(messages.map(({ messageType }) => messageType)).toEqual(['19', '20', '20']);
    expect(new Set(messages.map(({ transactionId }) => transactionId)).size).toBe(1);
    expect(new Set(messages.map(({ signer }) => toHex(signer.der))).size).toBe(1);
  });

  it('is told when to ask again and what the operator looks for, where the server says so', async () => {
    server.holding = true;
    expect(await client().enroll(enroll())).toMatchObject({ retryAfterSeconds: undefined, attemptId: undefined });
    server.fields = { 'Retry-After': '300', 'Touchmark-Attempt': '0195f3ab-7c2e-7d3f' };
    const said = { kind: 'pending', retryAfterSeconds: 300, attemptId: '0195f3ab-7c2e-7d3f' };
    expect(await client().enroll(enroll())).toMatchObject(said);
    server.fields = { 'Retry-After': 'soon', 'Touchmark-Attempt': '"; rm -rf /' };
    expect(await client().enroll(enroll())).toMatchObject({ retryAfterSeconds: undefined, attemptId: undefined });
  });

  it('may be refused', async () => {
    server.holding = true;
    const pending = await outcome('pending', client().enroll(enroll()));
    server.alter = () => ({ pkiStatus: '2', failInfo: '2', failInfoText: 'Not this one.', content: undefined });
    expect(await client().poll(pending)).toMatchObject({ kind: 'refused', failInfoText: 'Not this one.' });
  });
});

describe('renew (RFC 8894 §2.5)', () => {
  it.each([
    ['RenewalReq', '17', 'SCEPStandard\nRenewal\n'],
    ['PKCSReq where the server does not name Renewal', '19', 'SCEPStandard\n'],
  ])('signs a %s with the old certificate, for a new key and the same names', async (_, messageType, caps) => {
    server.caps = caps;
    const scep = client();
    const subjectAltNames = [{ kind: 'dns', value: 'pump-17.example' }] as const;
    const first = await outcome('issued', scep.enroll(enroll({ subjectAltNames })));
    const second = await outcome('issued', scep.renew(first));
    const { message } = server.calls.at(-1)!;
    expect(message?.messageType).toBe(messageType);
    expect(message?.signer.der).toEqual(first.certificateDer);
    expect(message?.request?.challengePassword).toBeUndefined();
    expect(message?.transactionId).toBe(toHex(sha256(parseCertificate(second.certificateDer).subjectPublicKeyInfoDer)));
    expect(second.privateKeyPem).not.toBe(first.privateKeyPem);
    expect(formatName(parseCertificate(second.certificateDer).subject)).toBe('CN=pump-17');
    expect(subjectAltNamesOf(parseCertificate(second.certificateDer))).toEqual(subjectAltNames);
  });

  it('a pending renewal is polled with the old key and brings the certificate of the new one', async () => {
    const first = await outcome('issued', client().enroll(enroll()));
    server.holding = true;
    const pending = await outcome('pending', client().renew(first));
    expect(pending.signerPrivateKeyPem).toBe(first.privateKeyPem);
    server.holding = false;
    const got = await outcome('issued', client().poll(pending));
    expect(got.privateKeyPem).toBe(pending.privateKeyPem);
    expect(got.privateKeyPem).not.toBe(first.privateKeyPem);
  });

  it('not with the old key again, nor with one that is not of the certificate', async () => {
    const certificatePem = encodePem('CERTIFICATE', device.certificate.der);
    const renewal = { certificatePem, privateKeyPem };
    await expect(client().renew({ ...renewal, newPrivateKeyPem: privateKeyPem })).rejects.toEqual(code('keyNotUsable'));
    const strange = { certificatePem: encodePem('CERTIFICATE', ra.certificate.der), privateKeyPem };
    await expect(client().renew(strange)).rejects.toEqual(code('keyNotUsable'));
    await expect(client().renew({ ...renewal, certificatePem: '' })).rejects.toEqual(code('certificateNotUsable'));
    expect(server.calls).toEqual([]);
  });
});

describe('GetCert and GetCRL (RFC 8894 §3.3.4)', () => {
  it('fetches a certificate by its serial number', async () => {
    const scep = client();
    const first = await outcome('issued', scep.enroll(enroll()));
    const { serialNumberHex } = parseCertificate(first.certificateDer);
    const got = await scep.getCertificate({ ...first, serialNumberHex });
    expect(got).toEqual({ certificateDer: first.certificateDer, certificatePem: first.certificatePem });
    expect(server.calls.at(-1)?.message?.messageType).toBe('21');
  });

  it.each([
    ['with the zero that keeps it positive', '00ff47', '00ff47'],
    ['without it, as openssl prints it', 'FF47', '00ff47'],
    ['with more zeros than needed', '000047', '47'],
    ['of nothing but zeros', '0000', '00'],
  ])('takes a serial number %s', async (_, serialNumberHex, asked) => {
    const certificatePem = encodePem('CERTIFICATE', device.certificate.der);
    const request = { certificatePem, privateKeyPem: device.privateKeyPem, serialNumberHex };
    await expect(client().getCertificate(request)).rejects.toEqual(code('refused'));
    const { messageData } = server.calls.at(-1)!.message!;
    expect(toHex(messageData)).toMatch(new RegExp(`02${(asked.length / 2).toString(16).padStart(2, '0')}${asked}$`));
  });

  it('there is no such certificate: refused; another one: wrongCertificate', async () => {
    const scep = client();
    const first = await outcome('issued', scep.enroll(enroll()));
    const request = { ...first, serialNumberHex: '4711' };
    await expect(scep.getCertificate(request)).rejects.toMatchObject({ code: 'refused', failInfo: 'badCertId' });
    server.alter = () => ({ pkiStatus: '0', content: encodeCertsOnly([first.certificateDer]) });
    await expect(scep.getCertificate(request)).rejects.toEqual(code('wrongCertificate'));
    server.alter = () => ({ pkiStatus: '3', content: undefined });
    await expect(scep.getCertificate(request)).rejects.toEqual(code('malformedAnswer'));
  });

  it('fetches the CRL of the CA, of any size', async () => {
    const scep = client();
    const first = await outcome('issued', scep.enroll(enroll()));
    const crl = parseCertificateList(await scep.getCrl(first));
    expect(crl.find(parseCertificate(first.certificateDer).serialNumber)?.reason).toBe('superseded');
    const revoked = Array.from({ length: 20_000 }, (_, index) => {
      const serialNumber = Uint8Array.of(0x40, index >> 8, index & 0xff);
      return [serialNumber, 'keyCompromise'] as const;
    });
    const large = await signCrl(authority.issuing, { revoked });
    server.alter = () => ({ content: encodeCertsOnly([], [large]) });
    expect(await scep.getCrl(first)).toEqual(large);
  });

  it('a CRL by another CA is refused', async () => {
    const scep = client();
    const first = await outcome('issued', scep.enroll(enroll()));
    server.alter = async () => ({
      content: encodeCertsOnly([], [await signCrl(authority.issuing, { signedBy: foreign.issuing })]),
    });
    await expect(scep.getCrl(first)).rejects.toEqual(code('wrongCrl'));
  });
});

describe('GetNextCACert (RFC 8894 §4.7)', () => {
  it('brings the CA certificates that the RA signed for', async () => {
    expect(await client().getNextCaCertificates()).toEqual([authority.root.certificateDer]);
  });

  it('is refused when somebody else signed, when nobody did, and when there is none', async () => {
    const next = encodeCertsOnly([foreign.root.certificateDer]);
    server.nextCa = () => signMessage(next, [], device, 'sha256');
    await expect(client().getNextCaCertificates()).rejects.toEqual(code('signatureInvalid'));
    server.nextCa = async () => next;
    await expect(client().getNextCaCertificates()).rejects.toEqual(code('malformedAnswer'));
    server.caps = 'SCEPStandard\n';
    await expect(client().getNextCaCertificates()).rejects.toEqual(code('operationNotSupported'));
  });
});

describeWith(['openssl'], 'openssl cms', () => {
  let directory: string;
  const at = (name: string): string => join(directory, name);
  const openssl = (...words: string[]): Uint8Array =>
    new Uint8Array(execFileSync(requiredProgram('openssl'), words, { stdio: ['ignore', 'pipe', 'pipe'] }));
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'touchmark-scep-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it.each([
    ['AES and SHA-256', 'SCEPStandard\n'],
    ['triple DES and SHA-512', 'DES3\nSHA-512\nPOSTPKIOperation\n'],
  ])('verifies and decrypts a request with %s', async (_, caps) => {
    server.caps = caps;
    await outcome('issued', client().enroll(enroll()));
    const { body, message } = server.calls.at(-1)!;
    writeFileSync(at('message'), body);
    writeFileSync(at('ra.key'), ra.privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
    openssl('cms', '-verify', '-noverify', '-inform', 'DER', '-in', at('message'), '-binary', '-out', at('envelope'));
    openssl('cms', '-decrypt', '-inform', 'DER', '-in', at('envelope'), '-inkey', at('ra.key'), '-out', at('request'));
    expect(new Uint8Array(readFileSync(at('request')))).toEqual(message?.messageData);
    expect(openssl('req', '-inform', 'DER', '-in', at('request'), '-verify', '-noout')).toHaveLength(0);
  });

  it('writes an answer in BER with indefinite lengths, and it is read', async () => {
    server.alter = ({ content, encryptedFor }) => {
      writeFileSync(at('content'), content!);
      writeFileSync(at('device.pem'), encodePem('CERTIFICATE', encryptedFor.der));
      const words = ['-encrypt', '-binary', '-stream', '-indef', '-aes128', '-outform', 'DER', '-in', at('content')];
      return { envelope: openssl('cms', ...words, at('device.pem')) };
    };
    await outcome('issued', client().enroll(enroll()));
  });
});
