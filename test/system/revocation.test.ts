/** Hold, release and revocation as relying parties see them: openssl with CRL and OCSP, /status, and the device itself. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Device } from '../support/device.ts';
import { openHomeRegistry } from '../support/home-registry.ts';
import { describeWith, requiredProgram } from '../support/programs.ts';
import { eventually, run, runOk } from '../support/run.ts';
import { startTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

describeWith(['openssl', 'curl'], 'a certificate', () => {
  let touchmark: Touchmark;
  let device: Device;
  let serialNumberHex: string;
  let directory: string;
  const at = (name: string): string => join(directory, name);
  const publicUrl = (path: string): string => `${touchmark.firstRun.publicUrl}${path}`;
  const download = async (path: string, name: string): Promise<void> => {
    const response = await fetch(publicUrl(path));
    if (!response.ok) throw new Error(`${path} is ${response.status}`);
    writeFileSync(at(name), Buffer.from(await response.arrayBuffer()));
  };
  const statusOf = async (): Promise<unknown> => (await fetch(publicUrl(`/status/issuing/${serialNumberHex}`))).json();
  const askOcsp = async (): Promise<string> => {
    const { stdout } = await runOk(requiredProgram('openssl'), [
      ...['ocsp', '-issuer', at('issuing.pem'), '-cert', device.certificateFile, '-CAfile', at('chain.pem')],
      ...['-url', publicUrl('/ocsp/issuing'), '-no_nonce'],
    ]);
    return stdout;
  };
  /** With a CRL newer than `than`: its verdict, and what the CRL says of the certificate. */
  const verifyWithCrlAfter = async (than: number): Promise<{ verdict: string; entry: string; number: number }> => {
    const number = await eventually('a new CRL', 30, async () => {
      await download('/pki/issuing.crl', 'issuing.crl');
      const found = await crlNumber();
      return found > than ? found : undefined;
    });
    await download('/pki/issuing/crl-chain.pem', 'crl-chain.pem');
    const { stdout, stderr } = await run(requiredProgram('openssl'), [
      ...['verify', '-crl_check', '-CAfile', at('chain.pem'), '-CRLfile', at('crl-chain.pem')],
      device.certificateFile,
    ]);
    const text = await crlText();
    const entry = text.slice(text.toLowerCase().indexOf(`serial number: ${serialNumberHex}`));
    return { verdict: `${stdout}${stderr}`, entry: entry.split(/Serial Number:|Signature/)[1] ?? '', number };
  };
  const crlText = async (): Promise<string> =>
    (await runOk(requiredProgram('openssl'), ['crl', '-inform', 'DER', '-in', at('issuing.crl'), '-noout', '-text']))
      .stdout;
  const crlNumber = async (): Promise<number> => Number(/CRL Number:\s*(\S+)/.exec(await crlText())?.[1]);

  let number: number;

  beforeAll(async () => {
    touchmark = await startTouchmark();
    directory = join(touchmark.home, 'test');
    mkdirSync(directory, { mode: 0o755 });
    device = new Device(directory, 'pump-0001');
    await device.makeRequest();
    const { status } = await device.enroll(touchmark, { secret: touchmark.firstRun.enrollmentSecret });
    if (status !== 200) throw new Error(`enrolling is ${status}`);
    serialNumberHex = await device.serialNumberHex();
    await download('/pki/issuing/chain.pem', 'chain.pem');
    const { stdout } = await touchmark.cli('ca', 'show', 'issuing', '-o', 'pem');
    writeFileSync(at('issuing.pem'), stdout);
    await download('/pki/issuing.crl', 'issuing.crl');
    number = await crlNumber();
  }, 120_000);

  afterAll(async () => {
    await touchmark?.dispose();
  });

  it('on hold is certificateHold (§5.3.1) in OCSP, on the CRL, in /status and in every listing', async () => {
    expect(await askOcsp()).toContain(': good');
    expect(await touchmark.cliJson('cert', 'hold', serialNumberHex, '--yes')).toMatchObject({
      status: 'held',
      changed: true,
      revocation: { reason: 'certificateHold' },
    });
    expect(await askOcsp()).toMatch(/: revoked[^]*Reason: certificateHold/);
    expect(await statusOf()).toMatchObject({ status: 'held', reason: 'certificateHold' });
    const listing = await touchmark.cliJson('cert', 'list', '--status', 'held');
    expect(listing).toMatchObject({ items: [{ status: 'held', deviceId: 'pump-0001' }], nextCursor: null });
    const published = await verifyWithCrlAfter(number);
    expect(published.verdict).toContain('certificate revoked');
    expect(published.entry).toContain('Certificate Hold');
    number = published.number;
  });

  it('on hold renews nothing, and says so with its own code', async () => {
    await device.remakeRequest();
    const answer = await device.enroll(touchmark, { operation: 'simplereenroll' });
    expect([answer.status, answer.headers.get('touchmark-reason')]).toEqual([403, 'certificateHeld']);
    const again = await device.enroll(touchmark, { secret: touchmark.firstRun.enrollmentSecret });
    expect([again.status, again.headers.get('touchmark-reason')]).toEqual([403, 'certificateHeld']);
  });

  it('is put on hold once: a second time changes nothing', async () => {
    expect(await touchmark.cliJson('cert', 'hold', serialNumberHex, '--yes')).toMatchObject({ changed: false });
  });

  it('leaves the CRL when it is released, and OCSP says good again', async () => {
    expect(await touchmark.cliJson('cert', 'release', serialNumberHex)).toMatchObject({
      status: 'active',
      changed: true,
      revocation: null,
    });
    expect(await askOcsp()).toContain(': good');
    expect(await statusOf()).toMatchObject({ status: 'good', reason: null });
    const published = await verifyWithCrlAfter(number);
    expect(published).toMatchObject({ verdict: expect.stringContaining(': OK'), entry: '' });
    number = published.number;
    const second = await touchmark.cli('cert', 'release', serialNumberHex);
    expect(second).toMatchObject({ code: 5, stderr: expect.stringContaining('certificateNotHeld') });
  });

  it('can be held again, and revoked from there since the hold', async () => {
    const held = await touchmark.cliJson('cert', 'hold', serialNumberHex, '--yes');
    const { revocation } = held as { revocation: { revokedAt: string } };
    await new Promise((done) => setTimeout(done, 1100));
    const revoked = await touchmark.cliJson('cert', 'revoke', serialNumberHex, '--reason', 'keyCompromise', '--yes');
    expect(revoked).toMatchObject({
      status: 'revoked',
      revocation: { revokedAt: revocation.revokedAt, reason: 'keyCompromise' },
    });
    expect(await askOcsp()).toMatch(/: revoked[^]*Reason: keyCompromise/);
    const published = await verifyWithCrlAfter(number);
    expect(published.verdict).toContain('certificate revoked');
    const hold = await touchmark.cli('cert', 'hold', serialNumberHex, '--yes');
    expect(hold).toMatchObject({ code: 5, stderr: expect.stringContaining('alreadyRevoked') });
  });

  it('in use is reported once, and a revoked one that is in use is an error', async () => {
    const replaced = new Device(directory, 'pump-0004');
    const secret = await touchmark.cliJson('endpoint', 'secret', 'create', 'factory', '--device', replaced.name);
    await replaced.makeRequest();
    await replaced.enroll(touchmark, secret as { secret: string });
    const seen = await touchmark.cliJson('cert', 'seen', replaced.certificateFile);
    expect(seen).toMatchObject({ changed: true, reportedBy: expect.any(String) });
    expect(await touchmark.cliJson('cert', 'seen', replaced.certificateFile)).toEqual({
      ...(seen as object),
      changed: false,
    });
    await touchmark.cliJson('cert', 'revoke', replaced.certificateFile, '--yes');
    const revoked = await touchmark.cli('cert', 'seen', replaced.certificateFile);
    expect(revoked).toMatchObject({ code: 5, stderr: expect.stringContaining('certificateRevoked') });
  });

  it('many are revoked by a job: what the preview counted, and nothing else', async () => {
    const names = ['pump-0002', 'pump-0003'];
    for (const name of names) {
      const secret = (await touchmark.cliJson('endpoint', 'secret', 'create', 'factory', '--device', name)) as {
        secret: string;
      };
      const each = new Device(directory, name);
      await each.makeRequest();
      expect((await each.enroll(touchmark, { secret: secret.secret })).status).toBe(200);
    }
    const preview = await touchmark.cliJson('cert', 'bulk', 'preview', '--profile', 'device');
    expect(preview).toMatchObject({
      total: 2,
      byStatus: { active: 2 },
      strandedDevices: 2,
      strandedExamples: names,
      protected: 0,
    });
    expect(await touchmark.cliJson('cert', 'bulk', 'preview', '--ca', 'issuing')).toMatchObject({ total: 2 });
    const key = join(directory, 'pump-0002.csr');
    expect(await touchmark.cliJson('cert', 'list', '--key', key)).toMatchObject({ items: [{ deviceId: 'pump-0002' }] });
    const job = await touchmark.cliJson('cert', 'revoke', '--device', 'pump-0002', '--reason', 'superseded', '--yes');
    expect(job).toMatchObject({ state: 'succeeded', total: 1, done: 1, changed: 1 });
    const { id } = job as { id: string };
    expect(await touchmark.cliJson('job', 'list')).toMatchObject({ items: [{ id, reason: 'superseded' }] });
    expect(await touchmark.cliJson('job', 'watch', id)).toEqual(job);
    const listing = await touchmark.cliJson('cert', 'list', '--profile', 'device', '--status', 'active');
    expect(listing).toMatchObject({ items: [{ deviceId: 'pump-0003' }] });
    const metrics = await (await fetch(`${touchmark.metricsUrl}/metrics`)).text();
    expect(metrics).toContain('touchmark_revocations_total{reason="superseded"} 1');
    expect(await touchmark.cli('cert', 'revoke', '--yes')).toMatchObject({ code: 2 });
    expect(await touchmark.cli('cert', 'revoke', '--status', 'active', '--yes')).toMatchObject({ code: 2 });
    expect(await touchmark.cli('job', 'cancel', id)).toMatchObject({ code: 5 });
  });

  it('is superseded once its successor authenticated, where the profile waits for that', async () => {
    const registry = openHomeRegistry(touchmark.home);
    try {
      const rules = (await registry.catalog.findProfile('device'))?.rules;
      if (rules === undefined) throw new Error('there is no profile "device"');
      const renewal = { ...rules.renewal, oldCertificate: 'revokeWhenNewSeen', oldCertificateDelaySeconds: 0 } as const;
      const { version } = await registry.admin.insertProfile('device', { ...rules, renewal });
      await eventually('the new version in force', 10, async () => {
        const endpoint = await touchmark.cliJson('endpoint', 'show', 'factory');
        return (endpoint as { profile: { version: number } }).profile.version === version ? true : undefined;
      });
      const renewed = new Device(directory, 'pump-0005');
      const { secret } = (await touchmark.cliJson(
        ...['endpoint', 'secret', 'create', 'factory', '--device', renewed.name],
      )) as { secret: string };
      await renewed.makeRequest();
      expect((await renewed.enroll(touchmark, { secret })).status).toBe(200);
      const first = await renewed.serialNumberHex();
      const renew = async (): Promise<void> => {
        await renewed.remakeRequest();
        expect((await renewed.enroll(touchmark, { operation: 'simplereenroll' })).status).toBe(200);
        // What the queue does by itself every minute.
        await registry.pool.query(`SELECT graphile_worker.add_job('revokeSuperseded')`);
      };
      const revokedOnes = async (): Promise<readonly { serialNumber: string; revocation: { reason: string } }[]> => {
        const listing = await touchmark.cliJson('cert', 'list', '--device', renewed.name, '--status', 'revoked');
        return (listing as { items: { serialNumber: string; revocation: { reason: string } }[] }).items;
      };
      await renew();
      const second = await renewed.serialNumberHex();
      expect(second).not.toBe(first);
      expect(await revokedOnes()).toEqual([]);
      await renew();
      const revoked = await eventually('the first certificate superseded', 20, async () => {
        const items = await revokedOnes();
        return items.length === 0 ? undefined : items;
      });
      expect(revoked).toMatchObject([{ revocation: { reason: 'superseded' } }]);
      expect(revoked[0]?.serialNumber.endsWith(first)).toBe(true);
    } finally {
      await registry.close();
    }
  });

  it('an issuing CA is revoked by its own command alone, in the CRL of the root', async () => {
    const authority = (await touchmark.cliJson('ca', 'show', 'issuing')) as { serialNumber: string };
    const ordinary = await touchmark.cli('cert', 'revoke', authority.serialNumber, '--yes');
    expect(ordinary).toMatchObject({ code: 4, stderr: expect.stringContaining('touchmark ca revoke') });
    const revoke = (...words: string[]) => touchmark.cli('ca', 'revoke', ...words, '--reason', 'cACompromise');
    expect(await revoke('issuing')).toMatchObject({ code: 2 });
    expect(await revoke('issuing', '--confirm', 'root')).toMatchObject({ code: 2 });
    expect(await revoke('root', '--confirm', 'root')).toMatchObject({ code: 5 });
    expect(await revoke('issuing', '--confirm', 'issuing')).toMatchObject({ code: 0 });
    await eventually('the issuing CA on the CRL of the root', 30, async () => {
      await download('/pki/root.crl', 'root.crl');
      const words = ['crl', '-inform', 'DER', '-in', at('root.crl'), '-noout', '-text'];
      const { stdout } = await runOk(requiredProgram('openssl'), words);
      return stdout.includes('CA Compromise') ? stdout : undefined;
    });
    // It issues nothing more, and cannot be taken back into use.
    expect(await touchmark.cliJson('ca', 'show', 'issuing')).toMatchObject({ state: 'retired' });
    const issued = await touchmark.cli(
      'cert',
      'issue',
      '--profile',
      'server',
      '--san',
      'dns:x.example.com',
      '--out',
      directory,
    );
    expect(issued).toMatchObject({ code: 6, stderr: expect.stringContaining('authorityRetired') });
    const revived = await touchmark.cli('ca', 'set', 'issuing', '--state', 'active');
    expect(revived).toMatchObject({ code: 5, stderr: expect.stringContaining('stays retired') });
  });
});
