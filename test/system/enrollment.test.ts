/** EST in the small, over real TLS sockets: paths, forms of bodies, answers to the octet, renewal, retries, channel binding. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { der, rfc5480 } from '@touchmark/asn1';
import { EstClient } from '@touchmark/client';
import { commonNameOf, formatName } from '@touchmark/x509';
import { buildCertificationRequest } from '@touchmark/testkit';
import type { TestRequest } from '@touchmark/testkit';
import { Administrator } from '../support/administrator.ts';
import {
  askEst,
  askEstOctets,
  basic,
  certificateIn,
  certificatesIn,
  encodeRequest,
  enrollDevice,
  enrolled,
  newDeviceName,
  toBase64Lines,
} from '../support/est-request.ts';
import type { EnrolledDevice, EstRequest } from '../support/est-request.ts';
import { EstSocket } from '../support/est-socket.ts';
import type { ClientCredential, WireAnswer } from '../support/est-socket.ts';
import { startTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

let touchmark: Touchmark;
let admin: Administrator;

beforeAll(async () => {
  touchmark = await startTouchmark();
  admin = new Administrator(touchmark);
}, 120_000);

afterAll(async () => {
  admin?.close();
  await touchmark?.dispose();
});

const ask = (request: EstRequest): Promise<WireAnswer> => askEst(touchmark, request);
const newSecret = async (deviceId?: string): Promise<string> =>
  (await admin.createSecret(deviceId === undefined ? {} : { deviceId })).secret;
const enroll = async (): Promise<EnrolledDevice> => enrollDevice(touchmark, await newSecret());
const get = (path: string): Promise<WireAnswer> => ask({ method: 'GET', path: `/.well-known/est/${path}` });
const renew = (client: ClientCredential, request: TestRequest, operation = 'simplereenroll'): Promise<WireAnswer> =>
  ask({ operation, client, body: request.certificationRequestDer });
const attemptOf = async (answer: WireAnswer) => admin.attempt(answer.field('Touchmark-Attempt') ?? '');

/** The head of an answer with what differs from answer to answer blanked out. */
function headOf({ head }: WireAnswer): string[] {
  return head
    .replace(/^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/m, 'Date: …')
    .replace(/^Touchmark-Attempt: [0-9a-f-]{36}$/m, 'Touchmark-Attempt: …')
    .split('\r\n');
}

/** What holds for every answer: PROTOCOLS, "Responses that every tested client can read". */
function expectReadableByAll(answer: WireAnswer): void {
  expect(answer.fields.length).toBeLessThan(16);
  expect(answer.head.length).toBeLessThan(1024);
  expect(answer.records).toBe(1);
  expect(answer.field('Transfer-Encoding')).toBeUndefined();
  for (const [name] of answer.fields) expect(name).toMatch(/^(?:[A-Z][a-z]*)(?:-[A-Z][a-z]*)*$|^WWW-Authenticate$/);
}

function expectBase64Lines(body: Buffer): void {
  expect(body.toString('latin1')).toMatch(/^(?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{1,64}={0,2}\n$/);
}

describe('cacerts', () => {
  it.each(['factory/cacerts', 'cacerts', 'factory/cacerts/', 'cacerts/'])(
    '%s has the issuing CA and the root',
    async (path) => {
      const answer = await get(path);
      const [issuing, root, ...others] = certificatesIn(answer);
      expect(others).toEqual([]);
      expect([commonNameOf(issuing!.subject), commonNameOf(root!.subject)]).toEqual([
        'Touchmark Issuing CA',
        'Touchmark Root CA',
      ]);
      expect(issuing!.issuer.der).toEqual(root!.subject.der);
      expect(root!.issuer.der).toEqual(root!.subject.der);
    },
  );

  it('is answered in the form that every client reads', async () => {
    const answer = await get('factory/cacerts');
    expectReadableByAll(answer);
    expectBase64Lines(answer.body);
    expect(headOf(answer)).toEqual([
      'HTTP/1.1 200 OK',
      'Content-Type: application/pkcs7-mime',
      'Content-Transfer-Encoding: base64',
      `Content-Length: ${answer.body.length}`,
      'Date: …',
      'Connection: keep-alive',
      'Keep-Alive: timeout=15',
    ]);
  });

  it('HEAD has the same fields and no body', async () => {
    const whole = await get('factory/cacerts');
    const socket = await EstSocket.open(touchmark);
    socket.write(encodeRequest({ method: 'HEAD', operation: 'cacerts', fields: { Connection: 'close' } }));
    const answer = await socket.answer(10, false);
    expect(headOf(answer).slice(0, 4)).toEqual(headOf(whole).slice(0, 4));
    await expect(socket.answer(10)).rejects.toThrow('The connection was closed after 0 octets');
  });
});

describe('csrattrs', () => {
  it.each(['factory/csrattrs', 'csrattrs', 'factory/csrattrs/'])(
    '%s asks for the key that the profile prefers',
    async (path) => {
      const answer = await get(path);
      expectReadableByAll(answer);
      expect([answer.status, answer.field('Content-Type')]).toEqual([200, 'application/csrattrs']);
      expect(answer.field('Content-Transfer-Encoding')).toBe('base64');
      const preferred = der.sequence(der.oid(rfc5480['id-ecPublicKey']), der.set(der.oid(rfc5480.secp256r1)));
      expect(Buffer.from(answer.body.toString('latin1'), 'base64')).toEqual(Buffer.from(der.sequence(preferred)));
    },
  );
});

describe('simpleenroll', () => {
  it('is answered with the leaf alone, in the form that every client reads', async () => {
    const commonName = newDeviceName();
    const { certificationRequestDer: body } = await buildCertificationRequest({ commonName });
    const answer = await ask({ secret: await newSecret(), body });
    expectReadableByAll(answer);
    expectBase64Lines(answer.body);
    expect(headOf(answer)).toEqual([
      'HTTP/1.1 200 OK',
      'Content-Type: application/pkcs7-mime; smime-type=certs-only',
      'Content-Transfer-Encoding: base64',
      'Touchmark-Attempt: …',
      `Content-Length: ${answer.body.length}`,
      'Date: …',
      'Connection: keep-alive',
      'Keep-Alive: timeout=15',
    ]);
    const certificate = certificateIn(answer);
    expect(formatName(certificate.subject)).toBe(`CN=${commonName}`);
    const attempt = await attemptOf(answer);
    const [recorded] = await admin.certificatesOf(commonName);
    expect(attempt).toMatchObject({ outcome: 'issued', deviceId: commonName, certificateId: recorded?.id, code: null });
    expect(attempt.steps.filter(({ warning }) => warning)).toEqual([]);
  });

  it('401 has no body, and Basic as its first field', async () => {
    const answer = await ask({ body: (await buildCertificationRequest()).certificationRequestDer });
    expectReadableByAll(answer);
    expect(headOf(answer)).toEqual([
      'HTTP/1.1 401 Unauthorized',
      'WWW-Authenticate: Basic realm="Touchmark"',
      'Touchmark-Attempt: …',
      'Touchmark-Reason: credentialsMissing',
      'Content-Length: 0',
      'Date: …',
      'Connection: keep-alive',
      'Keep-Alive: timeout=15',
    ]);
  });

  it('a client that asks first and authenticates then is served on one connection', async () => {
    const { certificationRequestDer: body } = await buildCertificationRequest({ commonName: newDeviceName() });
    const socket = await EstSocket.open(touchmark);
    try {
      socket.write(encodeRequest({ body }));
      expect((await socket.answer()).status).toBe(401);
      socket.write(encodeRequest({ secret: await newSecret(), body }));
      expect((await socket.answer()).status).toBe(200);
      socket.write(encodeRequest({ method: 'GET', operation: 'cacerts' }));
      expect((await socket.answer()).status).toBe(200);
    } finally {
      socket.close();
    }
  });

  it('Connection: close is honoured at once', async () => {
    const { certificationRequestDer: body } = await buildCertificationRequest({ commonName: newDeviceName() });
    const socket = await EstSocket.open(touchmark);
    socket.write(encodeRequest({ secret: await newSecret(), body, fields: { Connection: 'close' } }));
    const answer = await socket.answer();
    const answeredAt = performance.now();
    expect([answer.status, answer.field('Connection')]).toEqual([200, 'close']);
    await expect(socket.answer(10)).rejects.toThrow('The connection was closed after 0 octets');
    expect(performance.now() - answeredAt).toBeLessThan(8000);
  });

  it('a secret that is bound to a device gives the registered identity, whatever the request says', async () => {
    const { name } = await enroll();
    const secret = await newSecret(name);
    const { certificationRequestDer: body } = await buildCertificationRequest({ commonName: 'another-name' });
    const answer = await ask({ secret, userName: name, body });
    expect(formatName(certificateIn(answer).subject)).toBe(`CN=${name}`);
    const warnings = (await attemptOf(answer)).steps.filter(({ warning }) => warning);
    expect(warnings.map(({ note }) => note)).toEqual([expect.stringContaining('another-name')]);
  });

  it('CA:TRUE, further usages and names in a request do not reach the certificate', async () => {
    const wishes = [
      der.sequence(der.oid('2.5.29.19'), der.boolean(true), der.octetString(der.sequence(der.boolean(true)))),
      der.sequence(der.oid('2.5.29.15'), der.boolean(true), der.octetString(Uint8Array.of(3, 2, 1, 6))),
      der.sequence(der.oid('2.5.29.37'), der.octetString(der.sequence(der.oid('1.3.6.1.5.5.7.3.1')))),
    ];
    const plain = await enroll();
    const greedy = await enrollDevice(touchmark, await newSecret(), {
      extensionsDer: wishes,
      subjectAltNames: [{ kind: 'dns', value: 'www.example.com' }],
    });
    const extensionsOf = ({ certificate }: EnrolledDevice) =>
      certificate.extensions
        .filter(({ oid }) => oid !== '2.5.29.14')
        .map((extension) => Buffer.from(extension.der).toString('hex'));
    expect(extensionsOf(greedy)).toEqual(extensionsOf(plain));
  });
});

describe('one request in every form that clients send', () => {
  let secret: string;
  let requestDer: Uint8Array;
  let expected: string;
  beforeAll(async () => {
    secret = await newSecret();
    requestDer = (await buildCertificationRequest({ commonName: newDeviceName() })).certificationRequestDer;
    expected = (await ask({ secret, body: requestDer })).body.toString('latin1');
  });
  const pem = (label: string, end = '\n'): string =>
    `-----BEGIN ${label}-----${end}${toBase64Lines(requestDer, end)}-----END ${label}-----${end}`;
  const base64 = (): string => Buffer.from(requestDer).toString('base64');

  const forms: readonly (readonly [name: string, warns: boolean, request: () => EstRequest])[] = [
    ['base64 in one line', false, () => ({ body: base64() })],
    ['base64 in one line, ended', false, () => ({ body: `${base64()}\n` })],
    ['base64 in lines of 64 with CRLF', false, () => ({ body: toBase64Lines(requestDer, '\r\n') })],
    ['base64 in lines of 76', false, () => ({ body: base64().replaceAll(/.{76}/g, '$&\n') })],
    ['PEM', false, () => ({ body: pem('CERTIFICATE REQUEST') })],
    ['PEM with CRLF', false, () => ({ body: pem('CERTIFICATE REQUEST', '\r\n') })],
    ['PEM of a NEW CERTIFICATE REQUEST', false, () => ({ body: pem('NEW CERTIFICATE REQUEST') })],
    [
      'PEM with text before it',
      false,
      () => ({ body: `Certificate Request:\n    Data:\n${pem('CERTIFICATE REQUEST')}` }),
    ],
    ['PEM after a byte order mark', true, () => ({ body: `\xef\xbb\xbf${pem('CERTIFICATE REQUEST')}` })],
    ['raw DER', false, () => ({ body: Buffer.from(requestDer).toString('latin1') })],
    [
      'Content-Transfer-Encoding: base64',
      false,
      () => ({ body: base64(), fields: { 'Content-Transfer-Encoding': 'base64' } }),
    ],
    [
      'Content-Transfer-Encoding that is wrong',
      true,
      () => ({ body: base64(), fields: { 'Content-Transfer-Encoding': 'binary' } }),
    ],
    ['no Content-Type', true, () => ({ body: base64(), fields: { 'Content-Type': undefined } })],
    [
      'another Content-Type',
      true,
      () => ({ body: base64(), fields: { 'Content-Type': 'application/x-www-form-urlencoded' } }),
    ],
    [
      'a Content-Type with a parameter',
      false,
      () => ({ body: base64(), fields: { 'Content-Type': 'application/pkcs10; charset=utf-8' } }),
    ],
    ['the path without a label', false, () => ({ body: base64(), path: '/.well-known/est/simpleenroll' })],
    ['a trailing slash', false, () => ({ body: base64(), path: '/.well-known/est/factory/simpleenroll/' })],
    ['a query', false, () => ({ body: base64(), path: '/.well-known/est/factory/simpleenroll?x=1' })],
    ['a user name', false, () => ({ body: base64(), userName: 'line-7' })],
    [
      'basic in small letters',
      false,
      () => ({ body: base64(), fields: { Authorization: basic('', secret).replace('Basic', 'basic') } }),
    ],
    ['the secret in capitals', false, () => ({ body: base64(), secret: secret.toUpperCase() })],
    ['TLS 1.2', false, () => ({ body: base64(), tls: { maxVersion: 'TLSv1.2' } })],
    ['TLS 1.3', false, () => ({ body: base64(), tls: { minVersion: 'TLSv1.3' } })],
  ];
  it.each(forms)('%s', async (_, warns, request) => {
    const answer = await ask({ secret, ...request() });
    expect([answer.status, answer.body.toString('latin1')]).toEqual([200, expected]);
    expect((await attemptOf(answer)).steps.some(({ warning }) => warning)).toBe(warns);
  });

  it('chunked, a few octets in each', async () => {
    const fields = { 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' };
    const chunks = (base64().match(/.{1,50}/g) ?? []).map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);
    const answer = await askEstOctets(
      touchmark,
      `${encodeRequest({ secret, fields }).toString('latin1')}${chunks.join('')}0\r\n\r\n`,
    );
    expect([answer.status, answer.body.toString('latin1')]).toEqual([200, expected]);
  });

  it('HTTP/1.0 without Host, and the connection is closed', async () => {
    const octets = encodeRequest({ secret, body: base64(), fields: { Host: undefined } }).toString('latin1');
    const socket = await EstSocket.open(touchmark);
    socket.write(octets.replace('HTTP/1.1', 'HTTP/1.0'));
    const answer = await socket.answer();
    expect([answer.status, answer.body.toString('latin1')]).toEqual([200, expected]);
    await expect(socket.answer(10)).rejects.toThrow('The connection was closed after 0 octets');
  });

  it('Expect: 100-continue holds the body back until it is asked for', async () => {
    const octets = encodeRequest({ secret, body: base64(), fields: { Expect: '100-continue' } });
    const bodyAt = octets.indexOf('\r\n\r\n') + 4;
    const socket = await EstSocket.open(touchmark);
    try {
      let interim = '';
      socket.tls.once('data', (chunk: Buffer) => (interim = chunk.toString('latin1')));
      socket.write(octets.subarray(0, bodyAt));
      await new Promise((done) => socket.tls.once('data', done));
      expect(interim).toBe('HTTP/1.1 100 Continue\r\n\r\n');
      socket.write(octets.subarray(bodyAt));
      const answer = await socket.answer();
      expect([answer.status, answer.body.toString('latin1')]).toEqual([200, expected]);
    } finally {
      socket.close();
    }
  });
});

describe('a request that is sent again', () => {
  const secretAfter = async (secret: string): Promise<{ uses: number; status: string } | undefined> =>
    (await admin.listSecrets()).find(({ id }) => secret.startsWith(id));

  it('gets the same certificate, and spends the secret once', async () => {
    const { certificationRequestDer: body } = await buildCertificationRequest({ commonName: newDeviceName() });
    const secret = await newSecret();
    const first = await ask({ secret, body });
    const second = await ask({ secret, body });
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.body).toEqual(first.body);
    expect(second.field('Touchmark-Attempt')).not.toBe(first.field('Touchmark-Attempt'));
    expect((await attemptOf(second)).certificateId).toBe((await attemptOf(first)).certificateId);
    expect(await secretAfter(secret)).toMatchObject({ uses: 1, status: 'spent' });
  });

  it('also when it is signed anew and bound to the new connection, as clients do', async () => {
    const commonName = newDeviceName();
    const secret = await newSecret();
    const first = await buildCertificationRequest({ commonName });
    const { privateKey, publicKey } = first;
    const again = await buildCertificationRequest({
      commonName,
      keyPair: { privateKey, publicKey },
      challengePassword: 'made anew',
    });
    expect(again.certificationRequestDer).not.toEqual(first.certificationRequestDer);
    const answers = [
      await ask({ secret, body: first.certificationRequestDer }),
      await ask({ secret, body: again.certificationRequestDer }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers[1]!.body).toEqual(answers[0]!.body);
  });

  it('also fifty times at once', async () => {
    const commonName = newDeviceName();
    const { certificationRequestDer: body } = await buildCertificationRequest({ commonName });
    const secret = await newSecret();
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask({ secret, body })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => answer.body.toString('latin1'))).size).toBe(1);
    expect(await admin.certificatesOf(commonName)).toHaveLength(1);
    expect(await secretAfter(secret)).toMatchObject({ uses: 1 });
    expect(new Set(answers.map((answer) => answer.field('Touchmark-Attempt'))).size).toBe(50);
  }, 60_000);

  it('of fifty different requests with one secret at once, one is granted', async () => {
    const names = Array.from({ length: 50 }, newDeviceName);
    const bodies = await Promise.all(
      names.map(async (commonName) => (await buildCertificationRequest({ commonName })).certificationRequestDer),
    );
    const secret = await newSecret();
    const answers = await Promise.all(bodies.map((body) => ask({ secret, body })));
    const reasons = answers.map((answer) => answer.field('Touchmark-Reason') ?? String(answer.status));
    expect(reasons.toSorted()).toEqual(['200', ...Array.from({ length: 49 }, () => 'secretSpent')]);
    const issued = await Promise.all(names.map((name) => admin.certificatesOf(name)));
    expect(issued.flat()).toHaveLength(1);
  }, 60_000);

  it('of eight requests for one new name, with a secret each, one is granted', async () => {
    const commonName = newDeviceName();
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const { certificationRequestDer: body } = await buildCertificationRequest({ commonName });
        return ask({ secret: await newSecret(), body });
      }),
    );
    const reasons = answers.map((answer) => answer.field('Touchmark-Reason') ?? String(answer.status));
    expect(reasons.toSorted()).toEqual(['200', ...Array.from({ length: 7 }, () => 'deviceAlreadyRegistered')]);
    expect(await admin.certificatesOf(commonName)).toHaveLength(1);
  });

  it('a renewal that is sent again gets the same certificate', async () => {
    const device = await enroll();
    const next = await buildCertificationRequest({ commonName: device.name });
    const answers = await Promise.all([1, 2, 3, 4].map(() => renew(device, next)));
    expect(new Set(answers.map((answer) => answer.body.toString('latin1'))).size).toBe(1);
    expect(await admin.certificatesOf(device.name)).toHaveLength(2);
  });
});

describe('renewal', () => {
  it.each(['simplereenroll', 'simpleenroll'])('%s with the same key: renew', async (operation) => {
    const device = await enroll();
    const answer = await renew(device, device.request, operation);
    expect(answer.status).toBe(200);
    const certificate = certificateIn(answer);
    expect(certificate.subject.der).toEqual(device.certificate.subject.der);
    expect(certificate.subjectPublicKeyInfoDer).toEqual(device.certificate.subjectPublicKeyInfoDer);
    expect(certificate.serialNumber).not.toEqual(device.certificate.serialNumber);
  });

  it.each(['simplereenroll', 'simpleenroll'])(
    '%s with a new key: rekey, and the new certificate renews again',
    async (operation) => {
      const device = await enroll();
      const next = await buildCertificationRequest({ commonName: device.name });
      const answer = await renew(device, next, operation);
      expect(answer.status).toBe(200);
      const renewed = enrolled(device.name, next, certificateIn(answer));
      expect((await renew(renewed, next)).status).toBe(200);
      expect(await admin.certificatesOf(device.name)).toHaveLength(3);
    },
  );

  it('simplereenroll refuses other names than those of the certificate', async () => {
    const device = await enroll();
    const answer = await renew(device, await buildCertificationRequest({ commonName: newDeviceName() }));
    expect([answer.status, answer.field('Touchmark-Reason')]).toEqual([400, 'renewalNamesDiffer']);
  });

  it('simpleenroll with a certificate takes the registered name, whatever the request says', async () => {
    const device = await enroll();
    const answer = await renew(
      device,
      await buildCertificationRequest({ commonName: newDeviceName() }),
      'simpleenroll',
    );
    expect(formatName(certificateIn(answer).subject)).toBe(`CN=${device.name}`);
  });

  it('a certificate and a secret at once: the secret decides', async () => {
    const device = await enroll();
    const commonName = newDeviceName();
    const { certificationRequestDer: body } = await buildCertificationRequest({ commonName });
    const answer = await ask({ client: device, secret: await newSecret(), body });
    expect(formatName(certificateIn(answer).subject)).toBe(`CN=${commonName}`);
  });

  it('works over TLS 1.2 too', async () => {
    const device = await enroll();
    const body = device.request.certificationRequestDer;
    const answer = await ask({ operation: 'simplereenroll', client: device, body, tls: { maxVersion: 'TLSv1.2' } });
    expect(answer.status).toBe(200);
  });
});

describe('after a revocation', () => {
  const reasonOf = (answer: WireAnswer): readonly unknown[] => [answer.status, answer.field('Touchmark-Reason')];

  it('the certificate renews nothing, also on a connection that was open before', async () => {
    const device = await enroll();
    const socket = await EstSocket.open(touchmark, device);
    try {
      const request = encodeRequest({ operation: 'simplereenroll', body: device.request.certificationRequestDer });
      socket.write(request);
      expect((await socket.answer()).status).toBe(200);
      await admin.revoke(device.serialNumberHex);
      socket.write(request);
      expect(reasonOf(await socket.answer())).toEqual([403, 'certificateRevoked']);
    } finally {
      socket.close();
    }
    const next = await buildCertificationRequest({ commonName: device.name });
    expect(reasonOf(await renew(device, next))).toEqual([403, 'certificateRevoked']);
    expect(reasonOf(await renew(device, next, 'simpleenroll'))).toEqual([403, 'certificateRevoked']);
  });

  it('the request that it was issued for gets it no more', async () => {
    const commonName = newDeviceName();
    const secret = await newSecret();
    const { certificationRequestDer: body } = await buildCertificationRequest({ commonName });
    const certificate = certificateIn(await ask({ secret, body }));
    await admin.revoke(Buffer.from(certificate.serialNumber).toString('hex'));
    expect(reasonOf(await ask({ secret, body }))).toEqual([403, 'certificateRevoked']);
  });

  it('a key that was compromised authenticates nothing, by no other certificate for it either', async () => {
    const device = await enroll();
    const renewed = certificateIn(await renew(device, device.request));
    await admin.revoke(Buffer.from(renewed.serialNumber).toString('hex'), 'keyCompromise');
    expect(reasonOf(await renew(device, device.request))).toEqual([403, 'keyBlocked']);
    const next = await buildCertificationRequest({ commonName: device.name });
    expect(reasonOf(await renew(device, next))).toEqual([403, 'keyBlocked']);
    expect(reasonOf(await renew(device, next, 'simpleenroll'))).toEqual([403, 'keyBlocked']);
  });

  it('a secret that is bound to the device, and a new key, begin anew', async () => {
    const device = await enroll();
    await admin.revoke(device.serialNumberHex, 'keyCompromise');
    const again = await enrollDevice(touchmark, await newSecret(device.name), { commonName: device.name });
    expect(again.name).toBe(device.name);
  });
});

describe('channel binding', () => {
  const bound = async (version: 'TLSv1.2' | 'TLSv1.3', binding: (socket: EstSocket) => Buffer): Promise<WireAnswer> => {
    const socket = await EstSocket.open(touchmark, undefined, { minVersion: version, maxVersion: version });
    try {
      const fields = { commonName: newDeviceName(), challengePassword: binding(socket).toString('base64') };
      const { certificationRequestDer: body } = await buildCertificationRequest(fields);
      socket.write(encodeRequest({ secret: await newSecret(), body }));
      return await socket.answer();
    } finally {
      socket.close();
    }
  };
  /** RFC 5929 §3.1: the first Finished message, which the client sends. */
  const tlsUnique = ({ tls }: EstSocket): Buffer => tls.getFinished()!;
  /** RFC 9266 §4.2. */
  const tlsExporter = ({ tls }: EstSocket): Buffer =>
    tls.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
  const spoilt = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte, index) => (index === 0 ? byte ^ 1 : byte)));

  it.each([
    ['tls-unique', 'TLSv1.2', tlsUnique],
    ['tls-exporter', 'TLSv1.3', tlsExporter],
  ] as const)('%s over %s is accepted, and noted', async (_, version, binding) => {
    const answer = await bound(version, binding);
    expect(answer.status).toBe(200);
    const notes = (await attemptOf(answer)).steps.map(({ note }) => note);
    expect(notes).toContain('the request is bound to its TLS connection');
  });

  it.each([
    ['a wrong tls-unique', 'TLSv1.2', (socket: EstSocket) => spoilt(tlsUnique(socket))],
    ['the Finished of the server', 'TLSv1.2', ({ tls }: EstSocket) => tls.getPeerFinished()!],
    ['a wrong tls-exporter', 'TLSv1.3', (socket: EstSocket) => spoilt(tlsExporter(socket))],
  ] as const)('%s is refused', async (_, version, binding) => {
    const answer = await bound(version, binding);
    expect([answer.status, answer.field('Touchmark-Reason')]).toEqual([400, 'channelBindingMismatch']);
  });

  it('a binding of another connection is refused', async () => {
    const other = await EstSocket.open(touchmark);
    const answer = await bound('TLSv1.3', () => tlsExporter(other));
    other.close();
    expect([answer.status, answer.field('Touchmark-Reason')]).toEqual([400, 'channelBindingMismatch']);
  });
});

describe('EstClient of @touchmark/client', () => {
  const newClient = (): EstClient =>
    new EstClient({
      url: `${touchmark.firstRun.estUrl}/.well-known/est/factory`,
      rootFingerprint: touchmark.firstRun.rootFingerprint,
    });

  it('learns the CAs by the fingerprint of the root, enrolls, rekeys and renews', async () => {
    const est = newClient();
    expect((await est.cacerts()).certificatesDer).toHaveLength(2);
    expect(await est.csrattrs()).toBeDefined();
    const commonName = newDeviceName();
    const subject = [{ attribute: 'commonName', value: commonName }] as const;
    const first = await est.simpleEnroll({ credentials: { secret: await newSecret() }, subject });
    if (first.kind !== 'issued') throw new Error('pending');
    const rekeyed = await est.simpleReenroll(first);
    if (rekeyed.kind !== 'issued') throw new Error('pending');
    expect(rekeyed.privateKeyPem).not.toBe(first.privateKeyPem);
    const renewed = await est.simpleReenroll({ ...rekeyed, rekey: false });
    if (renewed.kind !== 'issued') throw new Error('pending');
    expect(renewed.privateKeyPem).toBe(rekeyed.privateKeyPem);
    expect(renewed.chainPem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(await admin.certificatesOf(commonName)).toHaveLength(3);
  });

  it('is told why, and under which attempt, when it is refused', async () => {
    const refused = newClient().simpleEnroll({
      credentials: { secret: 'wrong' },
      subject: [{ attribute: 'commonName', value: 'x' }],
    });
    const error = (await refused.catch((reason: unknown) => reason)) as { attemptId: string };
    expect(error).toMatchObject({ code: 'refused', status: 401, reason: 'secretWrong' });
    expect(await admin.attempt(error.attemptId)).toMatchObject({ code: 'secretWrong' });
  });

  it('sends no secret to a server without the root it was told of', async () => {
    const est = new EstClient({
      url: `${touchmark.firstRun.estUrl}/.well-known/est/factory`,
      rootFingerprint: '00'.repeat(32),
    });
    const subject = [{ attribute: 'commonName', value: 'x' }] as const;
    await expect(est.simpleEnroll({ credentials: { secret: 'x' }, subject })).rejects.toMatchObject({
      code: 'rootNotFound',
    });
  });
});
