/** SCEP on a running service, as an administrator sets it up and a device uses it (RFC 8894). */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Endpoint } from '@touchmark/admin-api';
import { fromHex } from '@touchmark/asn1';
import { deriveChallenge } from '@touchmark/ca';
import { ScepClient } from '@touchmark/client';
import type { PendingTransaction, ScepOutcome } from '@touchmark/client';
import { parseCertificate } from '@touchmark/x509';
import { Administrator } from '../support/administrator.ts';
import { openHomeRegistry } from '../support/home-registry.ts';
import { newDeviceName } from '../support/est-request.ts';
import { eventually } from '../support/run.ts';
import { startTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

let touchmark: Touchmark;
let admin: Administrator;
/** Of the device in these tests; each name has another one in the end, and making them takes longest. */
const newKey = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

beforeAll(async () => {
  touchmark = await startTouchmark();
  admin = new Administrator(touchmark);
  await createEndpoint('plc');
}, 120_000);

afterAll(async () => {
  admin?.close();
  await touchmark?.dispose();
});

const createEndpoint = (label: string, ...words: string[]): Promise<unknown> =>
  touchmark.cliJson(
    ...['endpoint', 'create', label, '--protocol', 'scep', '--profile', 'device'],
    ...(words.includes('--ca') ? [] : ['--ca', 'issuing']),
    ...words,
  );
const urlOf = (label: string): string => `http://127.0.0.1:${touchmark.ports.public}/scep/${label}`;
const clientOf = (label: string): ScepClient =>
  new ScepClient({ url: urlOf(label), rootFingerprint: touchmark.firstRun.rootFingerprint });
const enroll = (label: string, name: string, challenge?: string, privateKeyPem = newKey()): Promise<ScepOutcome> =>
  clientOf(label).enroll({ subject: [{ attribute: 'commonName', value: name }], challenge, privateKeyPem });
const newSecret = async (label: string, deviceId?: string): Promise<string> =>
  (await admin.createSecret({ label, ...(deviceId === undefined ? {} : { deviceId }) })).secret;
function issued(outcome: ScepOutcome): Extract<ScepOutcome, { kind: 'issued' }> {
  if (outcome.kind !== 'issued') throw new Error(`It is ${JSON.stringify({ ...outcome, privateKeyPem: undefined })}.`);
  return outcome;
}
/** The reason of a refusal stands in the text for the operator. */
function reasonOf(outcome: ScepOutcome): string {
  if (outcome.kind !== 'refused') return outcome.kind;
  return `${outcome.failInfo}: ${/\((\w+), attempt /.exec(outcome.failInfoText ?? '')?.[1]}`;
}

describe('enrolling', () => {
  it('with a one-time secret, and renewing with the certificate alone', async () => {
    const name = newDeviceName();
    const first = issued(await enroll('plc', name, await newSecret('plc')));
    expect(parseCertificate(first.certificateDer).extensions.length).toBeGreaterThan(3);
    const client = clientOf('plc');
    const renewed = issued(await client.renew({ ...first, newPrivateKeyPem: newKey() }));
    expect(renewed.certificateDer).not.toEqual(first.certificateDer);
    expect(await admin.certificatesOf(name)).toHaveLength(2);
    await admin.revoke(Buffer.from(parseCertificate(renewed.certificateDer).serialNumber).toString('hex'));
    expect(reasonOf(await client.renew({ ...renewed, newPrivateKeyPem: newKey() }))).toBe(
      'badRequest: certificateRevoked',
    );
  });

  it('again after a lost answer: the same certificate; with another key the secret is spent', async () => {
    const [name, key, secret] = [newDeviceName(), newKey(), await newSecret('plc')];
    const first = issued(await enroll('plc', name, secret, key));
    expect(issued(await enroll('plc', name, secret, key)).certificateDer).toEqual(first.certificateDer);
    expect(reasonOf(await enroll('plc', name, secret))).toMatch(/secretSpent$/);
    expect(await admin.certificatesOf(name)).toHaveLength(1);
  });

  it.each([
    ['no challenge', undefined, /credentialsMissing$/],
    ['an empty one', '', /credentialsMissing$/],
    ['a wrong one', 'aaaaaaaa-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', /secretWrong$/],
    ['one of another form', 'changeit', /secretWrong$/],
  ])('with %s is refused, and says why', async (_, challenge, reason) => {
    expect(reasonOf(await enroll('plc', newDeviceName(), challenge))).toMatch(reason);
  });

  it('leaves an attempt with the request, in which the secret is blotted out', async () => {
    const [name, secret] = [newDeviceName(), await newSecret('plc')];
    await enroll('plc', name, secret);
    const { items } = (await touchmark.cliJson('attempt', 'list', '--device', name)) as { items: { id: string }[] };
    const attempt = await admin.attempt(items[0]!.id);
    expect(attempt).toMatchObject({ protocol: 'scep', operation: 'PKCSReq', outcome: 'issued' });
    const kept = Buffer.from(attempt.request!, 'base64');
    expect(kept.includes(secret)).toBe(false);
    expect(kept.includes('x'.repeat(secret.length))).toBe(true);
    expect(touchmark.stdout + touchmark.stderr).not.toContain(secret);
    const replay = (await touchmark.cliJson('attempt', 'replay', items[0]!.id, '--caller', 'fresh')) as object;
    expect(replay).toMatchObject({ explanation: { verdicts: expect.any(Array) } });
    expect(JSON.stringify(replay)).not.toContain('proofOfPossessionFailed');
  });
});

describe('challenges', () => {
  it('derived: computed for each device, good for its first certificate alone', async () => {
    await createEndpoint('derived');
    await touchmark.cliJson('endpoint', 'challenge', 'set', 'derived', '--kind', 'derived');
    const [known, other] = [newDeviceName(), newDeviceName()];
    const answer = (await touchmark.cliJson('endpoint', 'challenge', 'derive', 'derived', known)) as {
      items: { challenge: string }[];
    };
    const { challenge } = answer.items[0]!;
    expect(reasonOf(await enroll('derived', other, challenge))).toMatch(/challengeWrong$/);
    issued(await enroll('derived', known, challenge));
    expect(reasonOf(await enroll('derived', known, challenge))).toMatch(/deviceAlreadyRegistered$/);
  });

  it('derived: also for a device that is registered and was never certified, and of many at once for one', async () => {
    const name = newDeviceName();
    await touchmark.cliJson('device', 'create', name, '--role', 'press');
    const { items } = (await touchmark.cliJson('endpoint', 'challenge', 'derive', 'derived', name)) as {
      items: { challenge: string }[];
    };
    const keys = Array.from({ length: 6 }, newKey);
    const outcomes = await Promise.all(keys.map((key) => enroll('derived', name, items[0]!.challenge, key)));
    expect(outcomes.filter(({ kind }) => kind === 'issued')).toHaveLength(1);
    expect(await admin.certificatesOf(name)).toHaveLength(1);
  });

  it('set by several at once: the key in force is that of who changed the endpoint last', async () => {
    await createEndpoint('contested');
    const set = (kind: 'derived' | 'webhook') =>
      admin.setChallenge('contested', {
        kind,
        settings: kind === 'webhook' ? { url: 'https://hook.example.com' } : {},
      });
    const changes = await Promise.all([set('derived'), set('webhook'), set('derived'), set('webhook'), set('derived')]);
    const [last] = changes.toSorted((a, b) => b.endpoint.revision - a.endpoint.revision);
    expect(new Set(changes.map(({ endpoint }) => endpoint.revision)).size).toBe(changes.length);
    // Its key stays when others change what the endpoint accepts at the same time.
    const final = last!.endpoint.challenge?.kind === 'derived' ? last! : await set('derived');
    await admin.setEndpoint('contested', { acceptsCertificate: false });
    expect(await admin.deriveChallenge('contested', 'press-1')).toBe(
      deriveChallenge(fromHex(final.secret!), 'contested', 'press-1'),
    );
    const registry = openHomeRegistry(touchmark.home);
    const subject = 'endpoint:contested';
    const { items } = await registry.admin.listAudit({ subject }, { limit: 9, cursor: undefined });
    await registry.close();
    expect(items.find(({ action }) => action === 'challenge.derived')).toMatchObject({
      details: { count: 1, deviceIds: 'press-1' },
    });
  });

  it('that could not be verified are found out before a device comes, and trouble with them is no trouble of the service', async () => {
    await createEndpoint('hooked');
    const test = () => touchmark.cli('endpoint', 'challenge', 'test', 'hooked');
    expect((await test()).code).toBe(5);
    const refused = await admin.setChallenge('hooked', { kind: 'webhook', settings: { url: 'https://10.0.0.1' } }).then(
      () => 'taken',
      (error: unknown) => String(error),
    );
    expect(refused).toContain('allowPrivateAddresses');
    const words = ['--kind', 'webhook', '--setting', 'url=https://not-there.invalid/'];
    await touchmark.cliJson('endpoint', 'challenge', 'set', 'hooked', ...words);
    const tested = await test();
    expect([tested.code, tested.stderr]).toEqual([1, expect.stringContaining('cannot be looked up')]);
    expect((await touchmark.cli('status')).code).toBe(0);
    await touchmark.cliJson('endpoint', 'challenge', 'set', 'hooked', '--kind', 'derived');
    expect((await test()).code).toBe(0);
  });

  it('static: only for devices that nobody knows, and warned about', async () => {
    await createEndpoint('static');
    const set = await touchmark.cli('endpoint', 'challenge', 'set', 'static', '--kind', 'static', '-o', 'json');
    expect(set.stderr).toContain('Whoever learns this password');
    const { secret, endpoint } = JSON.parse(set.stdout) as { secret: string; endpoint: Endpoint };
    expect(Object.keys(endpoint.challenge!.settings).toSorted()).toEqual(['cost', 'maxWrong']);
    const name = newDeviceName();
    issued(await enroll('static', name, secret));
    expect(reasonOf(await enroll('static', name, secret))).toMatch(/deviceAlreadyRegistered$/);
    expect(reasonOf(await enroll('static', newDeviceName(), `${secret}x`))).toMatch(/challengeWrong$/);
  });

  it('none is an error where the endpoint has one', async () => {
    expect(reasonOf(await enroll('derived', newDeviceName()))).toMatch(/credentialsMissing$/);
  });
});

it('a configuration profile for an Apple device has the endpoint, a new secret, the fingerprint of the CA and the root', async () => {
  const name = newDeviceName();
  const file = join(touchmark.home, 'device.mobileconfig');
  const words = ['endpoint', 'mobileconfig', 'plc', '--device', name, '--organization', 'A & B', '--out', file];
  expect((await touchmark.cli(...words)).code).toBe(0);
  const profile = readFileSync(file, 'utf8');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(profile).toContain(`<string>${urlOf('plc')}</string>`);
  expect(profile).toContain('<string>A &amp; B</string>');
  const challenge = /<key>Challenge<\/key>\s*<string>([^<]+)<\/string>/.exec(profile)?.[1];
  issued(await enroll('plc', name, challenge));
  const { code, stderr } = await touchmark.cli('endpoint', 'mobileconfig', 'factory', '--cn', 'x', '--out', `${file}2`);
  expect([code, stderr]).toEqual([5, expect.stringContaining('SCEP')]);
});

describe('manual approval', () => {
  it('is PENDING, polled by whoever has the key, and SUCCESS after the approval', async () => {
    await createEndpoint('manual', '--approval', 'manual');
    const [name, key, secret] = [newDeviceName(), newKey(), await newSecret('manual')];
    const pending = (await enroll('manual', name, secret, key)) as { kind: 'pending' } & PendingTransaction;
    expect(pending.kind).toBe('pending');
    expect((await clientOf('manual').poll(pending)).kind).toBe('pending');
    const { items } = (await touchmark.cliJson('request', 'list', '--endpoint', 'manual')) as {
      items: { id: string }[];
    };
    await touchmark.cliJson('request', 'approve', items[0]!.id, '-y');
    const polled = issued(await clientOf('manual').poll(pending));
    // whoever sends the whole request again gets the same one
    expect(issued(await enroll('manual', name, secret, key)).certificateDer).toEqual(polled.certificateDer);
  });

  it('is PENDING for whoever asks without a proof, also of a device that is suspended or retired', async () => {
    await createEndpoint('yard', '--approval', 'manual', '--accepts', 'anyone');
    const [unknown, suspended, retired] = [newDeviceName(), newDeviceName(), newDeviceName()];
    for (const name of [suspended, retired]) await touchmark.cliJson('device', 'create', name);
    await touchmark.cliJson('device', 'suspend', suspended);
    await touchmark.cliJson('device', 'retire', retired, '-y');
    const told = async (name: string) => {
      const outcome = await enroll('yard', name);
      const polled = outcome.kind === 'pending' ? await clientOf('yard').poll(outcome) : outcome;
      return [outcome.kind, polled.kind];
    };
    for (const name of [unknown, suspended, retired]) expect(await told(name)).toEqual(['pending', 'pending']);
    const attempts = async (name: string) =>
      ((await touchmark.cliJson('attempt', 'list', '--device', name)) as { items: { code: string | null }[] }).items;
    expect((await attempts(unknown)).map(({ code }) => code)).toEqual([null, null]);
    expect((await attempts(suspended)).map(({ code }) => code)).toEqual(['deviceSuspended', 'deviceSuspended']);
    expect((await attempts(retired)).map(({ code }) => code)).toEqual(['deviceRetired', 'deviceRetired']);
  });

  it('tells nothing to a stranger who knows the transaction: transactionUnknown', async () => {
    const secret = await newSecret('manual');
    const pending = (await enroll('manual', newDeviceName(), secret)) as { kind: 'pending' } & PendingTransaction;
    const stranger = (await enroll('manual', newDeviceName(), await newSecret('manual'))) as PendingTransaction;
    const asked = { ...stranger, transactionId: pending.transactionId };
    expect(reasonOf(await clientOf('manual').poll(asked))).toBe('badCertId: transactionUnknown');
  });
});

describe('certificates of the service', () => {
  it('the RA is certified by the issuing CA, and comes first; a CA with an RSA key can do without one', async () => {
    const { ra, chainDer } = await clientOf('plc').getCaCertificates();
    expect(ra?.signingDer).toEqual(ra?.encryptionDer);
    expect(chainDer.length).toBeGreaterThan(0);
    const words = ['--issuer', 'root', '--subject', 'CN=RSA CA', '--key-algorithm', 'rsa-2048'];
    const usages = ['--key-usage', 'digitalSignature,keyEncipherment'];
    expect(await touchmark.cliJson('ca', 'create-intermediate', 'rsa', ...words, ...usages)).toMatchObject({
      keyUsage: ['digitalSignature', 'keyEncipherment', 'keyCertSign', 'cRLSign'],
    });
    await createEndpoint('rsa', '--ca', 'rsa', '--setting', 'recipient=ca');
    expect((await clientOf('rsa').getCaCertificates()).ra).toBeUndefined();
    issued(await enroll('rsa', newDeviceName(), await newSecret('rsa')));
    await createEndpoint('single', '--ca', 'rsa', '--setting', 'recipient=ca', '--setting', 'caCertificate=single');
    const answer = await fetch(`${urlOf('single')}?operation=GetCACert`);
    expect(answer.headers.get('content-type')).toBe('application/x-x509-ca-cert');
    parseCertificate(new Uint8Array(await answer.arrayBuffer()));
  });

  it('a CA without an RSA key cannot become the recipient', async () => {
    const words = ['--ca', 'issuing', '--profile', 'device', '--protocol', 'scep', '--setting', 'recipient=ca'];
    const created = await touchmark.cli('endpoint', 'create', 'ec', ...words);
    expect([created.code, created.stderr]).toEqual([2, expect.stringContaining('no RSA key')]);
    const moved = await touchmark.cli('endpoint', 'set', 'rsa', '--ca', 'issuing');
    expect([moved.code, moved.stderr]).toEqual([2, expect.stringContaining('no RSA key')]);
    const usage = ['--issuer', 'root', '--subject', 'CN=EC CA', '--key-usage', 'keyEncipherment'];
    const made = await touchmark.cli('ca', 'create-intermediate', 'reader', ...usage);
    expect([made.code, made.stderr]).toEqual([2, expect.stringContaining('cannot decrypt keys')]);
  });

  it('§2.1.2: nor one whose certificate does not say that its key reads and signs messages', async () => {
    await admin.createAuthority({ name: 'mute', issuer: 'root', subject: 'CN=Mute CA', keyAlgorithm: 'rsa-2048' });
    const words = ['--ca', 'mute', '--profile', 'device', '--protocol', 'scep', '--setting', 'recipient=ca'];
    const created = await touchmark.cli('endpoint', 'create', 'mute', ...words);
    expect([created.code, created.stderr]).toEqual([
      2,
      expect.stringMatching(/does not say that its key reads and signs messages.*digitalSignature and keyEncipherment/),
    ]);
    const moved = await touchmark.cli('endpoint', 'set', 'rsa', '--ca', 'mute');
    expect([moved.code, moved.stderr]).toEqual([2, expect.stringContaining('keyEncipherment')]);
    expect(await touchmark.cliJson('endpoint', 'set', 'rsa', '--disable')).toMatchObject({ enabled: false });
    expect(await touchmark.cliJson('endpoint', 'set', 'rsa', '--enable')).toMatchObject({ enabled: true });
  });

  it('GetNextCACert tells of the authority that takes over, signed by the present one', async () => {
    await admin.createAuthority({ name: 'next', issuer: 'root', subject: 'CN=Next CA' });
    const capabilities = async () => (await fetch(`${urlOf('plc')}?operation=GetCACaps`)).text();
    expect(await capabilities()).not.toContain('GetNextCACert');
    await touchmark.cliJson('endpoint', 'set', 'plc', '--setting', 'nextAuthority=next');
    expect(await capabilities()).toContain('GetNextCACert');
    const [first, ...chain] = (await clientOf('plc').getNextCaCertificates()).map((bytes) => parseCertificate(bytes));
    expect([first!, ...chain].some(({ subject }) => Buffer.from(subject.der).includes('Next CA'))).toBe(true);
    await touchmark.cliJson('endpoint', 'set', 'plc', '--ca', 'next');
    issued(await enroll('plc', newDeviceName(), await newSecret('plc')));
    await touchmark.cliJson('endpoint', 'set', 'plc', '--ca', 'issuing');
  });

  it('GetCert and GetCRL answer the device', async () => {
    const device = issued(await enroll('plc', newDeviceName(), await newSecret('plc')));
    const serialNumberHex = Buffer.from(parseCertificate(device.certificateDer).serialNumber).toString('hex');
    const client = clientOf('plc');
    const found = await client.getCertificate({ ...device, serialNumberHex });
    expect(found.certificateDer).toEqual(device.certificateDer);
    expect((await client.getCrl(device)).length).toBeGreaterThan(100);
  });
});

describe('the plain listener', () => {
  it('takes HTTP/1.0 without Host, and closes', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(touchmark.ports.public, '127.0.0.1', () => {
        socket.write('GET /scep/plc/pkiclient.exe?message=0&operation=GetCACaps HTTP/1.0\r\n\r\n');
      });
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
      socket.once('end', () => resolve(text));
      socket.once('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.[01] 200 /);
    expect(answer).toMatch(/\r\nContent-Type: text\/plain\r\n/);
    expect(answer.split('\r\n\r\n')[1]).toMatch(/^AES\n[\x21-\x7e\n]*SCEPStandard/);
  });

  it('serves no SCEP at labels of EST, nor EST at labels of SCEP', async () => {
    const answer = await fetch(`${urlOf('factory')}?operation=GetCACaps`);
    expect([answer.status, answer.headers.get('touchmark-reason')]).toEqual([404, 'endpointUnknown']);
  });

  it('a disabled endpoint refuses with its reason', async () => {
    await touchmark.cliJson('endpoint', 'set', 'static', '--disable');
    expect(reasonOf(await enroll('static', newDeviceName(), 'whatever it may be'))).toMatch(/endpointDisabled$/);
  });
});

it('settings that SCEP does not know are refused when they are written', async () => {
  for (const [setting, says] of [
    ['preset=appel', 'preset'],
    ['sha2=true', 'sha2'],
    ['nextAuthority=nobody', 'nobody'],
    ['caCertificate=single', 'recipient'],
  ] as const) {
    const { code, stderr } = await touchmark.cli('endpoint', 'set', 'plc', '--setting', setting);
    expect([code, stderr]).toEqual([2, expect.stringContaining(says)]);
  }
});

it('a node with the role enroll alone serves SCEP and no status, and the other way round', async () => {
  const asked = ['/scep/plc?operation=GetCACaps', '/pki/issuing.crl'];
  const ask = async (path: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${touchmark.ports.public}${path}`)).status;
  // Without a worker nobody publishes the first CRLs of the new authorities, and no node is ready without them.
  await eventually('the CRLs of the new authorities', 20, async () =>
    (await fetch(`${touchmark.metricsUrl}/readyz`)).ok ? true : undefined,
  );
  for (const [roles, expected] of [
    ['enroll', [200, 404]],
    ['status', [404, 200]],
  ] as const) {
    await touchmark.end();
    await touchmark.start({ TOUCHMARK_ROLES: roles });
    expect(await Promise.all(asked.map(ask))).toEqual(expected);
  }
}, 60_000);
