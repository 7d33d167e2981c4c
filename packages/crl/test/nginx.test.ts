/** nginx with `ssl_crl crl-chain.pem`, skipped by name where it is not installed. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodePem } from '@touchmark/asn1';
import { describeWith, requiredProgram } from '../../../test/support/programs.ts';
import { createFixture } from './support/fixture.ts';
import type { Fixture } from './support/fixture.ts';
import { httpRequest } from './support/http.ts';
import { certifyDevice } from './support/pki.ts';
import type { Identity } from './support/pki.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describeWith(['nginx'], 'nginx with the CRLs of the chain', () => {
  describe.each([
    ['one CRL', 1],
    ['three shards', 3],
  ])('%s', (_, crlShards) => {
    const directory = mkdtempSync(join(tmpdir(), 'touchmark-nginx-'));
    const devices = new Map<string, Identity>();
    let nginx: ChildProcess;
    let port: number;

    beforeAll(async () => {
      const fixture = await createFixture({ crlShards, now: new Date() });
      const cdp = (shard: number): string =>
        `${fixture.publicUrl}/pki/issuing${crlShards === 1 ? '' : `/${shard}`}.crl`;
      const last = crlShards - 1;
      devices.set('good', await certifyDevice(fixture.issuingIdentity, Uint8Array.of(0x11), cdp(0)));
      devices.set(
        'good in the last shard',
        await certifyDevice(fixture.issuingIdentity, Uint8Array.of(0x12), cdp(last)),
      );
      devices.set('revoked', await certifyDevice(fixture.issuingIdentity, Uint8Array.of(0x13), cdp(last)));
      fixture.registry.revoke('issuing-id', last, Uint8Array.of(0x13), 'keyCompromise', new Date());
      for (let shard = 0; shard < crlShards; shard++) await fixture.publisher.publish(fixture.issuing.authority, shard);
      await fixture.publisher.publish(fixture.root.authority, 0);
      port = await freePort();
      await writeConfiguration(fixture);
      nginx = spawn(requiredProgram('nginx'), ['-p', directory, '-c', join(directory, 'nginx.conf')], {
        stdio: 'ignore',
      });
      for (let attempt = 0; attempt < 100; attempt++) {
        if ((await verdictOn(undefined).catch(() => undefined)) !== undefined) return;
        await sleep(50);
      }
      throw new Error('nginx did not start');
    });

    afterAll(async () => {
      const gone = once(nginx, 'exit');
      nginx.kill('SIGTERM');
      await gone;
      rmSync(directory, { recursive: true });
    });

    async function writeConfiguration(fixture: Fixture): Promise<void> {
      const server = await certifyDevice(
        fixture.issuingIdentity,
        Uint8Array.of(0x31),
        `${fixture.publicUrl}/pki/issuing.crl`,
      );
      const get = async (path: string): Promise<string> =>
        String((await fixture.handler(httpRequest('GET', path))).body);
      const files = {
        'server.pem': encodePem('CERTIFICATE', server.certificateDer),
        'server.key': server.privateKeyPem,
        'chain.pem': await get('/pki/issuing/chain.pem'),
        'crls.pem': await get('/pki/issuing/crl-chain.pem'),
        'nginx.conf': `
        daemon off; master_process off; pid ${directory}/pid; error_log ${directory}/error.log;
        events {}
        http {
          access_log off;
          client_body_temp_path ${directory}/a; proxy_temp_path ${directory}/b; fastcgi_temp_path ${directory}/c;
          uwsgi_temp_path ${directory}/d; scgi_temp_path ${directory}/e;
          server {
            listen 127.0.0.1:${port} ssl;
            ssl_certificate server.pem; ssl_certificate_key server.key;
            ssl_client_certificate chain.pem; ssl_verify_client optional; ssl_verify_depth 3;
            ssl_crl crls.pem;
            error_page 495 496 =200 @verdict;
            location / { return 200 "$ssl_client_verify"; }
            location @verdict { return 200 "$ssl_client_verify"; }
          }
        }`,
      };
      for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
    }

    /** $ssl_client_verify: SUCCESS, FAILED:reason or NONE. */
    function verdictOn(device: Identity | undefined): Promise<string> {
      const credentials =
        device === undefined
          ? {}
          : { cert: encodePem('CERTIFICATE', device.certificateDer), key: device.privateKeyPem };
      return new Promise((resolve, reject) => {
        const options = { host: '127.0.0.1', port, agent: false as const, rejectUnauthorized: false, ...credentials };
        request(options, (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => resolve(text));
        })
          .on('error', reject)
          .end();
      });
    }

    it.each([
      ['good', 'SUCCESS'],
      ['good in the last shard', 'SUCCESS'],
      ['revoked', 'FAILED:certificate revoked'],
    ])('a device that is %s: %s', async (name, verdict) => {
      expect(await verdictOn(devices.get(name))).toBe(verdict);
    });
  });
});
