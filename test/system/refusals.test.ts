/**
 * Bad input over real TLS sockets: each is refused with its own status, reason code and attempt, nothing is issued, and the
 * process goes on serving others.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readyProfiles } from '@touchmark/ca';
import { openRegistry } from '@touchmark/store';
import { startTestPostgres } from '@touchmark/store/testing';
import type { TestPostgres } from '@touchmark/store/testing';
import { buildCertificationRequest, createTestAuthority } from '@touchmark/testkit';
import type { TestLeaf } from '@touchmark/testkit';
import { Administrator } from '../support/administrator.ts';
import type { SecretWishes } from '../support/administrator.ts';
import { askEst, askEstOctets, encodeRequest, enrollDevice, newDeviceName } from '../support/est-request.ts';
import type { EnrolledDevice, EstRequest } from '../support/est-request.ts';
import { EstSocket } from '../support/est-socket.ts';
import type { ClientCredential, WireAnswer } from '../support/est-socket.ts';
import { SlowClient, dribbledBody, endlessChunks, endlessFields } from '../support/slow-clients.ts';
import { newTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';
import { requestWithEcKey, requestWithRsaKey, withBrokenSignature } from '../support/unacceptable-requests.ts';

/** A certificate of this endpoint is over after the shortest life that a profile may give. */
const briefSeconds = 60;

let postgres: TestPostgres;
let touchmark: Touchmark;
let admin: Administrator;
let pid: number;

const newSecret = async (wishes: SecretWishes = {}): Promise<string> => (await admin.createSecret(wishes)).secret;
const newRequest = async (commonName = newDeviceName()): Promise<Uint8Array> =>
  (await buildCertificationRequest({ commonName })).certificationRequestDer;
const enroll = async (label = 'factory'): Promise<EnrolledDevice> =>
  enrollDevice(touchmark, await newSecret({ label }), { label });
const ask = (request: EstRequest): Promise<WireAnswer> => askEst(touchmark, request);
/** A request that would be granted but for what is different in it. */
const askWith = async (different: EstRequest): Promise<WireAnswer> =>
  ask({ secret: await newSecret(), body: await newRequest(), ...different });
/** The renewal that this client might have, with the same key and names. */
const renewalBy = async (client: EnrolledDevice, operation: string, label = 'factory'): Promise<WireAnswer> =>
  ask({ operation, label, client, body: client.request.certificationRequestDer });
const credentialOf = ({ certificatePem, privateKeyPem }: TestLeaf): ClientCredential => ({ certificatePem, privateKeyPem });
const signed = async (): Promise<{ certificates: number; intents: number }> => {
  const { rows } = await postgres.pool.query<{ certificates: number; intents: number }>(
    'SELECT (SELECT count(*)::int FROM certificate) AS certificates, (SELECT count(*)::int FROM issuance_intent) AS intents',
  );
  return rows[0]!;
};

let foreign: TestLeaf;
let brief: EnrolledDevice;
let server: ClientCredential;
let expiredSecret: string;

/** Labels that the first start does not make; the catalog is read at the start. */
async function addEndpoints(): Promise<void> {
  const registry = openRegistry({ databaseUrl: postgres.databaseUrl });
  const { admin: registryAdmin } = registry;
  const device = readyProfiles.device!;
  const authorityId = (await registryAdmin.listEndpoints())[0]!.authorityId;
  const add = async (label: string, rules = device, acceptsSecret = true, acceptsCertificate = true): Promise<void> => {
    await registryAdmin.insertProfile(label, rules);
    await registryAdmin.insertEndpoint({
      label, protocol: 'est', authorityId, profileName: label, acceptsSecret, acceptsCertificate,
    });
  };
  await add('second');
  await add('brief', { ...device, validity: { ...device.validity, seconds: briefSeconds } });
  await add('bound', { ...device, requireChannelBinding: true });
  await add('early', { ...device, renewal: { ...device.renewal, enforceWindow: true } });
  await add('rekeying', { ...device, renewal: { ...device.renewal, sameKey: false } });
  await add('keeping', { ...device, renewal: { ...device.renewal, rekey: false } });
  await add('secrets-only', device, true, false);
  await add('certificates-only', device, false, true);
  await registry.close();
}

beforeAll(async () => {
  postgres = await startTestPostgres({ migrated: false });
  touchmark = await newTouchmark({ DATABASE_URL: postgres.databaseUrl });
  await touchmark.start();
  await touchmark.end();
  await addEndpoints();
  await touchmark.start();
  pid = touchmark.pid;
  admin = new Administrator(touchmark);

  brief = await enroll('brief');
  foreign = await (await createTestAuthority()).issue({ subject: [{ attribute: 'commonName', value: 'device-0001' }] });
  const serverRequest = await buildCertificationRequest({ commonName: 'relying.example.com' });
  const serverKey = serverRequest.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const { certificatePem } = await admin.issueServerCertificate(serverRequest.certificationRequestDer, 'relying.example.com');
  server = { certificatePem, privateKeyPem: serverKey };
  const expiring = await admin.createSecret();
  await postgres.pool.query(`UPDATE enrollment_secret SET expires_at = now() - interval '1 second' WHERE id = $1`, [expiring.id]);
  expiredSecret = expiring.secret;
}, 120_000);

afterAll(async () => {
  admin?.close();
  await touchmark?.dispose();
  await postgres?.stop();
});

interface Refusal {
  readonly name: string;
  readonly status: number;
  readonly reason: string;
  /** The step of the issuance cycle that decided. */
  readonly step: string;
  readonly send: () => Promise<WireAnswer>;
}

/** The stored attempt under the id in the answer. */
async function expectRefusal(answer: WireAnswer, { status, reason, step }: Omit<Refusal, 'name' | 'send'>): Promise<void> {
  expect([answer.status, answer.field('Touchmark-Reason')]).toEqual([status, reason]);
  const id = answer.field('Touchmark-Attempt') ?? '';
  const attempt = await admin.attempt(id);
  expect(attempt).toMatchObject({ id, outcome: 'refused', code: reason, certificateId: null, protocol: 'est' });
  expect(attempt.steps.at(-1)).toEqual({ step, note: attempt.message, warning: false });
  if (status === 401) {
    expect(answer.fields[0]).toEqual(['WWW-Authenticate', 'Basic realm="Touchmark"']);
    expect(answer.field('Content-Length')).toBe('0');
  } else {
    expect(answer.field('Content-Type')).toBe('text/plain; charset=utf-8');
    expect(answer.body.toString()).toBe(`${attempt.message}\nreason: ${reason}\nattempt: ${id}\n`);
  }
}

async function expectNothingIssued(act: () => Promise<void>): Promise<void> {
  const before = await signed();
  await act();
  expect(await signed()).toEqual(before);
}

function table(refusals: readonly Refusal[]): void {
  it.each(refusals)('$name: $status $reason', async (refusal) => {
    // What has to be issued beforehand is issued by `send`, so the count is taken right around the one request.
    const counts: unknown[] = [];
    onRequest = async () => void counts.push(await signed());
    try {
      await expectRefusal(await refusal.send(), refusal);
    } finally {
      onRequest = async () => undefined;
    }
    expect(await signed()).toEqual(counts.at(-1));
  });
}
