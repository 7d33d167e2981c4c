/**
 * SECURITY, "Concurrency": the same request comes 64 times at once, half to each of two nodes over one PostgreSQL, five
 * hundred times over. Each time there is one certificate, and everybody gets it.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '@touchmark/asn1';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AdminClient } from '../support/admin-client.ts';
import { gatherEvidence } from '../support/evidence.ts';
import { FleetDevice, estServiceOf, requestKey } from '../support/fleet-device.ts';
import type { EnrollmentAnswer } from '../support/fleet-device.ts';
import { inParallel } from '../support/in-parallel.ts';
import { InstrumentedNode } from '../support/instrumented/node.ts';
import { invariantNames, invariants } from '../support/invariants.ts';
import type { Evidence } from '../support/invariants.ts';
import { TestCluster } from '../support/test-cluster.ts';

const roundCount = 500;
const width = 64;

let directory: string;
let cluster: TestCluster;
let nodes: InstrumentedNode[];
let devices: readonly FleetDevice[];
let evidence: Evidence;
/** By device, what each of the 64 was told. */
const rounds: EnrollmentAnswer[][] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'touchmark-duplicates-'));
  const witnessFile = join(directory, 'witness');
  cluster = await TestCluster.start();
  const environment = {
    TOUCHMARK_PUBLIC_URL: 'http://pki.example.com',
    TOUCHMARK_KEY_PASSPHRASE: 'the passphrase of both nodes',
    TOUCHMARK_LOG_LEVEL: 'warn',
  };
  const options = { databaseUrl: cluster.databaseUrl, witnessFile, environment };
  nodes = [await InstrumentedNode.create(options), await InstrumentedNode.create(options)];
  for (const { touchmark } of nodes) await touchmark.start();
  const [first] = nodes.map(({ touchmark }) => touchmark);
  const admin = new AdminClient(first!);
  const secrets = await admin.createSecrets(roundCount);
  admin.close();
  devices = await inParallel(secrets, 4, async ({ secret }, index) => {
    const id = `doubled-${index}`;
    return new FleetDevice(id, secret, await requestKey(id));
  });

  const rootPem = readFileSync(first!.rootCertificateFile, 'utf8');
  const callers = nodes.map(({ touchmark: { ports } }) => ({
    service: { ...estServiceOf(first!), url: `https://127.0.0.1:${ports.est}/.well-known/est/factory`, rootPem },
    agent: new Agent({ ca: rootPem, keepAlive: true, maxSockets: width / nodes.length, maxCachedSessions: 0 }),
  }));
  for (const device of devices) {
    const answers = Array.from({ length: width }, (_, index) => {
      const { service, agent } = callers[index % callers.length]!;
      return device.enroll(service, device.requested.requestDer, agent);
    });
    rounds.push(await Promise.all(answers));
  }
  for (const { agent } of callers) agent.destroy();

  const clients = devices.map(({ id }, index) => ({
    deviceId: id,
    secretId: secrets[index]!.id,
    receivedDer: rounds[index]!.flatMap((answer) => (answer.kind === 'issued' ? [answer.certificateDer] : [])),
  }));
  evidence = await gatherEvidence(cluster.pool, { witnessFile, clients, outages: [], ends: [] });
}, 600_000);

afterAll(async () => {
  for (const node of nodes ?? []) await node.dispose();
  await cluster?.dispose();
  rmSync(directory, { recursive: true, force: true });
});

it('all 64 get the same certificate, every time', () => {
  expect(rounds).toHaveLength(roundCount);
  for (const answers of rounds) {
    expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['issued']));
    const certificates = answers.map((answer) => (answer.kind === 'issued' ? toHex(answer.certificateDer) : ''));
    expect(new Set(certificates).size).toBe(1);
  }
});

it('each device has one certificate and one intent, and its secret is spent once', () => {
  const countOf = (items: readonly { readonly deviceId: string | null }[]): Set<number> => {
    const perDevice = Map.groupBy(items, ({ deviceId }) => deviceId);
    return new Set(devices.map(({ id }) => perDevice.get(id)?.length ?? 0));
  };
  expect(countOf(evidence.certificates)).toEqual(new Set([1]));
  expect(countOf(evidence.intents)).toEqual(new Set([1]));
  // The first start made one secret more.
  expect(evidence.secrets.map(({ uses }) => uses).toSorted()).toEqual([0, ...devices.map(() => 1)]);
});

describe.each(invariantNames)('%s', (name) => {
  it('over all of it', () => {
    expect(invariants[name](evidence)).toEqual([]);
  });
});
