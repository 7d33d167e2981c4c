/** Real verifiers: `openssl crl` and `openssl verify -crl_check`, skipped by name where they are not installed. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodePem } from '@touchmark/asn1';
import { serveHttp } from '@touchmark/http';
import type { HttpListener } from '@touchmark/http';
import { describeWith, itWith } from '../../../test/support/programs.ts';
import { createFixture } from './support/fixture.ts';
import type { Fixture } from './support/fixture.ts';
import { certifyDevice } from './support/pki.ts';

const run = promisify(execFile);
const directory = mkdtempSync(join(tmpdir(), 'touchmark-crl-'));
const file = (name: string): string => join(directory, name);

/** What openssl said, whether it was content or not. */
async function openssl(...args: string[]): Promise<string> {
  const { stdout, stderr } = await run('openssl', args).catch(
    (error: unknown) => error as { stdout: string; stderr: string },
  );
  return stdout + stderr;
}

afterAll(() => rmSync(directory, { recursive: true }));

describe.each([
  ['one CRL', 1],
  ['four shards', 4],
])('%s', (_, crlShards) => {
  let fixture: Fixture;
  let listener: HttpListener;
  const name = (text: string): string => file(`${crlShards}-${text}`);
  const download = async (path: string, to: string): Promise<void> => {
    const response = await fetch(`${listener.url}${path}`);
    expect(response.status).toBe(200);
    writeFileSync(name(to), new Uint8Array(await response.arrayBuffer()));
  };

  beforeAll(async () => {
    fixture = await createFixture({ crlShards, now: new Date() });
    listener = await serveHttp({ listen: { host: '127.0.0.1', port: 0 }, handler: fixture.handler });
    const cdp = (shard: number): string =>
      crlShards === 1 ? `${fixture.publicUrl}/pki/issuing.crl` : `${fixture.publicUrl}/pki/issuing/${shard}.crl`;
    const devices = {
      good: [Uint8Array.of(0x11), 0],
      revoked: [Uint8Array.of(0x12), crlShards - 1],
      held: [Uint8Array.of(0x13), 0],
    } as const;
    for (const [device, [serial, shard]] of Object.entries(devices)) {
      const { certificateDer } = await certifyDevice(fixture.issuingIdentity, serial, cdp(shard));
      writeFileSync(name(`${device}.pem`), encodePem('CERTIFICATE', certificateDer));
    }
    fixture.registry.revoke('issuing-id', crlShards - 1, Uint8Array.of(0x12), 'keyCompromise', new Date());
    fixture.registry.revoke('issuing-id', 0, Uint8Array.of(0x13), 'certificateHold', new Date());
    for (let shard = 0; shard < crlShards; shard++) await fixture.publisher.publish(fixture.issuing.authority, shard);
    await fixture.publisher.publish(fixture.root.authority, 0);
    await download('/trust', 'root.pem');
    await download('/pki/issuing/chain.pem', 'chain.pem');
    await download('/pki/issuing/crl-chain.pem', 'crls.pem');
    await download(crlShards === 1 ? '/pki/issuing.crl' : '/pki/issuing/0.crl', 'first.crl');
    writeFileSync(name('issuing.pem'), encodePem('CERTIFICATE', fixture.issuingIdentity.certificateDer));
  });

  afterAll(() => listener.close({ drainSeconds: 0 }));

  const verify = (device: string, ...options: string[]): Promise<string> =>
    openssl(
      'verify',
      '-CAfile',
      name('root.pem'),
      '-untrusted',
      name('issuing.pem'),
      '-CRLfile',
      name('crls.pem'),
      '-purpose',
      'sslclient',
      ...options,
      name(`${device}.pem`),
    );

  describeWith(['openssl'], 'openssl', () => {
    it('verifies the signature of the CRL', async () => {
      const said = await openssl(
        'crl',
        '-inform',
        'DER',
        '-in',
        name('first.crl'),
        '-verify',
        '-CAfile',
        name('chain.pem'),
        '-noout',
      );
      expect(said).toMatch(/verify OK/);
    });

    // -crl_check_all is what nginx, HAProxy and Apache (`chain`) do; it looks for the root in the root's CRL too.
    it.each([['-crl_check'], ['-crl_check_all']])(
      '%s accepts a good device: no "different CRL scope"',
      async (check) => {
        const said = await verify('good', check, '-x509_strict');
        expect(said).toMatch(/good\.pem: OK/);
      },
    );

    it.each([['-crl_check'], ['-crl_check_all']])('%s refuses a revoked and a held device', async (check) => {
      expect(await verify('revoked', check)).toMatch(/certificate revoked/);
      expect(await verify('held', check)).toMatch(/certificate revoked/);
    });
  });
});

itWith('openssl')('openssl refuses a CRL whose distribution point is another than the certificate names', async () => {
  const fixture = await createFixture({ now: new Date() });
  const { crlDer } = await fixture.publisher.publish(fixture.issuing.authority, 0);
  const { certificateDer } = await certifyDevice(
    fixture.issuingIdentity,
    Uint8Array.of(0x21),
    'http://moved.example/pki/issuing.crl',
  );
  writeFileSync(file('elsewhere.pem'), encodePem('CERTIFICATE', certificateDer));
  writeFileSync(file('elsewhere.crl'), encodePem('X509 CRL', crlDer));
  writeFileSync(file('ca.pem'), encodePem('CERTIFICATE', fixture.issuingIdentity.certificateDer));
  const said = await openssl(
    'verify',
    '-partial_chain',
    '-CAfile',
    file('ca.pem'),
    '-crl_check',
    '-CRLfile',
    file('elsewhere.crl'),
    file('elsewhere.pem'),
  );
  expect(said).toMatch(/different CRL scope/i);
});
