/**
 * A profile is changed two hundred times while devices enroll at two nodes. Whatever version a certificate is made by, it is
 * the TBSCertificate that was stored, and it keeps the rules of the version that is on record for it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rfc5280 } from '@touchmark/asn1';
import { readyProfiles } from '@touchmark/ca';
import type { ProfileRules } from '@touchmark/ca';
import { createPool } from '@touchmark/store';
import { startTestPostgres } from '@touchmark/store/testing';
import type { TestPostgres } from '@touchmark/store/testing';
import { buildCertificationRequest } from '@touchmark/testkit';
import { findExtension, parseCertificate, parseExtendedKeyUsage } from '@touchmark/x509';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { gatherEvidence } from '../support/evidence.ts';
import { invariantNames, invariants } from '../support/invariants.ts';
import type { ClientOutcome, Evidence } from '../support/invariants.ts';
import { WitnessedKeys, WitnessedNode } from '../support/witnessed-node.ts';

const changeCount = 200;
const workers = 8;
const label = 'changing';
const hour = 3600;

/** No two versions give the same validity, and every other gives one usage more. */
function rulesOf(change: number): ProfileRules {
  const device = readyProfiles.device!;
  return {
    ...device,
    validity: { ...device.validity, seconds: (24 + change) * hour },
    extendedKeyUsage: change % 2 === 0 ? ['clientAuth'] : ['clientAuth', 'emailProtection'],
  };
}

let postgres: TestPostgres;
let observer: pg.Pool;
let directory: string;
const nodes: WitnessedNode[] = [];
const clients: ClientOutcome[] = [];
let evidence: Evidence;
/** What is on record of a certificate's version, and the rules of that version. */
let versions: ReadonlyMap<string, { readonly version: number; readonly rules: ProfileRules }>;

beforeAll(async () => {
  postgres = await startTestPostgres();
  observer = createPool(postgres.databaseUrl, { max: 4 });
  directory = mkdtempSync(join(tmpdir(), 'touchmark-changes-'));
  const witnessFile = join(directory, 'witness');
  const keys = await WitnessedKeys.generate(['root', 'issuing'], witnessFile, observer);
  nodes.push(new WitnessedNode(postgres.databaseUrl, keys), new WitnessedNode(postgres.databaseUrl, keys));
  const [first] = nodes;
  await first!.createHierarchy({ [label]: rulesOf(0) });
  for (const { catalog } of nodes) await catalog.load();

  let changing = true;
  const enrolling = Array.from({ length: workers }, async (_, worker) => {
    const node = nodes[worker % nodes.length]!;
    for (let turn = 0; changing; turn++) clients.push(await enroll(node, `changed-${worker}-${turn}`));
  });
  for (let change = 1; change <= changeCount; change++) {
    await first!.registry.admin.insertProfile(label, rulesOf(change));
    await Promise.all(nodes.map(({ catalog }) => catalog.refresh()));
  }
  changing = false;
  await Promise.all(enrolling);

  evidence = await gatherEvidence(observer, { witnessFile, clients, outages: [], ends: [] });
  const { rows } = await observer.query<{ id: string; version: number; rules: ProfileRules }>(
    `SELECT c.id, c.profile_version AS version, v.rules FROM certificate c
     JOIN profile_version v ON v.name = c.profile_name AND v.version = c.profile_version
     WHERE c.profile_name = $1`,
    [label],
  );
  versions = new Map(rows.map(({ id, version, rules }) => [id, { version, rules }]));
}, 300_000);

afterAll(async () => {
  for (const { registry } of nodes) await registry.close();
  await observer?.end();
  await postgres?.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function enroll(node: WitnessedNode, deviceId: string): Promise<ClientOutcome> {
  const { id, secret } = await node.createSecret(label);
  const { certificationRequestDer } = await buildCertificationRequest({ commonName: deviceId });
  const outcome = await node.enroll(label, certificationRequestDer, secret);
  if (outcome.kind !== 'issued') throw new Error(`${deviceId} got nothing: ${JSON.stringify(outcome)}`);
  return { deviceId, secretId: id, receivedDer: [outcome.certificateDer] };
}

it('certificates were made by many versions, the first and the last among them or near', () => {
  const used = new Set([...versions.values()].map(({ version }) => version));
  expect(versions.size).toBe(clients.length);
  expect(used.size).toBeGreaterThan(changeCount / 4);
  expect(Math.max(...used)).toBeGreaterThan(changeCount - 20);
});

it('each certificate keeps the rules of the version on record for it', () => {
  for (const { id, certificateDer } of evidence.certificates) {
    const made = versions.get(id);
    if (made === undefined) continue;
    const { notBefore, notAfter, extensions } = parseCertificate(certificateDer);
    const { seconds, backdateSeconds } = made.rules.validity;
    // notAfter is inclusive (RFC 5280 §4.1.2.5).
    expect((notAfter.getTime() - notBefore.getTime()) / 1000 + 1).toBe(seconds + backdateSeconds);
    expect(made.rules).toEqual(JSON.parse(JSON.stringify(rulesOf(made.version - 1))));
    const usage = findExtension({ extensions }, rfc5280['id-ce-extKeyUsage']);
    expect(parseExtendedKeyUsage(usage!.value)).toHaveLength(made.rules.extendedKeyUsage.length);
  }
});

describe.each(invariantNames)('%s', (name) => {
  it('over all of it', () => {
    expect(invariants[name](evidence)).toEqual([]);
  });
});
