import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { der, encodePem } from '@touchmark/asn1';
import { createTestAuthority } from '@touchmark/testkit';
import type { TestAuthority, TestLeaf } from '@touchmark/testkit';
import { createSoftwareSigner } from '@touchmark/crypto';
import { itWith } from '../../../test/support/programs.ts';
import { createRevocationChecker } from '../src/index.ts';
import type { RevocationChecker, RevocationCheckerOptions } from '../src/index.ts';
import { answerOcsp, ocspSigning } from './support/ocsp-server.ts';
import type { OcspAnswerFields } from './support/ocsp-server.ts';
import { StatusServer } from './support/status-server.ts';

let authority: TestAuthority;
let device: TestLeaf;
let server: StatusServer;
const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };

beforeAll(async () => {
  authority = await createTestAuthority();
  device = await authority.issue();
});
beforeEach(async () => {
  server = await StatusServer.start();
  clock.offset = 0;
});
afterEach(() => server.close());

function create(options: Partial<RevocationCheckerOptions> = {}): RevocationChecker {
  return createRevocationChecker({
    roots: authority.chainPem,
    ocsp: { url: server.url('/ocsp') },
    onStale: () => undefined,
    now: clock.now,
    ...options,
  });
}

function serveOcsp(fields: Partial<OcspAnswerFields> = {}): void {
  server.serve('/ocsp', async (body) => ({
    body: await answerOcsp(body, { signer: authority.issuing.signer, ...fields }),
  }));
}

const signerOf = (leaf: TestLeaf) => createSoftwareSigner(leaf.privateKey);

describe('what OCSP says', () => {
  it('good, and is not asked again before refreshSeconds are over', async () => {
    serveOcsp();
    const checker = create({ refreshSeconds: 60 });
    expect(await checker.check(device.certificate)).toEqual({ kind: 'good' });
    clock.offset = 59_000;
    await checker.check(device.certificate);
    expect(server.requests).toHaveLength(1);
    clock.offset = 61_000;
    await checker.check(device.certificate);
    expect(server.requests).toHaveLength(2);
  });

  it('parallel checks of one certificate ask once', async () => {
    serveOcsp();
    const checker = create();
    await Promise.all(Array.from({ length: 5 }, () => checker.check(device.certificate)));
    expect(server.requests).toHaveLength(1);
  });

  it('revoked, with its reason', async () => {
    serveOcsp({ status: 'keyCompromise' });
    expect(await create().check(device.certificate)).toMatchObject({ kind: 'revoked', reason: 'keyCompromise' });
  });

  it('signed by a delegated responder', async () => {
    const responder = await authority.issue({ extendedKeyUsage: ocspSigning });
    serveOcsp({ signer: signerOf(responder), certificatesDer: [responder.certificateDer] });
    expect(await create().check(device.certificate)).toEqual({ kind: 'good' });
  });

  it('the URL is taken from the certificate when none is given', async () => {
    serveOcsp();
    const leaf = await authority.issue({ ocspUrls: [server.url('/ocsp')] });
    expect(await create({ ocsp: {} }).check(leaf.certificate)).toEqual({ kind: 'good' });
  });
});

describe('fails closed', () => {
  const cases: readonly [string, () => Promise<Partial<OcspAnswerFields>>][] = [
    ['the answer is "unknown"', async () => ({ status: 'unknown' })],
    ['the nonce is missing: an old answer might be played back', async () => ({ nonce: 'none' })],
    ['the nonce is another', async () => ({ nonce: 'other' })],
    ['the answer is about another certificate', async () => ({ certId: 'other' })],
    ['the answer is past its nextUpdate', async () => ({ thisUpdate: new Date(Date.now() - 7_200_000) })],
    ['the answer is from the future', async () => ({ thisUpdate: new Date(Date.now() + 3_600_000) })],
    ['another CA signed', async () => ({ signer: (await createTestAuthority()).issuing.signer })],
    [
      'a device of the CA signed',
      async () => {
        const other = await authority.issue();
        return { signer: signerOf(other), certificatesDer: [other.certificateDer] };
      },
    ],
    [
      'the responder of another CA signed',
      async () => {
        const other = await (await createTestAuthority()).issue({ extendedKeyUsage: ocspSigning });
        return { signer: signerOf(other), certificatesDer: [other.certificateDer] };
      },
    ],
    [
      'the responder has expired',
      async () => {
        const past = { notBefore: new Date(Date.now() - 7_200_000), notAfter: new Date(Date.now() - 3_600_000) };
        const expired = await authority.issue({ extendedKeyUsage: ocspSigning, ...past });
        return { signer: signerOf(expired), certificatesDer: [expired.certificateDer] };
      },
    ],
  ];
  it.each(cases)('when %s', async (_, fields) => {
    serveOcsp(await fields());
    expect((await create().check(device.certificate)).kind).toBe('unavailable');
  });

  it.each([
    ['an OCSP error', { body: Uint8Array.of(0x30, 3, 0x0a, 1, 3) }],
    ['a login page', { body: '<html>' }],
    ['HTTP 503', { status: 503, body: '' }],
    ['an empty answer', { body: der.sequence() }],
  ])('when %s comes', async (_, content) => {
    server.serve('/ocsp', content);
    expect((await create().check(device.certificate)).kind).toBe('unavailable');
  });

  it('and asks again the next time: a failure is not kept', async () => {
    server.serve('/ocsp', { status: 503, body: '' });
    const checker = create();
    await checker.check(device.certificate);
    serveOcsp();
    expect(await checker.check(device.certificate)).toEqual({ kind: 'good' });
  });

  it('when the certificate names no responder, or its CA is not known', async () => {
    expect((await create({ ocsp: {} }).check(device.certificate)).kind).toBe('unavailable');
    const foreign = await (await createTestAuthority({ name: 'Foreign' })).issue();
    expect((await create().check(foreign.certificate)).kind).toBe('unavailable');
  });
});

itWith('openssl')('understands the answers of openssl ocsp', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'touchmark-client-ocsp-'));
  const write = (name: string, content: string): string => {
    writeFileSync(join(directory, name), content);
    return join(directory, name);
  };
  const revoked = await authority.issue();
  const responder = await authority.issue({ extendedKeyUsage: ocspSigning });
  const line = (leaf: TestLeaf, state: string): string =>
    `${state}\t${leaf.certificate.serialNumberHex.toUpperCase()}\tunknown\t/CN=device-0001\n`;
  const index = write(
    'index.txt',
    line(device, 'V\t400101000000Z\t') + line(revoked, 'R\t400101000000Z\t250101000000Z,superseded'),
  );
  const ca = write('ca.pem', encodePem('CERTIFICATE', authority.issuing.certificateDer));
  const certificate = write('responder.pem', responder.certificatePem);
  const key = write('responder.key', responder.privateKeyPem);
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  const args = [
    'ocsp',
    '-index',
    index,
    '-CA',
    ca,
    '-rsigner',
    certificate,
    '-rkey',
    key,
    '-port',
    String(port),
    '-nmin',
    '5',
  ];
  const openssl = spawn('openssl', args, { stdio: 'ignore' });
  try {
    const checker = create({ ocsp: { url: `http://127.0.0.1:${port}/` } });
    let verdict = await checker.check(device.certificate);
    for (let attempt = 0; attempt < 40 && verdict.kind === 'unavailable'; attempt++) {
      await sleep(50);
      verdict = await checker.check(device.certificate);
    }
    expect(verdict).toEqual({ kind: 'good' });
    expect(await checker.check(revoked.certificate)).toMatchObject({ kind: 'revoked', reason: 'superseded' });
    const never = await authority.issue();
    expect((await checker.check(never.certificate)).kind).toBe('unavailable');
  } finally {
    openssl.kill();
    await once(openssl, 'exit');
    rmSync(directory, { recursive: true });
  }
});
