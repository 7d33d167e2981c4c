/** Two nodes over one DATABASE_URL are one service: what one does, the other knows at once. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Profile } from '@touchmark/admin-api';
import { startTestPostgres } from '@touchmark/store/testing';
import type { TestPostgres } from '@touchmark/store/testing';
import { buildCertificationRequest } from '@touchmark/testkit';
import { Administrator } from '../support/administrator.ts';
import { askEst, certificateIn, certificatesIn, enrollDevice, newDeviceName } from '../support/est-request.ts';
import type { EnrolledDevice } from '../support/est-request.ts';
import type { EstServer } from '../support/est-socket.ts';
import { askVerdict, ocspQuestion } from '../support/ocsp-question.ts';
import type { OcspQuestion } from '../support/ocsp-question.ts';
import { refusedStart } from '../support/refused-start.ts';
import { eventually } from '../support/run.ts';
import { newTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

const publicUrl = 'http://pki.example.com';

let postgres: TestPostgres;
let environment: Record<string, string>;
let a: Touchmark;
let b: Touchmark;
/** Node B as a client sees it, who trusts the root of node A. */
let estOfB: EstServer;
let admin: Administrator;

beforeAll(async () => {
  postgres = await startTestPostgres({ migrated: false });
  environment = {
    DATABASE_URL: postgres.databaseUrl,
    TOUCHMARK_PUBLIC_URL: publicUrl,
    TOUCHMARK_KEY_PASSPHRASE: 'the passphrase of both nodes',
  };
  a = await newTouchmark(environment);
  b = await newTouchmark(environment);
  await a.start();
  await b.start();
  estOfB = { firstRun: { estUrl: `https://127.0.0.1:${b.ports.est}` }, rootCertificateFile: a.rootCertificateFile };
  admin = new Administrator(a);
}, 120_000);

afterAll(async () => {
  admin?.close();
  await b?.dispose();
  await a?.dispose();
  await postgres?.stop();
});

const newSecret = async (): Promise<string> => (await admin.createSecret()).secret;
const renewAt = (node: EstServer, device: EnrolledDevice, body: Uint8Array) =>
  askEst(node, { operation: 'simplereenroll', client: device, body });
const questionAbout = async (device: EnrolledDevice): Promise<OcspQuestion> => {
  const [issuing] = certificatesIn(await askEst(a, { method: 'GET', operation: 'cacerts' }));
  return ocspQuestion(device.certificate.der, issuing!.der);
};
const ocspOf = ({ ports }: Touchmark): string => `http://127.0.0.1:${ports.public}/ocsp/issuing`;

it('the second node finds the PKI that is there, and prints no secret', async () => {
  const printed = await eventually('the announcement', 5, async () => b.stdout || undefined);
  expect(printed).not.toMatch(/setup|[a-z2-7]{8}-[a-z2-7]{32}/);
  const [ofA, ofB] = await Promise.all(
    [a, estOfB].map((node) => askEst(node, { method: 'GET', operation: 'cacerts' })),
  );
  expect(ofB!.body).toEqual(ofA!.body);
});

it('a device enrolled at A renews at B', async () => {
  const device = await enrollDevice(a, await newSecret());
  const { certificationRequestDer } = await buildCertificationRequest({ commonName: device.name });
  const answer = await renewAt(estOfB, device, certificationRequestDer);
  expect(answer.status).toBe(200);
  expect(await admin.certificatesOf(device.name)).toHaveLength(2);
});

it('revoked at A is revoked at B: in OCSP at once, also after B said good, and for renewal', async () => {
  const device = await enrollDevice(a, await newSecret());
  const question = await questionAbout(device);
  expect(await askVerdict(ocspOf(b), question)).toBe('good');
  expect(await askVerdict(ocspOf(b), question)).toBe('good');
  await admin.revoke(device.serialNumberHex);
  expect(await askVerdict(ocspOf(b), question)).toBe('revoked');
  expect(await askVerdict(ocspOf(a), question)).toBe('revoked');
  const answer = await renewAt(estOfB, device, device.request.certificationRequestDer);
  expect([answer.status, answer.field('Touchmark-Reason')]).toEqual([403, 'certificateRevoked']);
});

it('the CRL of both nodes has it within seconds, and its number only rises', async () => {
  const device = await enrollDevice(estOfB, await newSecret());
  await admin.revoke(device.serialNumberHex);
  const crlOf = async ({ ports }: Touchmark): Promise<Buffer> => {
    const response = await fetch(`http://127.0.0.1:${ports.public}/pki/issuing.crl`);
    return Buffer.from(await response.arrayBuffer());
  };
  await eventually('the revocation in the CRL of both', 60, async () => {
    const crls = await Promise.all([crlOf(a), crlOf(b)]);
    const serialNumber = Buffer.from(device.certificate.serialNumber);
    return crls.every((crl) => crl.includes(serialNumber)) ? crls : undefined;
  });
}, 90_000);

it('one request to both nodes at once gets one certificate', async () => {
  const commonName = newDeviceName();
  const { certificationRequestDer: body } = await buildCertificationRequest({ commonName });
  const secret = await newSecret();
  const answers = await Promise.all(
    Array.from({ length: 32 }, (_, index) => askEst(index % 2 === 0 ? a : estOfB, { secret, body })),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(answers.map((answer) => answer.body.toString())).size).toBe(1);
  expect(certificateIn(answers[0]!).der.length).toBeGreaterThan(100);
  expect(await admin.certificatesOf(commonName)).toHaveLength(1);
});

it('a secret that is used up at A is used up at B', async () => {
  const secret = await newSecret();
  await enrollDevice(a, secret);
  const { certificationRequestDer: body } = await buildCertificationRequest({ commonName: newDeviceName() });
  const answer = await askEst(estOfB, { secret, body });
  expect([answer.status, answer.field('Touchmark-Reason')]).toEqual([403, 'secretSpent']);
});

it('a version of a profile activated at A is what B issues by within two seconds', async () => {
  const { rules } = (await a.cliJson('profile', 'show', 'device')) as Profile;
  const file = join(a.home, 'two-hours.json');
  writeFileSync(file, JSON.stringify({ ...rules, validity: { seconds: 7200 } }));
  await a.cliJson('profile', 'edit', 'device', '--file', file, '--comment', 'two hours');
  const secrets = await Promise.all(Array.from({ length: 20 }, newSecret));
  const validityAtB = async (): Promise<number> => {
    const { certificate } = await enrollDevice(estOfB, secrets.pop()!);
    const { notBefore, notAfter } = certificate;
    return (notAfter.getTime() - notBefore.getTime()) / 1000;
  };
  expect(await validityAtB()).toBeGreaterThan(7200 + 600);
  await a.cliJson('profile', 'activate', 'device', '--yes');
  await eventually('the new validity at B', 2, async () => ((await validityAtB()) <= 7200 + 600 ? true : undefined));
  const device = await enrollDevice(estOfB, secrets.pop()!);
  const [certificate] = await admin.certificatesOf(device.name);
  expect(certificate?.profile).toEqual({ name: 'device', version: 2 });
}, 60_000);

it('a node with another passphrase, without one, or with another public URL is refused', async () => {
  const c = await newTouchmark();
  const refusal = async (changes: Record<string, string>): Promise<string> => {
    const { code, words } = await refusedStart(c, { ...environment, ...changes });
    expect(code).toBe(1);
    return words;
  };
  try {
    expect(await refusal({ TOUCHMARK_KEY_PASSPHRASE: 'the passphrase of somebody else' })).toContain(
      'passphrase is not the one',
    );
    expect(await refusal({ TOUCHMARK_KEY_PASSPHRASE: '' })).toContain('passphrase of this registry');
    expect(await refusal({ TOUCHMARK_PUBLIC_URL: 'http://other.example.com' })).toContain(
      `TOUCHMARK_PUBLIC_URL=${publicUrl}`,
    );
  } finally {
    await c.dispose();
  }
}, 60_000);

it('two nodes that start at once on an empty database make one PKI', async () => {
  const DATABASE_URL = await postgres.createDatabase();
  const nodes = [
    await newTouchmark({ ...environment, DATABASE_URL }),
    await newTouchmark({ ...environment, DATABASE_URL }),
  ];
  try {
    await Promise.all(nodes.map((node) => node.start()));
    const roots = await Promise.all(
      nodes.map(async ({ ports }) => (await fetch(`http://127.0.0.1:${ports.public}/pki/root.cer`)).arrayBuffer()),
    );
    expect(Buffer.from(roots[0]!)).toEqual(Buffer.from(roots[1]!));
    const printed = await Promise.all(
      nodes.map((node) => eventually('the announcement', 5, async () => node.stdout || undefined)),
    );
    expect(printed.filter((text) => text.includes('first start'))).toHaveLength(1);
  } finally {
    await Promise.all(nodes.map((node) => node.dispose()));
  }
}, 60_000);

it('a node that is not ready says what is missing instead, until a worker has done its part', async () => {
  const here = { ...environment, DATABASE_URL: await postgres.createDatabase() };
  const idle = await newTouchmark({ ...here, TOUCHMARK_ROLES: 'admin,status' });
  const worker = await newTouchmark(here);
  try {
    idle.spawn();
    const printed = await eventually('the announcement', 40, async () => idle.stdout || undefined);
    expect(printed).toMatch(/^\nTouchmark is running, and this is its first start, but it is not ready:\n/);
    expect(printed).toContain('  crl:issuing/0: none is published yet; is a node with the role "worker" running?\n');
    expect(printed).toMatch(/one-time device secret +\S+/);
    await worker.start();
    expect(await eventually('the announcement', 5, async () => worker.stdout || undefined)).toMatch(
      /^\nTouchmark is ready\.\n/,
    );
    expect((await fetch(`${idle.metricsUrl}/readyz`)).status).toBe(200);
  } finally {
    await idle.dispose();
    await worker.dispose();
  }
}, 90_000);
