/** SCEP with our own clients on a running service: the command line as its user types it, and the package for programs. */
import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PendingRequestSummary } from '@touchmark/admin-api';
import { ScepClient } from '@touchmark/client';
import type { ScepIdentity, ScepOutcome } from '@touchmark/client';
import { encodePem } from '@touchmark/asn1';
import { Administrator } from '../support/administrator.ts';
import { belongTogether, certificateIn, serialNumberHexIn, verifyStrictly } from '../support/issued-certificate.ts';
import { describeWith, requiredProgram } from '../support/programs.ts';
import { run, runOk } from '../support/run.ts';
import { startTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

/** Exit code of a command whose request waits for somebody. */
const pending = 9;
const refusedByPolicy = 6;

describeWith(['openssl', 'curl'], 'SCEP', () => {
  let touchmark: Touchmark;
  let admin: Administrator;
  let fingerprint: string;

  const at = (name: string): string => join(touchmark.home, 'scep', name);
  const url = (label: string): string => `${touchmark.firstRun.publicUrl}/scep/${label}`;
  const newSecret = async (label: string): Promise<string> => (await admin.createSecret({ label })).secret;

  beforeAll(async () => {
    touchmark = await startTouchmark();
    admin = new Administrator(touchmark);
    fingerprint = touchmark.firstRun.rootFingerprint;
    mkdirSync(at('.'));
    const words = ['--protocol', 'scep', '--ca', 'issuing', '--profile', 'device'];
    await Promise.all([
      touchmark.cliJson('endpoint', 'create', 'field', ...words),
      touchmark.cliJson('endpoint', 'create', 'looked-at', ...words, '--approval', 'manual'),
    ]);
  }, 120_000);

  afterAll(async () => {
    admin?.close();
    await touchmark?.dispose();
  });

  describe('touchmark scep', () => {
    const scep = (command: string, label: string, ...words: string[]) =>
      touchmark.cli('scep', command, url(label), '--fingerprint', fingerprint, ...words);
    const enroll = (name: string, label: string, challenge: string) => {
      writeFileSync(at(`${name}.challenge`), `${challenge}\n`, { mode: 0o600 });
      const files = ['--key', at(`${name}.key`), '--out', at(`${name}.pem`)];
      return scep('enroll', label, '--cn', name, '--challenge-file', at(`${name}.challenge`), ...files);
    };
    const poll = (name: string) => touchmark.cli('scep', 'poll', at(`${name}.key`));
    const waiting = async (): Promise<PendingRequestSummary> => {
      const { items } = (await touchmark.cliJson('request', 'list', '--endpoint', 'looked-at')) as {
        items: PendingRequestSummary[];
      };
      expect(items).toHaveLength(1);
      return items[0]!;
    };

    it('caps are those of RFC 8894, without what there is not', async () => {
      const { stdout } = await touchmark.cli('scep', 'caps', url('field'));
      const caps = stdout.trim().split('\n');
      expect(caps).toEqual(expect.arrayContaining(['AES', 'POSTPKIOperation', 'Renewal', 'SHA-256', 'SCEPStandard']));
      expect(caps).not.toContain('GetNextCACert');
    });

    it('cacert believes the RA and the CAs below the root of the first run, and openssl does too', async () => {
      const { code } = await scep('cacert', 'field', '--out', at('ca.pem'));
      expect(code).toBe(0);
      await runOk(requiredProgram('curl'), [
        '-sSf',
        '-o',
        at('ra.p7'),
        `${url('field')}?operation=GetCACert&message=0`,
      ]);
      const printed = ['pkcs7', '-inform', 'DER', '-in', at('ra.p7'), '-print_certs', '-out', at('ra.pem')];
      await runOk(requiredProgram('openssl'), printed);
      const anchors = ['-x509_strict', '-CAfile', touchmark.rootCertificateFile, '-untrusted', at('ca.pem')];
      // The RA is the first of them.
      expect((await runOk(requiredProgram('openssl'), ['verify', ...anchors, at('ra.pem')])).stdout).toContain('OK');
      expect(certificateIn(at('ra.pem')).subject).toContain('CN=SCEP RA of issuing');
    });

    it('enroll with a one-time secret, and renew with a new key', async () => {
      expect(await enroll('pump-1', 'field', await newSecret('field'))).toMatchObject({ code: 0 });
      const serial = serialNumberHexIn(at('pump-1.pem'));
      expect((await verifyStrictly(touchmark, at('pump-1.pem'))).stdout).toContain('OK');

      const files = ['--cert', at('pump-1.pem'), '--key', at('pump-1.key'), '--overwrite'];
      const key = readFileSync(at('pump-1.key'), 'utf8');
      expect(await scep('renew', 'field', ...files)).toMatchObject({ code: 0 });
      expect(serialNumberHexIn(at('pump-1.pem'))).not.toBe(serial);
      expect(readFileSync(at('pump-1.key'), 'utf8')).not.toBe(key);
      expect(await belongTogether(at('pump-1.pem'), at('pump-1.key'))).toBe(true);
      expect((await verifyStrictly(touchmark, at('pump-1.pem'))).stdout).toContain('OK');
      expect(await admin.lastAttempt('field')).toMatchObject({ operation: 'RenewalReq', outcome: 'issued' });
    });

    it('a wrong challenge: exit code 6, and the reason with the attempt to look up', async () => {
      const { code, stderr } = await enroll('pump-2', 'field', 'wrong-challenge');
      expect(code).toBe(refusedByPolicy);
      const { id } = await admin.lastAttempt('field');
      expect(stderr).toContain(id);
      expect(stderr).toContain('secretWrong');
    });

    it('a pending request is polled until an administrator approves it', async () => {
      expect(await enroll('pump-3', 'looked-at', await newSecret('looked-at'))).toMatchObject({ code: pending });
      expect(await poll('pump-3')).toMatchObject({ code: pending });
      const { id, deviceId } = await waiting();
      expect(deviceId).toBe('pump-3');

      expect(await touchmark.cli('request', 'approve', id, '-y')).toMatchObject({ code: 0 });
      expect(await poll('pump-3')).toMatchObject({ code: 0 });
      expect(await belongTogether(at('pump-3.pem'), at('pump-3.key'))).toBe(true);
      expect((await verifyStrictly(touchmark, at('pump-3.pem'))).stdout).toContain('OK');
      expect(await admin.lastAttempt('looked-at')).toMatchObject({ operation: 'CertPoll', outcome: 'issued' });
    });

    it('a rejected request tells the device why', async () => {
      expect(await enroll('pump-4', 'looked-at', await newSecret('looked-at'))).toMatchObject({ code: pending });
      const words = ['--reason', 'not one of ours', '-y'];
      expect(await touchmark.cli('request', 'reject', (await waiting()).id, ...words)).toMatchObject({ code: 0 });
      expect(await poll('pump-4')).toMatchObject({
        code: refusedByPolicy,
        stderr: expect.stringContaining('not one of ours'),
      });
    });

    it('challenges of an endpoint: one for all devices, then one for each', async () => {
      writeFileSync(at('static'), 'a-password-for-all-devices\n', { mode: 0o600 });
      await touchmark.cliJson(
        'endpoint',
        'challenge',
        'set',
        'field',
        '--kind',
        'static',
        '--secret-file',
        at('static'),
      );
      expect(await enroll('pump-5', 'field', 'a-password-for-all-devices')).toMatchObject({ code: 0 });

      await touchmark.cliJson('endpoint', 'challenge', 'set', 'field', '--kind', 'derived');
      const { items } = (await touchmark.cliJson('endpoint', 'challenge', 'derive', 'field', 'pump-6')) as {
        items: { challenge: string }[];
      };
      expect(await enroll('pump-7', 'field', items[0]!.challenge)).toMatchObject({ code: refusedByPolicy });
      expect(await enroll('pump-6', 'field', items[0]!.challenge)).toMatchObject({ code: 0 });
    });
  });

  describe('ScepClient', () => {
    let client: ScepClient;
    let device: ScepIdentity;

    async function issued(
      asked: Promise<ScepOutcome>,
    ): Promise<ScepIdentity & { readonly serialNumberHex: string; readonly certificateDer: Uint8Array }> {
      const outcome = await asked;
      if (outcome.kind !== 'issued') throw new Error(JSON.stringify({ ...outcome, privateKeyPem: undefined }));
      const serialNumberHex = new X509Certificate(outcome.certificatePem).serialNumber.toLowerCase();
      return { ...outcome, serialNumberHex };
    }
    const enrollment = async (name: string) => ({
      subject: [{ attribute: 'commonName', value: name }] as const,
      challenge: await newSecret('field'),
    });

    beforeAll(async () => {
      client = new ScepClient({ url: url('field'), rootFingerprint: fingerprint });
      device = await issued(client.enroll(await enrollment('valve-1')));
    });

    it('renews with AES-256 and SHA-512, and again with the certificate that came', async () => {
      const strong = new ScepClient({ url: url('field'), rootFingerprint: fingerprint, aesBits: 256 });
      const second = await issued(strong.renew(device));
      const third = await issued(strong.renew(second));
      expect(new Set([second.serialNumberHex, third.serialNumberHex]).size).toBe(2);
      expect(await admin.lastAttempt('field')).toMatchObject({ operation: 'RenewalReq', deviceId: 'valve-1' });
    });

    it('fetches a certificate by its serial number, and the CRL, which openssl verifies', async () => {
      const other = await issued(client.enroll(await enrollment('valve-3')));
      const { serialNumberHex, certificateDer } = other;
      expect((await client.getCertificate({ ...device, serialNumberHex })).certificateDer).toEqual(certificateDer);

      writeFileSync(at('issuing.crl'), await client.getCrl(device));
      writeFileSync(at('issuing.pem'), encodePem('CERTIFICATE', (await client.getCaCertificates()).caDer));
      const words = ['crl', '-inform', 'DER', '-in', at('issuing.crl'), '-noout', '-CAfile', at('issuing.pem')];
      expect((await run(requiredProgram('openssl'), words)).stderr).toContain('verify OK');
    });

    it('is refused a certificate that there is not, and everything once its own is revoked', async () => {
      const serialNumberHex = '4711';
      const refusal = expect.objectContaining({ name: 'ScepError', code: 'refused', failInfo: 'badCertId' });
      await expect(client.getCertificate({ ...device, serialNumberHex })).rejects.toEqual(refusal);

      const lost = await issued(client.enroll(await enrollment('valve-4')));
      await admin.revoke(lost.serialNumberHex, 'keyCompromise');
      expect(await client.renew(lost)).toMatchObject({ kind: 'refused', failInfo: 'badRequest' });
      await expect(client.getCertificate(lost)).rejects.toThrow('refused');
      expect(await admin.certificatesOf('valve-4')).toHaveLength(1);
    });
  });
});
