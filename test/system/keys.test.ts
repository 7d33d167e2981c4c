/** Keys of a running service: in a token from the first start on, and sealed anew without a pause. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestPostgres } from '@touchmark/store/testing';
import type { TestPostgres } from '@touchmark/store/testing';
import { buildCertificationRequest } from '@touchmark/testkit';
import { createSoftHsm } from '../../packages/keystore/test/support/soft-hsm.ts';
import type { SoftHsm } from '../../packages/keystore/test/support/soft-hsm.ts';
import { Administrator } from '../support/administrator.ts';
import { askEst, certificateIn, enrollDevice, newDeviceName } from '../support/est-request.ts';
import type { EstServer } from '../support/est-socket.ts';
import { openHomeRegistry } from '../support/home-registry.ts';
import { childrenOf, signalAll } from '../support/postgres-processes.ts';
import { describeWith } from '../support/programs.ts';
import { refusedStart } from '../support/refused-start.ts';
import { eventually } from '../support/run.ts';
import { Touchmark, newTouchmark, startTouchmark } from '../support/touchmark.ts';

interface ShownKey {
  readonly id: string;
  readonly store: string;
  readonly available: boolean;
  readonly authorities: readonly string[];
  readonly scryptCost: number | null;
  readonly message: string | null;
}

const keysOf = async (touchmark: Touchmark): Promise<readonly ShownKey[]> =>
  ((await touchmark.cliJson('key', 'list')) as { items: readonly ShownKey[] }).items;

const getReadiness = async ({ metricsUrl }: Touchmark): Promise<string> => (await fetch(`${metricsUrl}/readyz`)).text();

describeWith(['softhsm2-util'], 'authorities with keys in a token', () => {
  let hsm: SoftHsm;
  let inToken: Record<string, string>;
  let touchmark: Touchmark;
  let admin: Administrator;

  beforeAll(async () => {
    hsm = createSoftHsm('Fleet');
    const pinFile = `${hsm.configurationFile}.pin`;
    writeFileSync(pinFile, `${hsm.pin}\n`, { mode: 0o600 });
    inToken = {
      SOFTHSM2_CONF: hsm.configurationFile,
      TOUCHMARK_PKCS11_TOKENS: `pkcs11:token=Fleet?module-path=${hsm.modulePath}&pin-source=file:${pinFile}`,
      TOUCHMARK_KEY_ALIASES:
        'authority:root=pkcs11:token=Fleet;object=root authority:issuing=pkcs11:token=Fleet;object=issuing',
    };
    touchmark = await startTouchmark(inToken);
    admin = new Administrator(touchmark);
  }, 120_000);
  afterAll(async () => {
    admin?.close();
    await touchmark?.dispose();
    hsm?.remove();
  });

  const enroll = async () => enrollDevice(touchmark, (await admin.createSecret()).secret);

  it('are made at the first start, and issue', async () => {
    const { certificate } = await enroll();
    expect(certificate.der.length).toBeGreaterThan(100);
    const keys = await keysOf(touchmark);
    expect(keys.filter(({ store }) => store === 'pkcs11')).toMatchObject([
      { id: 'authority:issuing', available: true, authorities: ['issuing'], scryptCost: null },
      { id: 'authority:root', available: true, authorities: ['root'], scryptCost: null },
    ]);
    expect(keys.filter(({ store }) => store === 'software')).toMatchObject([
      { id: 'listener', authorities: [] },
      { id: 'ocsp:issuing/ec-p256', authorities: ['issuing'] },
      { id: 'ocsp:root/ec-p256', authorities: ['root'] },
    ]);
  });

  it('leave nothing of these keys in the registry', async () => {
    const registry = openHomeRegistry(touchmark.home);
    const sealed = (await registry.sealedKeys.list()).map(({ keyId }) => keyId);
    await registry.close();
    expect(sealed.filter((keyId) => keyId.startsWith('authority:'))).toEqual([]);
    expect(sealed).toContain('listener');
  });

  it('survive a crash of the module: the service goes on', async () => {
    const { pid } = touchmark;
    expect(signalAll(moduleProcessesOf(pid), 'SIGKILL')).toBeGreaterThan(0);
    await enroll();
    expect(touchmark.pid).toBe(pid);
  });

  it('without their token refuse as notReady and are named by readiness and doctor; with it they go on', async () => {
    hsm.unplug();
    signalAll(moduleProcessesOf(touchmark.pid), 'SIGKILL');
    const { secret } = await admin.createSecret();
    const { certificationRequestDer: body } = await buildCertificationRequest({ commonName: newDeviceName() });
    const refused = await askEst(touchmark, { secret, body });
    expect([refused.status, refused.field('Touchmark-Reason')]).toEqual([503, 'notReady']);
    const readiness = await getReadiness(touchmark);
    expect(readiness).toMatch(/key:issuing/);
    expect(readiness).toMatch(/pkcs11:token=Fleet cannot be used/);
    const doctor = await touchmark.cli('doctor');
    expect(doctor.stdout).toMatch(/failed\s+keys\s+authority:issuing: The token pkcs11:token=Fleet/);
    const metrics = await (await fetch(`${touchmark.metricsUrl}/metrics`)).text();
    expect(metrics).toMatch(
      /touchmark_key_failures_total\{store="pkcs11",operation="sign",code="tokenUnavailable"\} [1-9]/,
    );
    expect(`${readiness}${metrics}${touchmark.stderr}${doctor.stdout}`).not.toContain(hsm.pin);

    hsm.plugIn();
    await eventually('readiness', 20, async () => {
      const { ok } = await fetch(`${touchmark.metricsUrl}/readyz`);
      return ok ? true : undefined;
    });
    // The very request that was refused: its intent is carried to its end.
    const answer = await askEst(touchmark, { secret, body });
    expect(answer.status).toBe(200);
    expect(certificateIn(answer).der.length).toBeGreaterThan(100);
  }, 90_000);

  it('start again, and stop without leaving a process behind', async () => {
    await touchmark.end();
    await touchmark.start();
    await enroll();
    const left = moduleProcessesOf(touchmark.pid);
    expect(left.length).toBeGreaterThan(0);
    await touchmark.end();
    await eventually('the end of the module process', 5, async () => (left.some(isAlive) ? undefined : true));
    await touchmark.start();
  }, 90_000);
});

describeWith(['softhsm2-util'], 'an alias that comes after the keys were made', () => {
  it('leaves the sealed ones in the list, as not used', async () => {
    const hsm = createSoftHsm('Later');
    const before = await startTouchmark();
    try {
      await before.end();
      const pinFile = `${hsm.configurationFile}.pin`;
      writeFileSync(pinFile, `${hsm.pin}\n`, { mode: 0o600 });
      const after = new Touchmark(before.home, before.ports, {
        SOFTHSM2_CONF: hsm.configurationFile,
        TOUCHMARK_PKCS11_TOKENS: `pkcs11:token=Later?module-path=${hsm.modulePath}&pin-source=file:${pinFile}`,
        TOUCHMARK_KEY_ALIASES: 'authority:root=pkcs11:token=Later;object=root',
      });
      after.spawn();
      const roots = await eventually('the list of keys', 30, async () =>
        (await keysOf(after).catch(() => undefined))?.filter(({ id }) => id === 'authority:root'),
      );
      expect(roots).toMatchObject([
        { store: 'software', authorities: [], message: expect.stringMatching(/^not used: TOUCHMARK_KEY_ALIASES/) },
        { store: 'pkcs11', authorities: ['root'], available: false },
      ]);
      await after.end();
    } finally {
      await before.dispose();
      hsm.remove();
    }
  }, 90_000);
});

describe('the passphrase of the home', () => {
  let touchmark: Touchmark;
  beforeAll(async () => {
    touchmark = await startTouchmark();
  }, 120_000);
  afterAll(() => touchmark?.dispose());

  it('is changed while the service runs, and the next start takes the new one', async () => {
    const file = join(touchmark.home, 'key-passphrase');
    const before = readFileSync(file, 'utf8');
    const answer = await touchmark.cliJson('key', 'rewrap', '--generate', '--scrypt-cost', '262144');
    expect(answer).toEqual({ keys: expect.any(Number), keptInHome: true });
    expect(readFileSync(file, 'utf8')).not.toBe(before);
    expect(existsSync(`${file}.next`)).toBe(false);
    const keys = await keysOf(touchmark);
    expect(keys.every(({ available, scryptCost }) => available && scryptCost === 262_144)).toBe(true);
    await enrollDevice(touchmark, touchmark.firstRun.enrollmentSecret);

    const registry = openHomeRegistry(touchmark.home);
    const { items } = await registry.admin.listAudit({ subject: 'keys' }, { limit: 5, cursor: undefined });
    await registry.close();
    expect(items).toMatchObject([
      { action: 'keys.rewrapped', details: { passphrase: 'generated', scryptCost: 262_144 } },
    ]);

    await touchmark.end();
    writeFileSync(file, before, { mode: 0o600 });
    const { code, words } = await refusedStart(touchmark, {});
    expect(code).toBe(1);
    expect(words).toContain('If it was changed (touchmark key rewrap), this node still has the earlier one.');
  }, 90_000);
});

describe('the configured passphrase of two nodes', () => {
  const directory = mkdtempSync(join(tmpdir(), 'touchmark-'));
  const given = join(directory, 'new-passphrase');
  let postgres: TestPostgres;
  let environment: Record<string, string>;
  let a: Touchmark;
  let b: Touchmark;
  let estOfB: EstServer;
  let admin: Administrator;

  beforeAll(async () => {
    postgres = await startTestPostgres({ migrated: false });
    environment = {
      DATABASE_URL: postgres.databaseUrl,
      TOUCHMARK_PUBLIC_URL: 'http://pki.example.com',
      TOUCHMARK_KEY_PASSPHRASE: 'the first passphrase',
    };
    a = await newTouchmark(environment);
    b = await newTouchmark(environment);
    await a.start();
    await b.start();
    estOfB = { firstRun: { estUrl: `https://127.0.0.1:${b.ports.est}` }, rootCertificateFile: a.rootCertificateFile };
    admin = new Administrator(a);
  }, 120_000);
  afterAll(async () => {
    admin?.close();
    await b?.dispose();
    await a?.dispose();
    await postgres?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('is not generated, and nothing but a terminal is asked', async () => {
    const generated = await a.cli('key', 'rewrap', '--generate');
    expect(generated.code).toBe(2);
    expect(generated.stderr).toContain('known to nobody');
    const missing = await a.cli('key', 'rewrap');
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('--passphrase-file')]);
    writeFileSync(given, 'short\n');
    expect((await a.cli('key', 'rewrap', '--passphrase-file', given)).code).toBe(2);
  }, 60_000);

  it('is changed by one: both go on, the other starts again only with the new one', async () => {
    writeFileSync(given, 'the second passphrase\n');
    const { code, stdout, stderr } = await a.cli('key', 'rewrap', '--passphrase-file', given);
    expect([code, stderr]).toEqual([0, expect.stringContaining('Now set TOUCHMARK_KEY_PASSPHRASE')]);
    expect(`${stdout}${stderr}`).not.toContain('the second passphrase');
    for (const node of [a, estOfB]) await enrollDevice(node, (await admin.createSecret()).secret);

    await b.end();
    const { code: refusedCode, words } = await refusedStart(b, environment);
    expect([refusedCode, words]).toEqual([1, expect.stringContaining('this node still has the earlier one')]);
    const c = await newTouchmark({
      ...environment,
      TOUCHMARK_KEY_PASSPHRASE: '',
      TOUCHMARK_KEY_PASSPHRASE_FILE: given,
    });
    try {
      await c.start();
    } finally {
      await c.dispose();
    }
  }, 120_000);
});

/** Children of the service that run the module, and not PostgreSQL. */
function moduleProcessesOf(pid: number): number[] {
  return childrenOf(pid).filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('module-process'));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
