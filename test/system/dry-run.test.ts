/** DESIGN §3, explain: a dry run says what the cycle does, by the same functions, and neither signs nor records anything. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DryRun, ProfileRules, SigningGate, readyProfiles } from '@touchmark/ca';
import type { EnrollmentOutcome, Explanation, PretendedCaller } from '@touchmark/ca';
import { createPool } from '@touchmark/store';
import { startTestPostgres } from '@touchmark/store/testing';
import type { TestPostgres } from '@touchmark/store/testing';
import { buildCertificationRequest } from '@touchmark/testkit';
import { parseCertificate, parseTbsCertificate } from '@touchmark/x509';
import { countRows } from '../support/registry-rows.ts';
import { WitnessedKeys, WitnessedNode } from '../support/witnessed-node.ts';

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const clock = { now: () => new Date() };
const rules = (changes: object): ProfileRules => ProfileRules.parse({ ...readyProfiles.device, ...changes });

let postgres: TestPostgres;
let directory: string;
let node: WitnessedNode;
let dryRun: DryRun;

beforeAll(async () => {
  postgres = await startTestPostgres();
  directory = mkdtempSync(join(tmpdir(), 'touchmark-dry-run-'));
  const keys = await WitnessedKeys.generate(
    ['root', 'issuing'],
    witness(),
    createPool(postgres.databaseUrl, { max: 2 }),
  );
  node = new WitnessedNode(postgres.databaseUrl, keys);
  await node.createHierarchy({
    device: rules({}),
    narrow: rules({ keyAlgorithms: ['ec-p384'], renewal: { sameKey: false }, requireChannelBinding: false }),
    limited: rules({ maxActiveCertificates: 1 }),
  });
  const gate = new SigningGate(clock, new Date(0));
  gate.open();
  dryRun = new DryRun({
    catalog: node.catalog,
    registry: node.registry.dryRun,
    gate,
    clock,
    randomBytes: random,
    publicUrl: 'http://pki.example.com',
  });
}, 60_000);

afterAll(async () => {
  await node?.registry.close();
  await postgres?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const witness = (): string => join(directory, 'witness');
const signatures = (): number => readFileSync(witness(), 'utf8').split('\n').length;
const requestFor = async (commonName: string, fields: object = {}): Promise<Uint8Array> =>
  (await buildCertificationRequest({ commonName, ...fields })).certificationRequestDer;
const explain = (
  requestDer: Uint8Array,
  caller: PretendedCaller,
  { label = 'device', kind = 'enrollment' }: { label?: string; kind?: 'enrollment' | 'renewal' } = {},
): Promise<Explanation> =>
  dryRun.explainEnrollment({
    endpoint: node.catalog.getEndpoint('est', label),
    operation: kind === 'renewal' ? 'simplereenroll' : 'simpleenroll',
    kind,
    caller,
    requestDer,
  });
const failed = ({ verdicts }: Explanation): string[] =>
  verdicts.filter(({ outcome }) => outcome === 'failed').map(({ rule, code }) => `${rule}: ${code}`);

/** Runs `work` and says which tables have more or fewer rows after it, and how often a key was used. */
async function traceOf(work: () => Promise<unknown>): Promise<{ tables: string[]; signatures: number }> {
  const [rows, signed] = [await countRows(node.registry), signatures()];
  await work();
  const now = await countRows(node.registry);
  return { tables: Object.keys(now).filter((name) => now[name] !== rows[name]), signatures: signatures() - signed };
}

it('signs and records nothing, whatever is asked', async () => {
  const request = await requestFor('unseen-1');
  const { id } = await node.createSecret('device');
  const secret = await node.registry.admin.findSecret(id);
  const trace = await traceOf(async () => {
    for (const caller of [
      { kind: 'newDevice' },
      { kind: 'device', deviceId: 'nobody' },
      { kind: 'secret', secret: secret! },
    ] as const) {
      await explain(request, caller);
    }
    await explain(new Uint8Array([1, 2, 3]), { kind: 'newDevice' });
  });
  expect(trace).toEqual({ tables: [], signatures: 0 });
  expect((await node.registry.admin.findSecret(id))?.uses).toBe(0);
  // The instrument works: an enrollment leaves what a dry run must not.
  const real = await traceOf(async () => node.enroll('device', request, (await node.createSecret('device')).secret));
  expect(real.signatures).toBe(1);
  expect(real.tables).toEqual(expect.arrayContaining(['certificate', 'enrollment_attempt', 'audit_event', 'device']));
});

it('shows the certificate that is then issued, but for serial number and the second', async () => {
  const request = await requestFor('shown-1');
  const explanation = await explain(request, { kind: 'newDevice' });
  expect([explanation.outcome, failed(explanation), explanation.complete]).toEqual(['issue', [], true]);
  const { secret } = await node.createSecret('device');
  const issued = await node.enroll('device', request, secret);
  if (issued.kind !== 'issued') throw new Error('It was not issued.');
  const certificate = parseCertificate(issued.certificateDer);
  const shown = parseTbsCertificate(explanation.tbsCertificateDer!);
  expect(shown.subject.der).toEqual(certificate.subject.der);
  expect(shown.extensions.map(({ der }) => der)).toEqual(certificate.extensions.map(({ der }) => der));
  expect(shown.subjectPublicKeyInfoDer).toEqual(certificate.subjectPublicKeyInfoDer);
  expect(shown.serialNumberHex).not.toBe(certificate.serialNumberHex);
});

describe('says what the cycle does', () => {
  interface Case {
    readonly name: string;
    readonly label?: string;
    readonly request: () => Promise<Uint8Array>;
  }

  const codeOf = (outcome: EnrollmentOutcome): string | undefined =>
    outcome.kind === 'refused' ? outcome.error.code : undefined;
  const cases: readonly Case[] = [
    { name: 'a request in order', request: () => requestFor('differential-1') },
    { name: 'a name that is none', request: () => requestFor('not a device id!') },
    { name: 'no name', request: () => requestFor('', { subject: [] }) },
    { name: 'a key of a kind that is not taken', label: 'narrow', request: () => requestFor('differential-2') },
    { name: 'no request at all', request: async () => new Uint8Array([0x30, 0x03, 0x02, 0x01, 0x00]) },
    {
      name: 'a key of another device',
      request: async () => {
        const { certificationRequestDer: first, ...keyPair } = await buildCertificationRequest({
          commonName: 'owner-1',
        });
        await node.enroll('device', first, (await node.createSecret('device')).secret);
        return requestFor('thief-1', { keyPair });
      },
    },
    {
      name: 'a device that is known',
      request: async () => {
        await node.enroll('device', await requestFor('known-1'), (await node.createSecret('device')).secret);
        return requestFor('known-1');
      },
    },
  ];

  it.each(cases.map((each) => [each.name, each] as const))('%s', async (_, { label = 'device', request }) => {
    const requestDer = await request();
    const { id, secret } = await node.createSecret(label);
    const found = await node.registry.admin.findSecret(id);
    const pretended = await explain(requestDer, { kind: 'newDevice' }, { label });
    const asSecret = await explain(requestDer, { kind: 'secret', secret: found! }, { label });
    const real = await node.enroll(label, requestDer, secret);
    expect([pretended.code, asSecret.code]).toEqual([codeOf(real), codeOf(real)]);
    if (real.kind === 'refused') expect(asSecret.message).toBe(real.error.message);
    else expect(asSecret.outcome).toBe('issue');
  });

  it('also of renewals: too many, revoked, another name, the same key where it is not taken', async () => {
    const enroll = async (label: string, name: string, fields: object = {}) => {
      const { certificationRequestDer, privateKey, publicKey } = await buildCertificationRequest({
        commonName: name,
        ...fields,
      });
      const outcome = await node.enroll(label, certificationRequestDer, (await node.createSecret(label)).secret);
      if (outcome.kind !== 'issued') throw new Error('It was not issued.');
      const { items } = await node.registry.admin.listCertificates(
        { deviceId: name },
        { limit: 1, cursor: undefined },
        new Date(),
      );
      return { keyPair: { privateKey, publicKey }, certificate: items[0]!, der: outcome.certificateDer };
    };
    const compare = async (label: string, request: Uint8Array, held: Awaited<ReturnType<typeof enroll>>) => {
      const [current] = (
        await node.registry.admin.listCertificates(
          { deviceId: held.certificate.deviceId },
          { limit: 1, cursor: undefined },
          new Date(),
        )
      ).items;
      const caller = { kind: 'certificate', certificate: current! } as const;
      const explanation = await explain(request, caller, { label, kind: 'renewal' });
      const real = await node.renew(label, request, held.der);
      expect([explanation.code, explanation.outcome === 'refuse']).toEqual([codeOf(real), real.kind === 'refused']);
      return explanation.code;
    };
    const one = await enroll('device', 'renewing-1');
    expect(await compare('device', await requestFor('renewing-2'), one)).toBe('renewalNamesDiffer');
    expect(await compare('device', await requestFor('renewing-1'), one)).toBeUndefined();
    const narrow = await enroll('narrow', 'renewing-3', { keyAlgorithm: 'ec-p384' });
    const sameKey = await requestFor('renewing-3', { keyPair: narrow.keyPair });
    expect(await compare('narrow', sameKey, narrow)).toBe('renewSameKeyNotAllowed');
    const limited = await enroll('limited', 'renewing-4');
    expect(await compare('limited', await requestFor('renewing-4'), limited)).toBeUndefined();
    const gone = await enroll('device', 'renewing-5');
    await node.revocation.revoke({
      certificate: gone.certificate.id,
      reason: 'keyCompromise',
      invalidityDate: undefined,
      principal: 'test',
      remoteAddress: undefined,
      correlationId: undefined,
    });
    expect(await compare('device', await requestFor('renewing-5'), gone)).toBe('certificateRevoked');
  });
});

it('judges all rules, not only the first that refuses', async () => {
  const { certificationRequestDer, privateKey, publicKey } = await buildCertificationRequest({ commonName: 'many-1' });
  await node.enroll('device', certificationRequestDer, (await node.createSecret('device')).secret);
  await node.registry.admin.setDeviceState('many-1', 'suspended');
  const { id } = await node.createSecret('device');
  await node.registry.admin.revokeSecret('device', id, new Date(), {
    at: new Date(),
    actor: 'test',
    remoteAddress: undefined,
    action: 'secret.revoked',
    subject: `secret:${id}`,
    correlationId: undefined,
    details: {},
  });
  const secret = (await node.registry.admin.findSecret(id))!;
  const request = await requestFor('many-1', { keyPair: { privateKey, publicKey } });
  const explanation = await explain(request, { kind: 'secret', secret }, { label: 'narrow' });
  expect(failed(explanation)).toEqual([
    'secretEndpoint: secretForAnotherEndpoint',
    'secretNotRevoked: secretRevoked',
    'keyAlgorithm: keyAlgorithmNotAllowed',
    'device: deviceSuspended',
    'secretGuard: secretSpent',
    'deviceGuard: deviceSuspended',
  ]);
  expect([explanation.code, explanation.outcome]).toEqual(['secretForAnotherEndpoint', 'refuse']);
  expect(explanation.tbsCertificateDer).toBeDefined();
});

it('a limit that is reached is found by its guard', async () => {
  const { secret } = await node.createSecret('limited');
  await node.enroll('limited', await requestFor('full-1'), secret);
  const explanation = await explain(
    await requestFor('full-1'),
    { kind: 'device', deviceId: 'full-1' },
    { label: 'limited' },
  );
  expect(failed(explanation)).toEqual([expect.stringMatching(/^certificateLimit: /)]);
});

it('a request that was answered before would get the same certificate', async () => {
  const request = await requestFor('again-1');
  const { id, secret } = await node.createSecret('device');
  await node.enroll('device', request, secret);
  const spent = (await node.registry.admin.findSecret(id))!;
  const explanation = await explain(request, { kind: 'secret', secret: spent });
  expect(explanation).toMatchObject({ outcome: 'repeat', code: undefined, earlierCertificateId: expect.any(String) });
});

it('rules that are only tried out are not issued by afterwards', async () => {
  const endpoint = node.catalog.getEndpoint('est', 'device');
  const request = await requestFor('tried-1');
  const candidate = {
    name: 'device',
    version: endpoint.profile.version,
    rules: rules({ extendedKeyUsage: ['clientAuth', 'emailProtection'] }),
  };
  const tried = await dryRun.explainEnrollment({
    endpoint: { ...endpoint, profile: candidate },
    operation: 'simpleenroll',
    kind: 'enrollment',
    caller: { kind: 'newDevice' },
    requestDer: request,
  });
  const real = await node.enroll('device', request, (await node.createSecret('device')).secret);
  if (real.kind !== 'issued') throw new Error('It was not issued.');
  const usage = (extensions: readonly { oid: string; value: Uint8Array }[]): number =>
    extensions.find(({ oid }) => oid === '2.5.29.37')?.value.length ?? 0;
  expect(usage(parseTbsCertificate(tried.tbsCertificateDer!).extensions)).toBeGreaterThan(
    usage(parseCertificate(real.certificateDer).extensions),
  );
});

it('where nothing may be signed, that is a verdict too, and the other rules are judged', async () => {
  const closed = new DryRun({
    catalog: node.catalog,
    registry: node.registry.dryRun,
    gate: new SigningGate(clock, new Date(0)),
    clock,
    randomBytes: random,
    publicUrl: 'http://pki.example.com',
  });
  const explanation = await closed.explainEnrollment({
    endpoint: node.catalog.getEndpoint('est', 'device'),
    operation: 'simpleenroll',
    kind: 'enrollment',
    caller: { kind: 'newDevice' },
    requestDer: await requestFor('not-ready-1'),
  });
  expect(failed(explanation)).toEqual(['readyToSign: notReady']);
  expect(explanation.tbsCertificateDer).toBeDefined();
});
