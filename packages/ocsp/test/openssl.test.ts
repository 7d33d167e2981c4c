/** Real clients over sockets: `openssl ocsp` and curl, skipped by name where they are not installed. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { encodePem, toBase64, toHex } from '@touchmark/asn1';
import { serveHttp } from '@touchmark/http';
import type { HttpListener } from '@touchmark/http';
import { describeWith } from '../../../test/support/programs.ts';
import { createOcspHandler } from '../src/index.ts';
import { authorityId, createFixture, good, never } from './support/fixture.ts';
import type { Fixture } from './support/fixture.ts';
import { certifyLeaf } from './support/pki.ts';
import { readResponse } from './support/read-response.ts';
import { certIdFor, simpleRequest } from './support/requests.ts';

const run = promisify(execFile);
const held = Uint8Array.of(0x53, 1);
const directory = mkdtempSync(join(tmpdir(), 'touchmark-ocsp-'));
const file = (name: string): string => join(directory, name);
let fixture: Fixture;
let listener: HttpListener;

beforeAll(async () => {
  fixture = await createFixture({ clock: { now: () => new Date() } });
  fixture.statuses.issue(authorityId, held);
  const pem = (der: Uint8Array): string => encodePem('CERTIFICATE', der);
  writeFileSync(file('root.pem'), pem(fixture.root.certificateDer));
  writeFileSync(file('issuing.pem'), pem(fixture.issuing.certificateDer));
  for (const [name, serial] of Object.entries({ good, held, never })) {
    writeFileSync(file(`${name}.pem`), pem((await certifyLeaf(fixture.issuing, serial)).certificateDer));
  }
  listener = await serveHttp({
    listen: { host: '127.0.0.1', port: 0 },
    handler: createOcspHandler({
      findResponder: (ca) => (ca === 'issuing' ? fixture.responder : undefined),
      clock: { now: () => new Date() },
    }),
  });
});

afterAll(async () => {
  await listener.close({ drainSeconds: 0 });
  rmSync(directory, { recursive: true });
});

async function opensslOcsp(...args: string[]): Promise<string> {
  const trust = ['-CAfile', file('root.pem'), '-verify_other', file('issuing.pem'), '-issuer', file('issuing.pem')];
  const { stdout, stderr } = await run('openssl', ['ocsp', '-url', `${listener.url}/ocsp/issuing`, ...trust, ...args]);
  return stdout + stderr;
}

describeWith(['openssl'], 'openssl ocsp', () => {
  it('verifies the answer and its nonce, and sees good', async () => {
    const said = await opensslOcsp('-cert', file('good.pem'));
    expect(said).toMatch(/Response verify OK/);
    expect(said).toMatch(/good\.pem: good/);
    expect(said).not.toMatch(/nonce/i);
  });

  it.each(['-sha1', '-sha256'])('asks about several certificates at once with %s and without a nonce', async (hash) => {
    const certificates = [hash, '-cert', file('good.pem'), hash, '-cert', file('never.pem')];
    const said = await opensslOcsp('-no_nonce', ...certificates);
    expect(said).toMatch(/Response verify OK/);
    expect(said).toMatch(/good\.pem: good/);
    expect(said).toMatch(/never\.pem: unknown/);
    expect(said).toMatch(/Next Update/);
  });

  it('sees a hold, and its end, at once', async () => {
    fixture.statuses.revoke(authorityId, held, 'certificateHold', new Date());
    expect(await opensslOcsp('-no_nonce', '-cert', file('held.pem'))).toMatch(
      /held\.pem: revoked[^]*Reason: certificateHold/,
    );
    fixture.statuses.issue(authorityId, held);
    expect(await opensslOcsp('-no_nonce', '-cert', file('held.pem'))).toMatch(/held\.pem: good/);
  });

  it('is told unauthorized for an issuer that is not ours', async () => {
    const args = [
      'ocsp',
      '-url',
      `${listener.url}/ocsp/issuing`,
      '-issuer',
      file('root.pem'),
      '-cert',
      file('issuing.pem'),
    ];
    await expect(run('openssl', args)).rejects.toMatchObject({ stdout: expect.stringMatching(/unauthorized \(6\)/) });
  });

  it('sends a signed request, and is answered', async () => {
    const key = await certifyLeaf(fixture.issuing, Uint8Array.of(0x54));
    writeFileSync(file('signer.pem'), encodePem('CERTIFICATE', key.certificateDer));
    await run('openssl', [
      'genpkey',
      '-algorithm',
      'EC',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-out',
      file('signer.key'),
    ]);
    await run('openssl', [
      'req',
      '-x509',
      '-key',
      file('signer.key'),
      '-subj',
      '/CN=asker',
      '-out',
      file('signer.pem'),
    ]);
    const said = await opensslOcsp(
      '-cert',
      file('good.pem'),
      '-signer',
      file('signer.pem'),
      '-signkey',
      file('signer.key'),
    );
    expect(said).toMatch(/good\.pem: good/);
  });
});

describeWith(['curl'], 'GET through curl', () => {
  const path = (): string => {
    const text = toBase64(simpleRequest(certIdFor(fixture.issuing, good, 'sha256')));
    return `${listener.url}/ocsp/issuing/${text}`;
  };

  it('RFC 6960 §A.1 raw slashes and plus signs reach the responder as they are, over HTTP/1.0 too', async () => {
    for (const version of ['--http1.0', '--http1.1']) {
      const options = { encoding: 'buffer' as const };
      const { stdout } = await run('curl', ['-s', version, '--path-as-is', path()], options);
      expect(readResponse(new Uint8Array(stdout)).singles[0]).toMatchObject({ status: 'good', serial: toHex(good) });
    }
  });

  it('is revalidated by ETag', async () => {
    await run('curl', ['-s', '--etag-save', file('etag'), '-o', file('first'), path()]);
    const { stdout } = await run('curl', [
      '-s',
      '--etag-compare',
      file('etag'),
      '-w',
      '%{http_code}',
      '-o',
      file('second'),
      path(),
    ]);
    expect(stdout).toBe('304');
  });
});

it('HTTP/1.0 without a Host header, as nginx asks, is answered and closed', async () => {
  const text = encodeURIComponent(toBase64(simpleRequest(certIdFor(fixture.issuing, good))));
  const answer = await new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(listener.port, '127.0.0.1', () =>
      socket.write(`GET /ocsp/issuing/${text} HTTP/1.0\r\n\r\n`),
    );
    socket.on('data', (chunk) => chunks.push(chunk)).on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks)));
  });
  const headEnd = answer.indexOf('\r\n\r\n');
  const head = answer.subarray(0, headEnd).toString('latin1');
  expect(head).toMatch(/^HTTP\/1\.[01] 200/);
  expect(head).toMatch(/Content-Length: \d+/);
  expect(readResponse(new Uint8Array(answer.subarray(headEnd + 4))).singles[0]?.status).toBe('good');
});
