/** Authorities and endpoints that are made and changed while two nodes run: each takes them up, without a restart. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestPostgres } from '@touchmark/store/testing';
import type { TestPostgres } from '@touchmark/store/testing';
import { buildCertificationRequest } from '@touchmark/testkit';
import { parseCertificate } from '@touchmark/x509';
import { Administrator } from '../support/administrator.ts';
import type { AuthorityWishes } from '../support/administrator.ts';
import { askEst, certificatesIn, enrollDevice, newDeviceName } from '../support/est-request.ts';
import type { EstServer } from '../support/est-socket.ts';
import { askVerdict, ocspQuestion } from '../support/ocsp-question.ts';
import { fetchCrl, isChain } from '../support/published-status.ts';
import { eventually } from '../support/run.ts';
import { newTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

let postgres: TestPostgres;
let a: Touchmark;
let b: Touchmark;
let estOfB: EstServer;
let admin: Administrator;

beforeAll(async () => {
  postgres = await startTestPostgres({ migrated: false });
  const environment = {
    DATABASE_URL: postgres.databaseUrl,
    TOUCHMARK_PUBLIC_URL: 'http://pki.example.com',
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

const plant: AuthorityWishes = {
  name: 'plant',
  issuer: 'root',
  subject: 'CN=Plant CA,O=Example,C=DE',
  keyAlgorithm: 'ec-p384',
  crlShards: 2,
  nameConstraints: { permitted: [{ kind: 'dns', value: 'plant.example.com' }] },
};
const ofB = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${b.ports.public}${path}`);
const refusalOf = async (attempt: Promise<unknown>): Promise<string> => {
  const error = await attempt.then(
    () => new Error('it was done'),
    (reason: unknown) => reason as Error,
  );
  return error.message;
};

it('an authority made at A is served by B within two seconds: certificate, chain, trust, CRL, OCSP, EST', async () => {
  await admin.createAuthority(plant);
  await admin.createEndpoint('plant-7', 'plant');
  const { secret } = await admin.createSecret({ label: 'plant-7' });

  await eventually('the label at B', 2, async () =>
    (await askEst(estOfB, { method: 'GET', operation: 'cacerts', label: 'plant-7' })).status === 200 ? true : undefined,
  );
  const chain = certificatesIn(await askEst(estOfB, { method: 'GET', operation: 'cacerts', label: 'plant-7' }));
  expect(chain).toHaveLength(2);
  const device = await enrollDevice(estOfB, secret, { label: 'plant-7' });
  expect(isChain([device.certificate, ...chain])).toBe(true);

  const certificate = parseCertificate(new Uint8Array(await (await ofB('/pki/plant.cer')).arrayBuffer()));
  expect(certificate.der).toEqual(chain[0]!.der);
  expect(await (await ofB('/pki/plant/chain.pem')).text()).toMatch(
    /^(-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n){2}$/,
  );
  for (const shard of [0, 1]) {
    const url = `http://127.0.0.1:${b.ports.public}/pki/plant/${shard}.crl`;
    await eventually(`shard ${shard}`, 20, () => fetchCrl(url, certificate));
  }
  expect((await ofB('/pki/plant/crl-chain.pem')).status).toBe(200);
  const question = ocspQuestion(device.certificate.der, certificate.der);
  for (const { ports } of [a, b]) {
    expect(await askVerdict(`http://127.0.0.1:${ports.public}/ocsp/plant`, question)).toBe('good');
  }

  // Readiness and metrics of both nodes know it too.
  for (const node of [a, b]) {
    const ready = await fetch(`${node.metricsUrl}/readyz`);
    const { checks } = (await ready.json()) as { checks: { name: string; ok: boolean }[] };
    const names = checks.filter(({ ok }) => ok).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['key:plant', 'ocsp:plant', 'crl:plant/0', 'crl:plant/1']));
    expect(await (await fetch(`${node.metricsUrl}/metrics`)).text()).toContain(
      'x509_cert_not_after{subject_CN="plant"',
    );
  }
}, 60_000);

it('a new root is on the page of trust of every node', async () => {
  await admin.createAuthority({ name: 'second-root', subject: 'CN=Second Root CA' });
  await eventually('the root at B', 2, async () =>
    (await (await ofB('/trust')).text()).includes('CN=Second Root CA') ? true : undefined,
  );
});

it('names beyond the constraints are refused before anything is signed', async () => {
  await admin.createEndpoint('plant-servers', 'plant', 'server');
  const { secret } = await admin.createSecret({ label: 'plant-servers' });
  const ask = async (dnsName: string) => {
    const { certificationRequestDer: body } = await buildCertificationRequest({
      commonName: dnsName,
      subjectAltNames: [{ kind: 'dns', value: dnsName }],
    });
    return askEst(a, { label: 'plant-servers', secret, body });
  };
  const refused = await ask('www.example.org');
  expect([refused.status, refused.field('Touchmark-Reason')]).toEqual([403, 'nameConstraintViolated']);
  expect((await ask('scada.plant.example.com')).status).toBe(200);
});

describe('an authority is not made', () => {
  it.each<[string, Partial<AuthorityWishes>, string]>([
    ['with a name that is taken', { name: 'plant' }, 'conflict'],
    ['below one of path length 0', { issuer: 'plant' }, 'pathLengthExceeded'],
    ['below nobody', { issuer: 'nobody' }, 'notFound'],
    ['with an algorithm that its key cannot sign', { signatureAlgorithm: 'id-RSASSA-PSS-SHA256' }, 'invalidArgument'],
    ['with a name for URLs that is none', { name: 'Plant 7' }, 'requestInvalid'],
    ['with a subject that is none', { subject: 'Plant' }, 'requestInvalid'],
    [
      'with a network that is none',
      { nameConstraints: { excluded: [{ kind: 'ip', value: '10.1.0.0/8' }] } },
      'requestInvalid',
    ],
    [
      'without room for its responder',
      { nameConstraints: { permitted: [{ kind: 'directoryName', value: 'O=Other' }] } },
      'nameConstraintViolated',
    ],
  ])('%s', async (_, changes, code) => {
    const before = (await a.cliJson('ca', 'list')) as { items: unknown[] };
    const message = await refusalOf(
      admin.createAuthority({ name: 'another', issuer: 'root', subject: 'CN=Another CA,O=Example', ...changes }),
    );
    expect(message).toContain(`"code":"${code}"`);
    expect(((await a.cliJson('ca', 'list')) as { items: unknown[] }).items).toHaveLength(before.items.length);
  });
});

it('a retired authority issues nothing at any node, and goes on to answer for what it issued', async () => {
  const { secret } = await admin.createSecret({ label: 'plant-7', maxUses: 100 });
  const device = await enrollDevice(estOfB, secret, { label: 'plant-7' });
  await admin.setAuthority('plant', { state: 'retired' });
  await eventually('the refusal of B', 2, async () => {
    // A new request each time: one that was answered before is answered again.
    const { certificationRequestDer: body } = await buildCertificationRequest({ commonName: newDeviceName() });
    const answer = await askEst(estOfB, { label: 'plant-7', secret, body });
    return answer.field('Touchmark-Reason') === 'authorityRetired' ? true : undefined;
  });
  const own = parseCertificate(new Uint8Array(await (await ofB('/pki/plant.cer')).arrayBuffer()));
  const question = ocspQuestion(device.certificate.der, own.der);
  await admin.revoke(device.serialNumberHex);
  expect(await askVerdict(`http://127.0.0.1:${b.ports.public}/ocsp/plant`, question)).toBe('revoked');
  await admin.setAuthority('plant', { state: 'active' });
}, 30_000);

it('an endpoint is closed and moved to another authority, at every node', async () => {
  const { secret } = await admin.createSecret({ label: 'plant-7', maxUses: 10 });
  const { certificationRequestDer: body } = await buildCertificationRequest({ commonName: newDeviceName() });
  const askB = () => askEst(estOfB, { label: 'plant-7', secret, body });
  await admin.setEndpoint('plant-7', { enabled: false });
  await eventually('the refusal of B', 2, async () =>
    (await askB()).field('Touchmark-Reason') === 'endpointDisabled' ? true : undefined,
  );
  await admin.setEndpoint('plant-7', { enabled: true, authority: 'issuing' });
  await eventually('the other authority at B', 2, async () => {
    const [issuer] = certificatesIn(await askEst(estOfB, { method: 'GET', operation: 'cacerts', label: 'plant-7' }));
    return issuer?.der.length !== undefined && (await askB()).status === 200 ? true : undefined;
  });
});

it('the command line makes, shows and changes authorities and endpoints; who overrules unseen is refused', async () => {
  const words = ['--subject', 'CN=Line CA,O=Example,C=DE', '--key-algorithm', 'ed25519', '--validity', '5y'];
  const constraints = ['--permit', 'directoryName:O=Example,C=DE', '--exclude', 'ip:0.0.0.0/0', '--exclude', 'ip:::/0'];
  const made = await a.cliJson('ca', 'create-intermediate', 'line', '--issuer', 'root', ...words, ...constraints);
  expect(made).toMatchObject({
    name: 'line',
    kind: 'issuing',
    keyAlgorithm: 'ed25519',
    pathLength: 0,
    revision: 1,
    nameConstraints: {
      permitted: [{ kind: 'directoryName', value: 'O=Example,C=DE' }],
      excluded: [
        { kind: 'ip', value: '0.0.0.0/0' },
        { kind: 'ip', value: '::/0' },
      ],
    },
  });
  expect(await a.cliJson('ca', 'set', 'line', '--crl-validity', '2d', '--crl-interval', '6h')).toMatchObject({
    crlValiditySeconds: 172_800,
    crlIntervalSeconds: 21_600,
    revision: 2,
  });
  const stale = await a.cli('ca', 'set', 'line', '--ocsp-validity', '1h', '--revision', '1');
  expect([stale.code, stale.stderr]).toEqual([5, expect.stringContaining('preconditionFailed')]);
  const longer = await a.cli('ca', 'set', 'line', '--crl-interval', '3d');
  expect(longer.stderr).toContain('Make the interval shorter than the validity');
  expect(await a.cliJson('endpoint', 'create', 'line-1', '--ca', 'line', '--profile', 'device')).toMatchObject({
    label: 'line-1',
    authority: 'line',
    enabled: true,
  });
  const operation = await a.cli('endpoint', 'create', 'cacerts', '--ca', 'line', '--profile', 'device');
  expect([operation.code, operation.stderr]).toEqual([2, expect.stringContaining('name of an EST operation')]);
  const root = await a.cli('endpoint', 'create', 'line-2', '--ca', 'root', '--profile', 'device');
  expect(root.stderr).toContain('certifies authorities only');
  expect(await a.cliJson('endpoint', 'set', 'line-1', '--accepts', 'secret')).toMatchObject({
    acceptsSecret: true,
    acceptsCertificate: false,
    revision: 2,
  });
  const { rows } = await postgres.pool.query<{ action: string; actor: string }>(
    `SELECT action, actor FROM audit_event WHERE subject IN ('authority:line', 'endpoint:line-1') ORDER BY position`,
  );
  expect(rows.map(({ action }) => action)).toEqual([
    'authority.created',
    'authority.changed',
    'endpoint.created',
    'endpoint.changed',
  ]);
  expect(new Set(rows.map(({ actor }) => actor.startsWith('principal:')))).toEqual(new Set([true]));
}, 90_000);
