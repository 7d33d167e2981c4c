/**
 * Bad input over real TLS sockets: each is refused with its own status, reason code and attempt, nothing is issued, and the
 * process goes on serving others.
 */
import { gzipSync } from 'node:zlib';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildCertificationRequest, createTestAuthority } from '@touchmark/testkit';
import { askEst, askEstOctets, encodeRequest, newDeviceName, toBase64Lines } from '../support/est-request.ts';
import type { EnrolledDevice, EstRequest } from '../support/est-request.ts';
import { EstSocket } from '../support/est-socket.ts';
import type { ClientCredential } from '../support/est-socket.ts';
import { RefusingService, newRequest } from '../support/refusing-service.ts';
import type { ExpectedRefusal } from '../support/refusing-service.ts';
import { SlowClient, dribbledBody, endlessChunks, endlessFields } from '../support/slow-clients.ts';
import { requestWithEcKey, requestWithRsaKey, withBrokenSignature } from '../support/unacceptable-requests.ts';

interface Refusal extends ExpectedRefusal {
  readonly name: string;
  /** Makes the bad request; whatever has to be issued before is issued here. */
  readonly prepare: () => Promise<BadRequest>;
}

interface BadRequest extends EstRequest {
  /** Instead of the octets of the request. */
  readonly octets?: string | Uint8Array;
}

let service: RefusingService;
let pid: number;
/** Enrolled early, so that its certificate is over when its turn comes. */
let brief: EnrolledDevice;
let slow: Readonly<Record<'fields' | 'body' | 'chunks', SlowClient>>;

beforeAll(async () => {
  service = await RefusingService.start();
  pid = service.touchmark.pid;
  brief = await service.enroll('brief');
  const request = { secret: await service.newSecret(), body: await newRequest() };
  slow = {
    fields: new SlowClient(service.touchmark, endlessFields(), 700),
    body: new SlowClient(service.touchmark, dribbledBody(request), 400),
    chunks: new SlowClient(service.touchmark, endlessChunks(request, 'MIIB'), 500),
  };
}, 120_000);

afterAll(async () => service?.stop());

function refused(refusals: readonly Refusal[]): void {
  it.each(refusals)('$name: $status $reason', async ({ prepare, ...expected }) => {
    const { octets, ...request } = await prepare();
    const before = await service.signed();
    const answer = await askEstOctets(service.touchmark, octets ?? encodeRequest(request), request);
    await service.expectRefusal(answer, expected);
    expect(await service.signed()).toEqual(before);
  });
}

it('clients that take their time hold nobody up', async () => {
  const milliseconds = await Promise.all(Array.from({ length: 8 }, () => service.serveSomebody()));
  expect(Math.max(...milliseconds)).toBeLessThan(8000);
  expect(Object.values(slow).map(({ settled }) => settled)).toEqual([false, false, false]);
});

describe('secrets', () => {
  const secretRefusal = (
    name: string,
    status: number,
    reason: string,
    step: string,
    secret: () => Promise<string>,
    more: EstRequest = {},
  ): Refusal => ({
    name,
    status,
    reason,
    step,
    prepare: async () => service.grantable({ secret: await secret(), ...more }),
  });

  refused([
    secretRefusal('used for another request', 403, 'secretSpent', 'authorize', async () => {
      const secret = await service.newSecret();
      const { status } = await askEst(service.touchmark, { secret, body: await newRequest() });
      expect(status).toBe(200);
      return secret;
    }),
    secretRefusal('of a form that no secret has', 401, 'secretWrong', 'authenticate', async () => 'letmein'),
    secretRefusal('empty', 401, 'secretWrong', 'authenticate', async () => ''),
    secretRefusal('never made', 401, 'secretWrong', 'authenticate', async () => `aaaaaaaa-${'a'.repeat(32)}`),
    secretRefusal('wrong after the right id', 401, 'secretWrong', 'authenticate', async () =>
      wrong(await service.newSecret()),
    ),
    secretRefusal('expired', 403, 'secretExpired', 'authorize', async () => {
      const { id, secret } = await service.admin.createSecret();
      await service.query(`UPDATE enrollment_secret SET expires_at = now() - interval '1 second' WHERE id = $1`, [id]);
      return secret;
    }),
    secretRefusal('of another label', 403, 'secretForAnotherEndpoint', 'authenticate', () =>
      service.newSecret({ label: 'second' }),
    ),
    secretRefusal('revoked', 403, 'secretRevoked', 'authenticate', async () => {
      const created = await service.admin.createSecret();
      await service.admin.revokeSecret(created);
      return created.secret;
    }),
    secretRefusal('locked by five wrong tries, though right', 429, 'secretLocked', 'authenticate', async () => {
      const secret = await service.newSecret();
      for (let tries = 0; tries < 5; tries++) {
        const request = await service.grantable({ secret: wrong(secret) });
        expect((await askEst(service.touchmark, request)).field('Touchmark-Reason')).toBe('secretWrong');
      }
      return secret;
    }),
    secretRefusal(
      'bound to another device',
      403,
      'secretForAnotherDevice',
      'authenticate',
      async () => service.newSecret({ deviceId: (await service.enroll()).name }),
      { userName: 'somebody-else' },
    ),
    secretRefusal('bound to a device that is not registered any more', 403, 'deviceUnknown', 'authorize', async () => {
      const deviceId = newDeviceName();
      const secret = await service.newSecret({ deviceId });
      await service.query('DELETE FROM device WHERE id = $1', [deviceId]);
      return secret;
    }),
    secretRefusal(
      'at a label that takes certificates only',
      401,
      'credentialsNotAccepted',
      'authenticate',
      () => service.newSecret({ label: 'certificates-only' }),
      { label: 'certificates-only' },
    ),
  ]);

  it('a lock says when it ends, in whole seconds', async () => {
    const secret = await service.newSecret();
    for (let tries = 0; tries < 5; tries++)
      await askEst(service.touchmark, { secret: wrong(secret), body: await newRequest() });
    const answer = await askEst(service.touchmark, { secret, body: await newRequest() });
    const seconds = Number(answer.field('Retry-After'));
    expect(seconds).toBeGreaterThan(29 * 60);
    expect(seconds).toBeLessThanOrEqual(30 * 60);
  });

  it('a refused request spends nothing of the secret', async () => {
    const secret = await service.newSecret();
    const broken = await askEst(service.touchmark, { secret, body: withBrokenSignature(await newRequest()) });
    expect(broken.status).toBe(400);
    expect((await askEst(service.touchmark, { secret, body: await newRequest() })).status).toBe(200);
  });
});

describe('credentials', () => {
  refused([
    {
      name: 'none',
      status: 401,
      reason: 'credentialsMissing',
      step: 'authenticate',
      prepare: async () => ({ body: await newRequest() }),
    },
    {
      name: 'none, and an empty body, as curl --anyauth probes',
      status: 401,
      reason: 'credentialsMissing',
      step: 'authenticate',
      prepare: async () => ({}),
    },
    {
      name: 'an Authorization of another scheme',
      status: 401,
      reason: 'credentialsMissing',
      step: 'authenticate',
      prepare: async () => ({ body: await newRequest(), fields: { Authorization: 'Bearer abc' } }),
    },
    {
      name: 'an Authorization that is not base64',
      status: 400,
      reason: 'authorizationMalformed',
      step: 'parse',
      prepare: async () => ({ body: await newRequest(), fields: { Authorization: 'Basic ???' } }),
    },
    {
      name: 'two Authorization fields',
      status: 400,
      reason: 'authorizationMalformed',
      step: 'parse',
      prepare: async () => service.grantable({ fields: { authorization: 'Basic Omxvb3NlbHk=' } }),
    },
    {
      name: 'a secret for simplereenroll, which takes a certificate',
      status: 403,
      reason: 'credentialsNotAccepted',
      step: 'authenticate',
      prepare: async () => service.grantable({ operation: 'simplereenroll' }),
    },
  ]);
});

describe('certification requests', () => {
  const bodyRefusal = (
    name: string,
    status: number,
    reason: string,
    step: string,
    body: (commonName: string) => Promise<Uint8Array | string>,
    more: EstRequest = {},
  ): Refusal => ({
    name,
    status,
    reason,
    step,
    prepare: async () => service.grantable({ body: await body(newDeviceName()), ...more }),
  });
  const malformed = (
    reason: string,
    name: string,
    body: (der: Uint8Array) => Uint8Array | string,
    more: EstRequest = {},
  ): Refusal => bodyRefusal(name, 400, reason, 'parse', async (device) => body(await newRequest(device)), more);
  const refusedKey = (name: string, reason: string, body: (commonName: string) => Promise<Uint8Array>): Refusal =>
    bodyRefusal(name, 400, reason, 'authorize', body);

  refused([
    bodyRefusal('a broken signature', 400, 'proofOfPossessionFailed', 'authorize', async (device) =>
      withBrokenSignature(await newRequest(device)),
    ),
    refusedKey('RSA of 1024 bits', 'keyTooSmall', (device) => requestWithRsaKey(device, 1024)),
    refusedKey('RSA with exponent 3', 'keyExponentNotAllowed', (device) => requestWithRsaKey(device, 2048, 3)),
    refusedKey('P-192', 'keyCurveNotAllowed', (device) => requestWithEcKey(device, 'prime192v1')),
    refusedKey('secp256k1', 'keyCurveNotAllowed', (device) => requestWithEcKey(device, 'secp256k1')),
    refusedKey('P-256 with explicit parameters', 'keyCurveExplicit', (device) =>
      requestWithEcKey(device, 'prime256v1', 'explicit'),
    ),
    refusedKey(
      'Ed25519, which the profile does not name',
      'keyAlgorithmNotAllowed',
      async (commonName) =>
        (await buildCertificationRequest({ commonName, keyAlgorithm: 'ed25519' })).certificationRequestDer,
    ),
    refusedKey('a device name with a blank', 'deviceNameInvalid', () => newRequest('pump 1')),
    refusedKey('a device name with a slash', 'deviceNameInvalid', () => newRequest('../admin')),
    refusedKey(
      'no device name',
      'deviceNameMissing',
      async () =>
        (await buildCertificationRequest({ subject: [{ attribute: 'organizationName', value: 'Pumps' }] }))
          .certificationRequestDer,
    ),
    malformed('requestMalformed', 'garbage', () => 'this is no request at all'),
    malformed('requestMalformed', 'octets at random', () =>
      Uint8Array.from({ length: 300 }, (_, index) => (index * 89) % 256),
    ),
    malformed('requestMalformed', 'DER that is something else', () => Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x05)),
    malformed('requestEmpty', 'an empty body', () => ''),
    malformed('requestEmpty', 'a blank body', () => '\r\n\r\n'),
    malformed('requestTruncated', 'a request cut off', (request) => request.subarray(0, request.length - 20)),
    malformed('requestTrailingBytes', 'a request with something after it', (request) =>
      Uint8Array.of(...request, 0x05, 0x00),
    ),
    malformed('requestTruncated', 'a length that promises gigabytes', () =>
      Uint8Array.of(0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 0x00),
    ),
    malformed('requestTooDeep', 'SEQUENCE in SEQUENCE, a thousand deep', () => nested(1000)),
    malformed('requestNotDer', 'an indefinite length', (request) =>
      Uint8Array.of(0x30, 0x80, ...request.subarray(4), 0x00, 0x00),
    ),
    malformed(
      'requestCompressed',
      'a body that is compressed',
      (request) => gzipSync(toBase64Lines(request)).toString('latin1'),
      {
        fields: { 'Content-Encoding': 'gzip' },
      },
    ),
    malformed(
      'requestIsPrivateKey',
      'a private key',
      () =>
        '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n',
    ),
    malformed('requestSeveral', 'two requests in PEM', (request) => pem(request) + pem(request)),
    bodyRefusal('10 MB', 413, 'requestTooLarge', 'parse', async () => 'A'.repeat(10 * 1024 * 1024)),
    bodyRefusal('one octet too many', 413, 'requestTooLarge', 'parse', async () => 'A'.repeat(64 * 1024 + 1)),
    bodyRefusal('64 KiB, which is read', 400, 'requestMalformed', 'parse', async () => 'A'.repeat(64 * 1024)),
    {
      name: '10 MB in chunks that never end',
      status: 413,
      reason: 'requestTooLarge',
      step: 'parse',
      prepare: async () => ({ octets: withoutEnd(await service.grantable(), 10 * 1024 * 1024) }),
    },
    {
      name: 'chunks with a length that is no number',
      status: 400,
      reason: 'requestMalformed',
      step: 'parse',
      prepare: async () => ({
        octets: Buffer.concat([chunkedHead(await service.grantable()), Buffer.from('4\r\nMIIB\r\nzz\r\n')]),
      }),
    },
    {
      name: 'bound to another TLS connection',
      status: 400,
      reason: 'channelBindingMismatch',
      step: 'authorize',
      prepare: async () => {
        const fields = { commonName: newDeviceName(), challengePassword: Buffer.alloc(32, 7).toString('base64') };
        return service.grantable({ body: (await buildCertificationRequest(fields)).certificationRequestDer });
      },
    },
    {
      name: 'not bound to its TLS connection, where the profile demands it',
      status: 400,
      reason: 'channelBindingRequired',
      step: 'authorize',
      prepare: async () => service.grantable({ label: 'bound', secret: await service.newSecret({ label: 'bound' }) }),
    },
  ]);
});

describe('paths, methods and fields', () => {
  const httpRefusal = (name: string, status: number, reason: string, request: EstRequest): Refusal => ({
    name,
    status,
    reason,
    step: 'parse',
    prepare: async () => service.grantable(request),
  });

  refused([
    httpRefusal('an unknown label', 404, 'endpointUnknown', { label: 'nowhere' }),
    httpRefusal('cacerts of an unknown label', 404, 'endpointUnknown', {
      method: 'GET',
      label: 'nowhere',
      operation: 'cacerts',
    }),
    httpRefusal('a label that is the name of an operation', 404, 'endpointUnknown', { label: 'cacerts' }),
    httpRefusal('a label with an encoded slash', 404, 'endpointUnknown', { label: 'factory%2fx' }),
    httpRefusal('an unknown operation', 404, 'notFound', { operation: 'enroll' }),
    httpRefusal('an operation in capitals', 404, 'notFound', { operation: 'SimpleEnroll' }),
    httpRefusal('no operation', 404, 'notFound', { path: '/.well-known/est/' }),
    httpRefusal('GET simpleenroll', 405, 'operationNotSupported', { method: 'GET', body: '' }),
    httpRefusal('PUT simpleenroll', 405, 'operationNotSupported', { method: 'PUT', body: '' }),
    httpRefusal('POST cacerts', 405, 'operationNotSupported', { operation: 'cacerts' }),
    httpRefusal('DELETE cacerts', 405, 'operationNotSupported', { method: 'DELETE', operation: 'cacerts', body: '' }),
    httpRefusal('serverkeygen', 501, 'operationNotSupported', { operation: 'serverkeygen' }),
    httpRefusal('fullcmc', 501, 'operationNotSupported', { operation: 'fullcmc' }),
    httpRefusal('a browser, which says Origin', 403, 'forbidden', { fields: { Origin: 'https://evil.example' } }),
    httpRefusal('an Origin of null', 403, 'forbidden', { fields: { Origin: 'null' } }),
  ]);

  it.each([
    ['simpleenroll', 'GET', 'POST'],
    ['cacerts', 'POST', 'GET, HEAD'],
  ])('405 for %s says what is allowed', async (operation, method, allowed) => {
    const answer = await askEst(service.touchmark, { operation, method });
    expect([answer.status, answer.field('Allow')]).toEqual([405, allowed]);
  });
});

describe('devices and keys', () => {
  const spoiltDevice = (name: string, reason: string, state: string): Refusal => ({
    name,
    status: 403,
    reason,
    step: 'authorize',
    prepare: async () => {
      const device = await service.enroll();
      await service.query('UPDATE device SET state = $2::device_state WHERE id = $1', [device.name, state]);
      return { operation: 'simplereenroll', client: device, body: device.request.certificationRequestDer };
    },
  });

  refused([
    {
      name: 'a device that is registered already, with a secret that is not bound to it',
      status: 409,
      reason: 'deviceAlreadyRegistered',
      step: 'authorize',
      prepare: async () => service.grantable({ body: await newRequest((await service.enroll()).name) }),
    },
    {
      name: 'the key of another device',
      status: 403,
      reason: 'keyOfAnotherDevice',
      step: 'authorize',
      prepare: async () => {
        const { privateKey, publicKey } = (await service.enroll()).request;
        const clone = { commonName: newDeviceName(), keyPair: { privateKey, publicKey } };
        return service.grantable({ body: (await buildCertificationRequest(clone)).certificationRequestDer });
      },
    },
    {
      name: 'a key that was revoked as compromised',
      status: 403,
      reason: 'keyBlocked',
      step: 'authorize',
      prepare: async () => {
        const device = await service.enroll();
        await service.admin.revoke(device.serialNumberHex, 'keyCompromise');
        const secret = await service.newSecret({ deviceId: device.name });
        return service.grantable({ secret, body: device.request.certificationRequestDer });
      },
    },
    spoiltDevice('a suspended device', 'deviceSuspended', 'suspended'),
    spoiltDevice('a retired device', 'deviceRetired', 'retired'),
  ]);
});

describe('client certificates', () => {
  const operations = ['simpleenroll', 'simplereenroll'] as const;
  /** What is 401 for simpleenroll is 403 for simplereenroll: Basic could not help there. */
  const certificateRefusals = (
    name: string,
    status: number,
    reason: string,
    client: () => Promise<ClientCredential>,
  ): Refusal[] =>
    operations.map((operation) => ({
      name: `${name}, ${operation}`,
      status: operation === 'simplereenroll' ? 403 : status,
      reason,
      step: 'authenticate',
      prepare: async () => ({ operation, client: await client(), body: await newRequest() }),
    }));

  refused([
    ...certificateRefusals(
      'of the administrator',
      403,
      'certificateForAnotherEndpoint',
      async () => service.admin.credential,
    ),
    ...certificateRefusals('of a server', 403, 'certificateForAnotherEndpoint', async () => {
      const dnsName = `${newDeviceName()}.example.com`;
      const request = await buildCertificationRequest({ commonName: dnsName });
      const { certificatePem } = await service.admin.issueServerCertificate(request.certificationRequestDer, dnsName);
      return { certificatePem, privateKeyPem: request.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() };
    }),
    ...certificateRefusals('of a device of another label', 403, 'certificateForAnotherEndpoint', () =>
      service.enroll('second'),
    ),
    ...certificateRefusals('of a foreign authority, with the name of a device', 401, 'certificateUnknown', async () =>
      foreignCertificate((await service.enroll()).name, 'issuing'),
    ),
    ...certificateRefusals('signed by itself', 401, 'certificateUnknown', () => selfSigned('device-0001')),
    ...certificateRefusals('revoked', 403, 'certificateRevoked', async () => {
      const device = await service.enroll();
      await service.admin.revoke(device.serialNumberHex);
      return device;
    }),
    {
      name: 'at a label that takes secrets only',
      status: 401,
      reason: 'credentialsNotAccepted',
      step: 'authenticate',
      prepare: async () => {
        const label = 'secrets-only';
        const client = await service.enroll(label);
        return { label, client, body: client.request.certificationRequestDer };
      },
    },
  ]);

  const renewalRefusal = (
    name: string,
    label: string,
    status: number,
    reason: string,
    change: (device: EnrolledDevice) => Promise<Uint8Array>,
  ): Refusal => ({
    name,
    status,
    reason,
    step: 'authorize',
    prepare: async () => {
      const client = await service.enroll(label);
      return { operation: 'simplereenroll', label, client, body: await change(client) };
    },
  });
  const unchanged = async ({ request }: EnrolledDevice): Promise<Uint8Array> => request.certificationRequestDer;
  const withNewKey = ({ name }: EnrolledDevice): Promise<Uint8Array> => newRequest(name);

  refused([
    renewalRefusal('renewed before the window opens', 'early', 403, 'renewalTooEarly', unchanged),
    renewalRefusal(
      'renewed with the same key, where a new one is demanded',
      'rekeying',
      400,
      'renewSameKeyNotAllowed',
      unchanged,
    ),
    renewalRefusal(
      'renewed with a new key, where the old one is to stay',
      'keeping',
      400,
      'rekeyNotAllowed',
      withNewKey,
    ),
    renewalRefusal('renewed under another name', 'factory', 400, 'renewalNamesDiffer', () => newRequest()),
    renewalRefusal('renewed with one more name', 'factory', 400, 'renewalSubjectAltNamesDiffer', async ({ name }) => {
      const fields = { commonName: name, subjectAltNames: [{ kind: 'dns', value: 'more.example.com' }] } as const;
      return (await buildCertificationRequest(fields)).certificationRequestDer;
    }),
  ]);

  it('a certificate is proven in the handshake: another key does not get that far', async () => {
    const device = await service.enroll();
    const { privateKeyPem } = await selfSigned('device-0001');
    await expect(EstSocket.open(service.touchmark, { ...device, privateKeyPem })).rejects.toThrow(
      'key values mismatch',
    );
  });
});

describe('slow clients', () => {
  it('a header section that does not end is given up after 10 seconds', async () => {
    const { answer, seconds } = await slow.fields.outcome;
    expect(answer?.status).toBe(408);
    expect(seconds).toBeGreaterThan(8);
    expect(seconds).toBeLessThan(20);
  });

  it('a body that comes octet by octet is given up after 30 seconds, with an attempt', async () => {
    const { answer, seconds } = await slow.body.outcome;
    await service.expectRefusal(answer!, { status: 408, reason: 'requestMalformed', step: 'parse' });
    expect(seconds).toBeGreaterThan(25);
    expect(seconds).toBeLessThan(40);
  }, 60_000);

  it('so are chunks that never end', async () => {
    const { answer, seconds } = await slow.chunks.outcome;
    await service.expectRefusal(answer!, { status: 408, reason: 'requestMalformed', step: 'parse' });
    expect(seconds).toBeLessThan(40);
  }, 60_000);

  it('a client that goes on sending after its refusal is cut off', async () => {
    const socket = await EstSocket.open(service.touchmark);
    try {
      socket.write(chunkedHead(await service.grantable()));
      const chunk = `4000\r\n${'A'.repeat(0x4000)}\r\n`;
      while (socket.closedAt === undefined && socket.secondsOpen < 20) {
        socket.write(chunk);
        await sleep(20);
      }
      expect((await socket.answer()).status).toBe(413);
      expect(socket.secondsOpen).toBeLessThan(15);
    } finally {
      socket.close();
    }
  });

  it('an expired certificate renews nothing', async () => {
    // notAfter is inclusive: the certificate is valid through its last second.
    await sleep(brief.certificate.notAfter.getTime() + 1000 - Date.now());
    const before = await service.signed();
    for (const [operation, status] of [
      ['simpleenroll', 401],
      ['simplereenroll', 403],
    ] as const) {
      const body = brief.request.certificationRequestDer;
      const answer = await askEst(service.touchmark, { operation, label: 'brief', client: brief, body });
      await service.expectRefusal(answer, { status, reason: 'certificateExpired', step: 'authenticate' });
    }
    expect(await service.signed()).toEqual(before);
  }, 90_000);
});

describe('after all that', () => {
  it('the same process is there, ready, and serves', async () => {
    expect(service.touchmark.pid).toBe(pid);
    expect((await fetch(`${service.touchmark.metricsUrl}/readyz`)).status).toBe(200);
    await service.serveSomebody();
  });

  it('it calls none of it a failure of its own', () => {
    const failures = service.touchmark.stderr
      .split('\n')
      .filter((line) => /"level":"(error|fatal)"/.test(line) || (line !== '' && !line.startsWith('{')));
    expect(failures).toEqual([]);
  });

  it('no refusal was stored as a failure', async () => {
    const [row] = await service.query(
      `SELECT count(*)::int AS failures FROM enrollment_attempt WHERE outcome = 'failed'`,
    );
    expect(row).toEqual({ failures: 0 });
  });
});

/** The same secret with another last letter. */
function wrong(secret: string): string {
  return secret.slice(0, -1) + (secret.endsWith('a') ? 'b' : 'a');
}

function nested(depth: number): Uint8Array {
  let encoded = Buffer.alloc(0);
  for (let level = 0; level < depth; level++) {
    const length = encoded.length < 128 ? [encoded.length] : [0x82, encoded.length >> 8, encoded.length & 0xff];
    encoded = Buffer.concat([Buffer.from([0x30, ...length]), encoded]);
  }
  return encoded;
}

function pem(requestDer: Uint8Array): string {
  return `-----BEGIN CERTIFICATE REQUEST-----\n${toBase64Lines(requestDer)}-----END CERTIFICATE REQUEST-----\n`;
}

function chunkedHead(request: EstRequest): Buffer {
  const fields = { 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' };
  return encodeRequest({ ...request, body: '', fields });
}

/** So many octets in chunks of 16 KiB, and no last one. */
function withoutEnd(request: EstRequest, length: number): Buffer {
  const chunk = Buffer.from(`4000\r\n${'A'.repeat(0x4000)}\r\n`);
  return Buffer.concat([chunkedHead(request), ...Array.from({ length: length / 0x4000 }, () => chunk)]);
}

async function foreignCertificate(commonName: string, kind: 'root' | 'issuing'): Promise<ClientCredential> {
  const authority = await createTestAuthority({ kind });
  return authority.issue({ subject: [{ attribute: 'commonName', value: commonName }] });
}

/** A root whose key it has itself. */
async function selfSigned(commonName: string): Promise<ClientCredential> {
  const { root, chainPem } = await createTestAuthority({ kind: 'root', name: commonName });
  return {
    certificatePem: chainPem,
    privateKeyPem: root.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}
