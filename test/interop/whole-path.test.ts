/**
 * The main job with real programs: openssl and curl enroll a device, nginx and a Node service accept it, an administrator
 * revokes it over REST, and everybody refuses it.
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Device, curlEst } from '../support/device.ts';
import { startNodeService } from '../support/node-service.ts';
import type { NodeService } from '../support/node-service.ts';
import { Nginx } from '../support/nginx.ts';
import { describeWith, requiredProgram } from '../support/programs.ts';
import { eventually, run, runOk } from '../support/run.ts';
import { freePorts, startTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

const serverName = 'relying.example.com';

describeWith(['openssl', 'curl', 'nginx'], 'the whole path', () => {
  let touchmark: Touchmark;
  let device: Device;
  let directory: string;
  let nginx: Nginx;
  let nginxPort: number;
  let nodeService: NodeService;
  let serialNumberHex: string;
  const at = (name: string): string => join(directory, name);
  const curl = (words: readonly string[]) => run(requiredProgram('curl'), ['-sS', '--max-time', '20', ...words]);
  const openssl = (words: readonly string[]) => run(requiredProgram('openssl'), words);

  const fetchCrls = async (): Promise<void> => {
    await runOk(requiredProgram('curl'), [
      '-sSf',
      '-o',
      at('crl-chain.pem'),
      `${touchmark.firstRun.publicUrl}/pki/issuing/crl-chain.pem`,
    ]);
  };
  const askNginx = () =>
    curl([
      '--cacert',
      touchmark.rootCertificateFile,
      ...device.tlsWords(),
      '--resolve',
      `${serverName}:${nginxPort}:127.0.0.1`,
      '-o',
      '-',
      '-w',
      '\n%{http_code}',
      `https://${serverName}:${nginxPort}/`,
    ]);

  beforeAll(async () => {
    touchmark = await startTouchmark();
    directory = join(touchmark.home, 'test');
    mkdirSync(directory, { mode: 0o755 });
    device = new Device(directory, 'pump-0001');
    [nginxPort = 0] = await freePorts(1);
  }, 120_000);

  afterAll(async () => {
    await nodeService?.stop();
    await nginx?.stop();
    await touchmark?.dispose();
  });

  it('openssl makes key and request, curl enrolls with the one-time secret', async () => {
    await device.makeRequest();
    const answer = await device.enroll(touchmark, { secret: touchmark.firstRun.enrollmentSecret });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/pkcs7-mime; smime-type=certs-only');
    serialNumberHex = await device.serialNumberHex();
  });

  it('openssl verify accepts the chain, strictly', async () => {
    await runOk(requiredProgram('curl'), [
      '-sSf',
      '-o',
      at('chain.pem'),
      `${touchmark.firstRun.publicUrl}/pki/issuing/chain.pem`,
    ]);
    const { stdout } = await runOk(requiredProgram('openssl'), [
      'verify',
      '-x509_strict',
      '-purpose',
      'sslclient',
      '-CAfile',
      touchmark.rootCertificateFile,
      '-untrusted',
      at('chain.pem'),
      device.certificateFile,
    ]);
    expect(stdout).toContain('OK');
  });

  it('the fingerprint of the root is the one in /trust and in first-run.json', async () => {
    const { stdout } = await runOk(requiredProgram('openssl'), [
      'x509',
      '-in',
      touchmark.rootCertificateFile,
      '-noout',
      '-fingerprint',
      '-sha256',
    ]);
    const fingerprint = stdout.trim().split('=')[1]?.replaceAll(':', '').toLowerCase();
    expect(touchmark.firstRun.rootFingerprint.replaceAll(':', '').toLowerCase()).toBe(fingerprint);
  });

  it('touchmark cert issue makes the key of a server locally, readable by its owner alone', async () => {
    const result = await touchmark.cli(
      'cert',
      'issue',
      '--profile',
      'server',
      '--san',
      `dns:${serverName}`,
      '--out',
      directory,
    );
    expect(result).toMatchObject({ code: 0 });
    expect(statSync(at(`${serverName}.key`)).mode & 0o777).toBe(0o600);
  });

  it('nginx with ssl_verify_client and ssl_crl serves the device', async () => {
    await fetchCrls();
    nginx = new Nginx(directory, nginxPort, {
      certificateFile: at(`${serverName}.pem`),
      keyFile: at(`${serverName}.key`),
      clientCaFile: at('chain.pem'),
      crlFile: at('crl-chain.pem'),
    });
    await nginx.start();
    const { stdout } = await askNginx();
    expect(stdout).toBe('welcome CN=pump-0001\n\n200');
  });

  it('nginx refuses a client without a certificate', async () => {
    const { stdout } = await curl([
      '--cacert',
      touchmark.rootCertificateFile,
      '--resolve',
      `${serverName}:${nginxPort}:127.0.0.1`,
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      `https://${serverName}:${nginxPort}/`,
    ]);
    expect(stdout).toBe('400');
  });

  it('a Node service with the middleware of the client package serves the device', async () => {
    nodeService = await startNodeService({
      publicUrl: touchmark.firstRun.publicUrl,
      chainPem: readFileSync(at('chain.pem'), 'utf8'),
      certificatePem: readFileSync(at(`${serverName}.pem`), 'utf8'),
      keyPem: readFileSync(at(`${serverName}.key`), 'utf8'),
    });
    const answer = await nodeService.ask(device);
    expect(answer).toEqual({ status: 200, body: 'welcome pump-0001' });
  });

  it('openssl verify -crl_check and openssl ocsp call the device good', async () => {
    await runOk(requiredProgram('openssl'), [
      'verify',
      '-crl_check_all',
      '-CRLfile',
      at('crl-chain.pem'),
      '-CAfile',
      touchmark.rootCertificateFile,
      '-untrusted',
      at('chain.pem'),
      device.certificateFile,
    ]);
    expect(await ocspStatus()).toMatch(/: good/);
  });

  const ocspStatus = async (words: readonly string[] = []): Promise<string> => {
    const { stdout, stderr, code } = await openssl([
      'ocsp',
      '-issuer',
      at('issuing.pem'),
      '-cert',
      device.certificateFile,
      '-url',
      `${touchmark.firstRun.publicUrl}/ocsp/issuing`,
      '-CAfile',
      touchmark.rootCertificateFile,
      '-verify_other',
      at('chain.pem'),
      ...words,
    ]);
    expect(code).toBe(0);
    expect(stderr).toContain('Response verify OK');
    return stdout;
  };

  beforeAll(async () => {
    await runOk(requiredProgram('curl'), [
      '-sSf',
      '-o',
      at('issuing.cer'),
      `${touchmark.firstRun.publicUrl}/pki/issuing.cer`,
    ]);
    await runOk(requiredProgram('openssl'), [
      'x509',
      '-inform',
      'DER',
      '-in',
      at('issuing.cer'),
      '-out',
      at('issuing.pem'),
    ]);
  });

  it('an administrator revokes it over REST', async () => {
    const { firstRun } = touchmark;
    const result = await curl([
      '--cacert',
      touchmark.rootCertificateFile,
      '--cert',
      join(touchmark.home, firstRun.adminCertificateFile),
      '--key',
      join(touchmark.home, firstRun.adminKeyFile),
      '-H',
      'Content-Type: application/json',
      '-d',
      '{"reason":"keyCompromise"}',
      '-w',
      '\n%{http_code}',
      `${firstRun.adminUrl}/api/v1/certificates/${serialNumberHex}/revoke`,
    ]);
    expect(result.stdout).toMatch(/\n200$/);
    const shown = (await touchmark.cliJson('cert', 'show', serialNumberHex)) as { status: string };
    expect(shown.status).toBe('revoked');
  });

  it('OCSP says revoked at once, over POST with a nonce and over GET', async () => {
    expect(await ocspStatus()).toMatch(/: revoked[\s\S]*Reason: keyCompromise/);
    expect(await ocspStatus(['-no_nonce'])).toMatch(/: revoked/);
    await runOk(requiredProgram('openssl'), [
      'ocsp',
      '-issuer',
      at('issuing.pem'),
      '-cert',
      device.certificateFile,
      '-no_nonce',
      '-reqout',
      at('ocsp.req'),
    ]);
    const path = encodeURIComponent(readFileSync(at('ocsp.req')).toString('base64'));
    await runOk(requiredProgram('curl'), [
      '-sSf',
      '-o',
      at('ocsp.resp'),
      `${touchmark.firstRun.publicUrl}/ocsp/issuing/${path}`,
    ]);
    const { stdout } = await runOk(requiredProgram('openssl'), [
      'ocsp',
      '-issuer',
      at('issuing.pem'),
      '-cert',
      device.certificateFile,
      '-respin',
      at('ocsp.resp'),
      '-CAfile',
      touchmark.rootCertificateFile,
      '-verify_other',
      at('chain.pem'),
    ]);
    expect(stdout).toMatch(/: revoked/);
    const status = (await (
      await fetch(`${touchmark.firstRun.publicUrl}/status/issuing/${serialNumberHex}`)
    ).json()) as { status: string };
    expect(status.status).toBe('revoked');
  });

  it('the CRL has it within seconds; openssl verify -crl_check says revoked', async () => {
    const output = await eventually('the revocation in the CRL', 60, async () => {
      await fetchCrls();
      const { stderr, stdout } = await openssl([
        'verify',
        '-crl_check',
        '-CRLfile',
        at('crl-chain.pem'),
        '-CAfile',
        touchmark.rootCertificateFile,
        '-untrusted',
        at('chain.pem'),
        device.certificateFile,
      ]);
      return stderr.includes('revoked') ? stdout + stderr : undefined;
    });
    expect(output).toContain('certificate revoked');
  });

  it('nginx refuses it after the CRL refresh', async () => {
    nginx.reload();
    const answer = await eventually('nginx refusing', 10, async () => {
      const { stdout } = await askNginx();
      return stdout.endsWith('400') ? stdout : undefined;
    });
    expect(answer).toContain('The SSL certificate error');
  });

  it('the Node service refuses it', async () => {
    const answer = await eventually('the Node service refusing', 15, async () => {
      const found = await nodeService.ask(device);
      return found.status === 403 ? found : undefined;
    });
    expect(answer.body).toContain('revoked');
  });

  it.each(['simplereenroll', 'simpleenroll'])('the revoked device gets nothing from %s', async (operation) => {
    await device.remakeRequest();
    const answer = await curlEst(touchmark, `/.well-known/est/factory/${operation}`, [
      ...device.tlsWords(),
      '-H',
      'Content-Type: application/pkcs10',
      '--data-binary',
      `@${device.requestFile}`,
    ]);
    expect([401, 403]).toContain(answer.status);
    expect(answer.headers.get('touchmark-reason')).toBe('certificateRevoked');
    const attempt = (await touchmark.cliJson('attempt', 'show', answer.headers.get('touchmark-attempt') ?? '')) as {
      outcome: string;
      code: string;
    };
    expect(attempt).toMatchObject({ outcome: 'refused', code: 'certificateRevoked' });
  });

  it('no TLS session can be resumed on the EST listener, in TLS 1.2 and in TLS 1.3', async () => {
    const target = new URL(touchmark.firstRun.estUrl).host;
    for (const version of ['-tls1_2', '-tls1_3']) {
      const session = at(`session${version}.pem`);
      writeFileSync(session, '');
      const words = [
        's_client',
        '-connect',
        target,
        version,
        '-CAfile',
        touchmark.rootCertificateFile,
        '-cert',
        device.certificateFile,
        '-key',
        device.keyFile,
      ];
      const request = 'GET /.well-known/est/factory/cacerts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
      const first = await run(requiredProgram('openssl'), [...words, '-ign_eof', '-sess_out', session], {
        input: request,
      });
      expect(first.stdout).toContain('HTTP/1.1 200');
      if (statSync(session).size === 0) continue; // nothing was offered that could be resumed
      const second = await run(requiredProgram('openssl'), [...words, '-ign_eof', '-sess_in', session], {
        input: request,
      });
      expect(second.stdout).toContain('New, TLS');
      expect(second.stdout).not.toContain('Reused, TLS');
    }
  });
});
