import { createPrivateKey, X509Certificate } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodePem, encodePem, toBase64, toHex } from '@touchmark/asn1';
import { sha256 } from '@touchmark/crypto';
import { createTestAuthority } from '@touchmark/testkit';
import type { TestAuthority } from '@touchmark/testkit';
import { formatName, parseCertificate, subjectAltNamesOf } from '@touchmark/x509';
import { EstClient, EstError } from '../src/index.ts';
import type { EnrollOutcome, EnrollRequest } from '../src/index.ts';
import { certsOnlyReply, startEstServer } from './support/est-server.ts';
import type { EstReply, TestEstServer } from './support/est-server.ts';

let authority: TestAuthority;
let server: TestEstServer;
let rootFingerprint: string;
let roots: string;

beforeAll(async () => {
  authority = await createTestAuthority();
  rootFingerprint = toHex(sha256(authority.root.certificateDer));
  roots = encodePem('CERTIFICATE', authority.root.certificateDer);
});
beforeEach(async () => {
  server = await startEstServer(authority);
});
afterEach(() => server.close());

const client = (): EstClient => new EstClient({ url: server.url, rootFingerprint });
const request: EnrollRequest = {
  credentials: { secret: 'k7q2mzpa', userName: 'pump-17' },
  subject: [{ attribute: 'commonName', value: 'pump-17' }],
};

async function issued(promise: Promise<EnrollOutcome>): Promise<Extract<EnrollOutcome, { kind: 'issued' }>> {
  const outcome = await promise;
  if (outcome.kind !== 'issued') throw new Error('pending');
  return outcome;
}

describe('cacerts: explicit trust', () => {
  it.each([
    ['a fingerprint', () => ({ rootFingerprint })],
    [
      'a fingerprint with colons, in capitals',
      () => ({ rootFingerprint: rootFingerprint.toUpperCase().replaceAll(/(..)(?=.)/g, '$1:') }),
    ],
    ['the PEM of the root', () => ({ roots })],
  ])('by %s', async (_, trust) => {
    const caCerts = await new EstClient({ url: server.url, ...trust() }).cacerts();
    expect(caCerts.rootsPem).toBe(roots);
    expect(caCerts.certificatesDer.map(toHex).toSorted()).toEqual(authority.chainDer.map(toHex).toSorted());
  });

  it('refuses a server without the root of that fingerprint, and sends it no secret', async () => {
    const est = new EstClient({ url: server.url, rootFingerprint: '00'.repeat(32) });
    await expect(est.simpleEnroll(request)).rejects.toMatchObject({ code: 'rootNotFound' });
    expect(server.calls.map(({ operation, authorization }) => [operation, authorization])).toEqual([
      ['cacerts', undefined],
    ]);
  });

  it('leaves out certificates that the root does not vouch for', async () => {
    const foreign = await createTestAuthority();
    server.close();
    server = await startEstServer(authority, [...foreign.chainDer, ...authority.chainDer]);
    const { certificatesDer, rootsPem } = await client().cacerts();
    expect(certificatesDer).toHaveLength(2);
    expect(rootsPem).toBe(roots);
  });

  it('an impostor that shows the right root, but has no certificate under it, gets no secret', async () => {
    const impostor = await startEstServer(await createTestAuthority({ name: 'Impostor' }), authority.chainDer);
    try {
      const est = new EstClient({ url: impostor.url, rootFingerprint });
      await expect(est.simpleEnroll(request)).rejects.toMatchObject({ code: 'unreachable' });
      expect(impostor.calls.map(({ operation }) => operation)).toEqual(['cacerts']);
    } finally {
      impostor.close();
    }
  });

  it('with a PEM root, a foreign server is not even asked', async () => {
    const impostor = await startEstServer(await createTestAuthority());
    try {
      await expect(new EstClient({ url: impostor.url, roots }).cacerts()).rejects.toMatchObject({
        code: 'unreachable',
      });
      expect(impostor.calls).toEqual([]);
    } finally {
      impostor.close();
    }
  });

  it('https only', () => {
    expect(() => new EstClient({ url: 'http://ca.example/.well-known/est', rootFingerprint })).toThrow(TypeError);
  });
});

describe('simpleEnroll', () => {
  it.each(['ec-p256', 'ec-p384', 'rsa-2048', 'ed25519', 'ml-dsa-44'] as const)(
    'makes an %s key here and gets its certificate',
    async (keyAlgorithm) => {
      const outcome = await issued(client().simpleEnroll({ ...request, keyAlgorithm }));
      const certificate = new X509Certificate(outcome.certificatePem);
      expect(certificate.checkPrivateKey(createPrivateKey(outcome.privateKeyPem))).toBe(true);
      expect(certificate.subject).toBe('CN=pump-17');
      const [call] = server.calls.filter(({ operation }) => operation === 'simpleenroll');
      expect(call?.authorization).toBe(`Basic ${Buffer.from('pump-17:k7q2mzpa').toString('base64')}`);
    },
  );

  it('the chain has the issuing CA and not the root', async () => {
    const { chainPem, certificateDer } = await issued(client().simpleEnroll(request));
    expect(decodePem(chainPem).map(({ bytes }) => toHex(bytes))).toEqual([
      toHex(certificateDer),
      toHex(authority.issuing.certificateDer),
    ]);
  });

  it('asks for names', async () => {
    const { certificateDer } = await issued(
      client().simpleEnroll({ ...request, subjectAltNames: [{ kind: 'dns', value: 'pump-17.plant.example' }] }),
    );
    expect(subjectAltNamesOf(parseCertificate(certificateDer))).toEqual([
      { kind: 'dns', value: 'pump-17.plant.example' },
    ]);
  });

  it('RFC 7030 §4.2.3 pending: when to ask again, and with which key', async () => {
    server.override = async ({ operation }) =>
      operation === 'simpleenroll'
        ? { status: 202, headers: { 'Retry-After': '17', 'Touchmark-Attempt': 'a1' } }
        : undefined;
    const est = client();
    const pending = await est.simpleEnroll(request);
    expect(pending).toMatchObject({ kind: 'pending', retryAfterSeconds: 17, attemptId: 'a1' });
    server.override = undefined;
    const outcome = await issued(est.simpleEnroll({ ...request, privateKeyPem: pending.privateKeyPem }));
    expect(outcome.privateKeyPem).toBe(pending.privateKeyPem);
    const [first, second] = server.calls.filter(({ operation }) => operation === 'simpleenroll');
    expect(second?.request?.subjectPublicKeyInfoDer).toEqual(first?.request?.subjectPublicKeyInfoDer);
  });

  it('a refusal tells what the server told', async () => {
    server.override = async ({ operation }) =>
      operation === 'simpleenroll'
        ? {
            status: 403,
            headers: {
              'Touchmark-Reason': 'secretExpired',
              'Touchmark-Attempt': '0190-1',
              'Content-Type': 'text/plain',
            },
            body: 'The secret has expired.',
          }
        : undefined;
    const refusal = await client()
      .simpleEnroll(request)
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(EstError);
    expect(refusal).toMatchObject({
      code: 'refused',
      status: 403,
      reason: 'secretExpired',
      attemptId: '0190-1',
      message: expect.stringContaining('The secret has expired.'),
    });
    expect(String(refusal)).not.toContain('k7q2mzpa');
  });

  const bad: readonly [string, string, () => Promise<EstReply>][] = [
    [
      'a certificate for another key',
      'wrongCertificate',
      async () => certsOnlyReply([(await authority.issue()).certificateDer]),
    ],
    ['no certificate', 'wrongCertificate', async () => certsOnlyReply([])],
    ['what is not base64', 'malformedAnswer', async () => ({ status: 200, body: '<html>' })],
    [
      'base64 of something else',
      'malformedAnswer',
      async () => ({ status: 200, body: toBase64(Uint8Array.of(1, 2, 3)) }),
    ],
    ['a redirect', 'refused', async () => ({ status: 302, headers: { Location: 'https://elsewhere.example/' } })],
  ];
  it.each(bad)('answered with %s: %s', async (_, code, reply) => {
    server.override = async ({ operation }) => (operation === 'simpleenroll' ? reply() : undefined);
    await expect(client().simpleEnroll(request)).rejects.toMatchObject({ code });
  });

  it('a certificate of a CA that the root does not vouch for is refused', async () => {
    const foreign = await createTestAuthority();
    server.override = async ({ operation, request: csr }) =>
      operation === 'simpleenroll' && csr !== undefined
        ? certsOnlyReply([(await foreign.certify(csr.subjectPublicKeyInfoDer)).der])
        : undefined;
    await expect(client().simpleEnroll(request)).rejects.toMatchObject({ code: 'wrongCertificate' });
  });
});

describe('simpleReenroll', () => {
  it('presents the certificate in TLS and keeps subject and names (RFC 7030 §4.2.2)', async () => {
    const est = client();
    const first = await issued(
      est.simpleEnroll({ ...request, subjectAltNames: [{ kind: 'dns', value: 'pump-17.example' }] }),
    );
    const second = await issued(est.simpleReenroll(first));
    const before = parseCertificate(first.certificateDer);
    const after = parseCertificate(second.certificateDer);
    const call = server.calls.at(-1);
    expect(call?.operation).toBe('simplereenroll');
    expect(call?.authorization).toBeUndefined();
    expect(call?.clientSerial).toBe(before.serialNumberHex);
    expect(call?.request?.subject.der).toEqual(before.subject.der);
    expect(formatName(after.subject)).toBe('CN=pump-17');
    expect(subjectAltNamesOf(after)).toEqual([{ kind: 'dns', value: 'pump-17.example' }]);
    expect(second.privateKeyPem).not.toBe(first.privateKeyPem);
  });

  it('with the same key when rekey is false', async () => {
    const est = client();
    const first = await issued(est.simpleEnroll(request));
    const second = await issued(est.simpleReenroll({ ...first, rekey: false }));
    expect(parseCertificate(second.certificateDer).subjectPublicKeyInfoDer).toEqual(
      parseCertificate(first.certificateDer).subjectPublicKeyInfoDer,
    );
  });
});

describe('csrattrs', () => {
  it('is what the server wants, in DER', async () => {
    expect(toHex((await client().csrattrs()) ?? new Uint8Array())).toBe('300b06092a864886f70d010907');
  });

  it.each([204, 404])('undefined on %i (RFC 7030 §4.5.2)', async (status) => {
    server.override = async ({ operation }) => (operation === 'csrattrs' ? { status } : undefined);
    expect(await client().csrattrs()).toBeUndefined();
  });
});

it('nobody there: unreachable', async () => {
  const est = new EstClient({ url: 'https://127.0.0.1:9/.well-known/est', rootFingerprint });
  await expect(est.cacerts()).rejects.toMatchObject({ code: 'unreachable' });
});
