/** scepclient of micromdm as a SCEP client, as its manual has it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Administrator } from '../support/administrator.ts';
import { belongTogether, certificateIn, serialNumberHexIn, verifyStrictly } from '../support/issued-certificate.ts';
import { describeWith, requiredProgram } from '../support/programs.ts';
import { eventually, run } from '../support/run.ts';
import type { RunResult } from '../support/run.ts';
import { startTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

/** It encrypts with DES and nothing else. */
const settings = { preset: 'micromdm' };

describeWith(['openssl', 'scepclient'], 'scepclient', () => {
  let touchmark: Touchmark;
  let admin: Administrator;
  /** Of the RA of the issuing CA: scepclient encrypts for every certificate it gets unless one is named. */
  let raFingerprint: string;
  let waiting: Promise<RunResult>;

  const file = (name: string, extension: 'key' | 'pem'): string => join(touchmark.home, name, `device.${extension}`);
  const url = (label: string): string => `${touchmark.firstRun.publicUrl}/scep/${label}`;
  const newSecret = async (label: string): Promise<string> => (await admin.createSecret({ label })).secret;
  /** It keeps its request in csr.pem beside the key: each device has a directory. */
  const scepclient = (name: string, label: string, ...words: string[]): Promise<RunResult> => {
    mkdirSync(join(touchmark.home, name), { recursive: true });
    const server = ['-server-url', url(label), '-cn', name, '-organization', '', '-ou', '', '-country', ''];
    const files = ['-private-key', file(name, 'key'), '-certificate', file(name, 'pem')];
    return run(requiredProgram('scepclient'), [...server, ...files, ...words], { timeoutMilliseconds: 60_000 });
  };
  const forRa = (): readonly string[] => ['-ca-fingerprint', raFingerprint];

  beforeAll(async () => {
    touchmark = await startTouchmark();
    admin = new Administrator(touchmark);
    await admin.createScepEndpoint('field', { settings });
    await admin.createScepEndpoint('looked-at', { settings, approval: 'manual' });
    await admin.createScepEndpoint('modern');
    const { certificates } = (await touchmark.cliJson(
      ...['scep', 'cacert', url('field'), '--fingerprint', touchmark.firstRun.rootFingerprint],
    )) as { certificates: { role: string; fingerprintSha256: string }[] };
    raFingerprint = certificates.find(({ role }) => role === 'ra')?.fingerprintSha256 ?? '';
    // It asks again after half a minute, and cannot be told otherwise: it waits beside the other tests.
    waiting = scepclient('pump-waiting', 'looked-at', ...forRa(), '-challenge', await newSecret('looked-at'));
  }, 120_000);

  afterAll(async () => {
    await waiting;
    admin?.close();
    await touchmark?.dispose();
  }, 120_000);

  it('enrolls with a one-time secret as challenge, at a CA whose key is ECDSA', async () => {
    const result = await scepclient('pump-1', 'field', ...forRa(), '-challenge', await newSecret('field'));
    expect(result).toMatchObject({ code: 0, stderr: expect.stringContaining('pkiStatus=SUCCESS') });
    expect(certificateIn(file('pump-1', 'pem')).subject).toBe('CN=pump-1');
    expect(await belongTogether(file('pump-1', 'pem'), file('pump-1', 'key'))).toBe(true);
    expect((await verifyStrictly(touchmark, file('pump-1', 'pem'))).stdout).toContain('OK');
    const attempt = await admin.lastAttempt('field');
    expect(attempt).toMatchObject({ operation: 'PKCSReq', outcome: 'issued', deviceId: 'pump-1' });
    expect(attempt.steps).toContainEqual(
      expect.objectContaining({ warning: true, note: expect.stringContaining('encrypted with DES') }),
    );
  });

  it('renews with its certificate (RenewalReq), in the transaction and with the request of the first time', async () => {
    const serial = serialNumberHexIn(file('pump-1', 'pem'));
    const [before] = await admin.certificatesOf('pump-1');
    expect(await scepclient('pump-1', 'field', ...forRa())).toMatchObject({ code: 0 });
    expect(serialNumberHexIn(file('pump-1', 'pem'))).not.toBe(serial);
    await verifyStrictly(touchmark, file('pump-1', 'pem'));
    expect(await admin.lastAttempt('field')).toMatchObject({
      operation: 'RenewalReq',
      outcome: 'issued',
      callerCertificateId: before?.id,
    });
  });

  it('gets nothing once its certificate is revoked', async () => {
    const serial = serialNumberHexIn(file('pump-1', 'pem'));
    await admin.revoke(serial, 'keyCompromise');
    const result = await scepclient('pump-1', 'field', ...forRa());
    expect(result).toMatchObject({ code: 1, stdout: expect.stringContaining('RenewalReq (17) request failed') });
    expect(serialNumberHexIn(file('pump-1', 'pem'))).toBe(serial);
    expect(await admin.lastAttempt('field')).toMatchObject({ outcome: 'refused', code: 'certificateRevoked' });
  });

  it.each([
    ['wrong', 'wrong-challenge', 'secretWrong'],
    ['missing', undefined, 'credentialsMissing'],
  ])('is told badRequest when the challenge is %s', async (_, challenge, code) => {
    const words = challenge === undefined ? [] : ['-challenge', challenge];
    const result = await scepclient(`pump-${code}`, 'field', ...forRa(), ...words);
    expect(result).toMatchObject({ code: 1, stdout: expect.stringContaining('badRequest (2)') });
    expect(await admin.lastAttempt('field')).toMatchObject({ outcome: 'refused', code });
  });

  it('spends its challenge: another device is refused with it', async () => {
    const challenge = ['-challenge', await newSecret('field')];
    expect(await scepclient('pump-2', 'field', ...forRa(), ...challenge)).toMatchObject({ code: 0 });
    expect(await scepclient('pump-3', 'field', ...forRa(), ...challenge)).toMatchObject({ code: 1 });
    expect(await admin.lastAttempt('field')).toMatchObject({ outcome: 'refused', code: 'secretSpent' });
  });

  it('is told badAlg where the endpoint does without DES', async () => {
    const result = await scepclient('pump-4', 'modern', ...forRa(), '-challenge', await newSecret('modern'));
    expect(result).toMatchObject({ code: 1, stdout: expect.stringContaining('badAlg (0)') });
    expect(await admin.lastAttempt('modern')).toMatchObject({ code: 'messageAlgorithmNotAccepted' });
  });

  describe('at a CA whose key is RSA, without naming a recipient', () => {
    beforeAll(async () => {
      const names = { keyAlgorithm: 'rsa-3072' };
      await admin.createAuthority({ ...names, name: 'rsa-root', subject: 'CN=RSA Root' });
      const usages = { keyUsage: ['digitalSignature', 'keyEncipherment'] };
      const issuing = { name: 'rsa-issuing', issuer: 'rsa-root', subject: 'CN=RSA Issuing' };
      await admin.createAuthority({ ...names, ...issuing, ...usages });
    });

    it.each([
      ['an RA beside it', { recipient: 'ra' }],
      ['the CA itself', { recipient: 'ca' }],
      ['the CA itself, alone in GetCACert', { recipient: 'ca', caCertificate: 'single' }],
    ])('enrolls and renews; requests are read by %s', async (_, others) => {
      const name = `rsa-${Object.values(others).join('-')}`;
      await admin.createScepEndpoint(name, { authority: 'rsa-issuing', settings: { ...settings, ...others } });
      const enrolled = await scepclient(name, name, '-challenge', await newSecret(name));
      expect(enrolled).toMatchObject({ code: 0, stderr: expect.stringContaining('pkiStatus=SUCCESS') });
      const first = certificateIn(file(name, 'pem'));
      expect(first.issuer).toBe('CN=RSA Issuing');
      expect(await scepclient(name, name)).toMatchObject({ code: 0 });
      expect(certificateIn(file(name, 'pem')).serialNumber).not.toBe(first.serialNumber);
      expect(await admin.lastAttempt(name)).toMatchObject({ operation: 'RenewalReq', outcome: 'issued' });
    });
  });

  it('waits where somebody has to approve, and gets its certificate when it asks again', async () => {
    const request = await eventually('the request', 10, async () => (await admin.waiting('looked-at'))[0]);
    expect(request).toMatchObject({ deviceId: 'pump-waiting', operation: 'PKCSReq' });
    expect(await admin.approve(request.id)).toMatchObject({ outcome: 'issued' });
    expect(await waiting).toMatchObject({ code: 0, stderr: expect.stringContaining('pkiStatus=PENDING') });
    await verifyStrictly(touchmark, file('pump-waiting', 'pem'));
    expect(await admin.certificatesOf('pump-waiting')).toHaveLength(1);
  });
});
