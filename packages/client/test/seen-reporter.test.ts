/** Reporting certificates in use, over real TLS. */
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, expect, it } from '@jest/globals';
import { rfc5280 } from '@touchmark/asn1';
import { createTestAuthority } from '@touchmark/testkit';
import type { TestAuthority, TestLeaf } from '@touchmark/testkit';
import { createSeenReporter } from '../src/index.ts';
import type { Device, SeenReporterOptions } from '../src/index.ts';

let authority: TestAuthority;
let serverCertificate: TestLeaf;
let server: Server | undefined;
const requests: string[] = [];

beforeAll(async () => {
  authority = await createTestAuthority();
  serverCertificate = await authority.issue({
    subject: [{ attribute: 'commonName', value: 'localhost' }],
    subjectAltNames: [{ kind: 'dns', value: 'localhost' }],
    extendedKeyUsage: [rfc5280['id-kp-serverAuth']],
  });
});
afterEach(() => {
  requests.length = 0;
  server?.closeAllConnections();
  server?.close();
});

const deviceOf = (fingerprint: string): Device =>
  ({ id: 'pump-17', certificate: { fingerprint } }) as unknown as Device;

async function start(answer: () => number, more: Partial<SeenReporterOptions> = {}) {
  const tls = { key: serverCertificate.privateKeyPem, cert: serverCertificate.certificatePem + authority.chainPem };
  server = createServer(tls, (request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.writeHead(answer()).end('{}');
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return createSeenReporter({ url: `https://localhost:${port}`, token: 'tm_x', ca: authority.chainPem, ...more });
}

it('reports each certificate once', async () => {
  const report = await start(() => 200);
  for (const fingerprint of ['aa', 'bb', 'aa']) report(deviceOf(fingerprint));
  await report.settled();
  report(deviceOf('bb'));
  await report.settled();
  expect(requests.sort()).toEqual([
    'POST /api/v1/certificates/aa/seen Bearer tm_x',
    'POST /api/v1/certificates/bb/seen Bearer tm_x',
  ]);
});

it('reports again when the authority refused or was away, and says so', async () => {
  const errors: string[] = [];
  const answers = [503, 200];
  const report = await start(() => answers.shift() ?? 500, { onError: ({ message }) => errors.push(message) });
  report(deviceOf('aa'));
  await report.settled();
  expect(errors).toEqual([expect.stringContaining('answered 503')]);
  report(deviceOf('aa'));
  await report.settled();
  report(deviceOf('aa'));
  await report.settled();
  expect(requests).toHaveLength(2);

  server?.closeAllConnections();
  await new Promise((done) => server?.close(done));
  report(deviceOf('bb'));
  await report.settled();
  expect(errors).toHaveLength(2);
});

it('trusts no authority but the one it was given', async () => {
  const errors: string[] = [];
  const foreign = await createTestAuthority({ name: 'Foreign' });
  const report = await start(() => 200, { ca: foreign.chainPem, onError: ({ message }) => errors.push(message) });
  report(deviceOf('aa'));
  await report.settled();
  expect(requests).toEqual([]);
  expect(errors).toHaveLength(1);
});

it('keeps few reports under way, whatever comes', async () => {
  const report = await start(() => 200);
  for (let index = 0; index < 100; index++) report(deviceOf(`c${index}`));
  await report.settled();
  expect(requests.length).toBeLessThanOrEqual(8);
});
