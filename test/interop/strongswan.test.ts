/** strongSwan's `pki` as a SCEP client, as its manual has it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Administrator } from '../support/administrator.ts';
import { belongTogether, certificateIn, serialNumberHexIn, verifyStrictly } from '../support/issued-certificate.ts';
import { describeWith, requiredProgram } from '../support/programs.ts';
import { eventually, run } from '../support/run.ts';
import type { RunResult } from '../support/run.ts';
import { startTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

describeWith(['openssl', 'pki'], 'pki --scep of strongSwan', () => {
  let touchmark: Touchmark;
  let admin: Administrator;

  const file = (name: string): string => join(touchmark.home, name);
  const url = (label: string): string => `${touchmark.firstRun.publicUrl}/scep/${label}`;
  const pki = (...words: string[]): Promise<RunResult> =>
    run(requiredProgram('pki'), words, { timeoutMilliseconds: 60_000 });
  const newChallenge = async (label: string, deviceId: string): Promise<string[]> => {
    const { secret } = await admin.createSecret({ label, deviceId });
    return ['--password', secret];
  };
  const newKey = async (name: string): Promise<void> => {
    const { stdout } = await pki('--gen', '--type', 'rsa', '--size', '2048', '--outform', 'pem');
    writeFileSync(file(`${name}.key`), stdout, { mode: 0o600 });
  };
  /** It prints the certificate. Up to 5.9.10 it finds AES in no list of capabilities (its issue 1607). */
  const enroll = async (label: string, name: string, deviceId: string, ...words: string[]): Promise<RunResult> => {
    await newKey(name);
    const server = ['--url', url(label), '--in', file(`${name}.key`), '--dn', `CN=${deviceId}`, '--cipher', 'des3'];
    const trust = ['--cacert-enc', 'ra.pem', '--cacert-sig', 'ra.pem', '--cacert', 'ca.pem', '--cacert', 'ca-1.pem'];
    const named = trust.map((word) => (word.endsWith('.pem') ? file(word) : word));
    const result = await pki('--scep', ...server, ...named, '--outform', 'pem', ...words);
    if (result.code === 0) writeFileSync(file(`${name}.pem`), result.stdout);
    return result;
  };

  beforeAll(async () => {
    touchmark = await startTouchmark();
    admin = new Administrator(touchmark);
    await admin.createScepEndpoint('vpn');
    await admin.createScepEndpoint('looked-at', { approval: 'manual' });
  }, 120_000);

  afterAll(async () => {
    admin?.close();
    await touchmark?.dispose();
  }, 120_000);

  it('tells root, CA and RA apart, and builds the path from one to the other', async () => {
    const files = ['--caout', file('ca.pem'), '--raout', file('ra.pem'), '--outform', 'pem'];
    const { code, stderr } = await pki('--scepca', '--url', url('vpn'), ...files);
    expect(code).toBe(0);
    expect(stderr).toMatch(/Sub CA cert is trusted.*RA cert is trusted/s);
    const root = certificateIn(file('ca.pem')).fingerprint256.replaceAll(':', '').toLowerCase();
    expect(root).toBe(touchmark.firstRun.rootFingerprint.replaceAll(':', '').toLowerCase());
  });

  it('enrolls with a one-time secret as challenge', async () => {
    const challenge = await newChallenge('vpn', 'gateway-1');
    expect(await enroll('vpn', 'first', 'gateway-1', ...challenge)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('Issued certificate is trusted'),
    });
    expect(certificateIn(file('first.pem')).subject).toBe('CN=gateway-1');
    expect(await belongTogether(file('first.pem'), file('first.key'))).toBe(true);
    expect((await verifyStrictly(touchmark, file('first.pem'))).stdout).toContain('OK');
    expect(await enroll('vpn', 'other', 'gateway-2', ...challenge)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('badRequest'),
    });
    expect(await admin.lastAttempt('vpn')).toMatchObject({ outcome: 'refused', code: 'secretSpent' });
  });

  it.each([
    ['RSASSA-PKCS1-v1_5 and SHA-512', 'second', ['--rsa-padding', 'pkcs1', '--digest', 'sha512']],
    ['RSASSA-PSS and SHA-256', 'third', ['--rsa-padding', 'pss', '--digest', 'sha256']],
  ])('renews with a new key, signed with %s', async (_, name, signature) => {
    const old = ['--cert', file('first.pem'), '--key', file('first.key')];
    expect(await enroll('vpn', name, 'gateway-1', ...old, ...signature)).toMatchObject({ code: 0 });
    expect(serialNumberHexIn(file(`${name}.pem`))).not.toBe(serialNumberHexIn(file('first.pem')));
    expect(await admin.lastAttempt('vpn')).toMatchObject({ operation: 'RenewalReq', outcome: 'issued' });
    await verifyStrictly(touchmark, file(`${name}.pem`));
  });

  it('polls where somebody has to approve', async () => {
    const challenge = await newChallenge('looked-at', 'gateway-3');
    const waiting = enroll('looked-at', 'polled', 'gateway-3', ...challenge, '--interval', '1', '--maxpolltime', '30');
    const request = await eventually('the request', 20, async () => (await admin.waiting('looked-at'))[0]);
    expect(request).toMatchObject({ deviceId: 'gateway-3', operation: 'PKCSReq' });
    expect(await admin.approve(request.id)).toMatchObject({ outcome: 'issued' });
    expect(await waiting).toMatchObject({ code: 0 });
    await verifyStrictly(touchmark, file('polled.pem'));
  });

  it('gets nothing once its certificate is revoked', async () => {
    for (const { id } of await admin.certificatesOf('gateway-1')) await admin.revoke(id, 'keyCompromise');
    const old = ['--cert', file('third.pem'), '--key', file('third.key')];
    expect(await enroll('vpn', 'late', 'gateway-1', ...old)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('badRequest'),
    });
    expect(await admin.lastAttempt('vpn')).toMatchObject({ outcome: 'refused', code: 'certificateRevoked' });
  });
});
