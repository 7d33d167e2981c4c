import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DerReader } from '@touchmark/asn1';
import { tokenOf } from '../../../packages/admin-api/test/support/world.ts';
import { createBench, createCrl } from './support/cli.ts';
import type { Bench } from './support/cli.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.close());

const remote = (role: 'viewer' | 'operator' | 'nobody', more: Record<string, string> = {}) => ({
  env: {
    TOUCHMARK_URL: `https://127.0.0.1:${bench.world.listener.port}`,
    TOUCHMARK_TOKEN: role === 'nobody' ? 'token-of-nobody' : tokenOf(role),
    TOUCHMARK_CA_FILE: join(bench.home, 'root.pem'),
    ...more,
  },
});

describe('access', () => {
  it('on the host of the home is by its client certificate', async () => {
    const { json } = await bench.touchmark(['whoami', '-o', 'json']);
    expect(json).toMatchObject({ name: 'cert-administrator', role: 'administrator' });
  });

  it('elsewhere is by token, from the environment or a file', async () => {
    expect((await bench.touchmark(['whoami', '-o', 'json'], remote('viewer'))).json).toMatchObject({
      name: 'token-viewer',
    });
    const file = join(bench.directory, 'token');
    writeFileSync(file, `${tokenOf('operator')}\n`);
    const { TOUCHMARK_TOKEN: _unused, ...env } = remote('viewer').env;
    const byVariable = await bench.touchmark(['whoami', '-o', 'json'], { env: { ...env, TOUCHMARK_TOKEN_FILE: file } });
    expect(byVariable.json).toMatchObject({ name: 'token-operator' });
    const byFlag = await bench.touchmark(['whoami', '-o', 'json', '--token-file', file], remote('viewer'));
    expect(byFlag.json).toMatchObject({ name: 'token-operator' });
  });

  it('--home beats TOUCHMARK_URL', async () => {
    const { json } = await bench.touchmark(['--home', bench.home, 'whoami', '-o', 'json'], remote('viewer'));
    expect(json).toMatchObject({ name: 'cert-administrator' });
  });
});

describe('exit codes', () => {
  it.each([
    ['2 for an unknown command', ['cret', 'list'], {}, 2, 'Did you mean cert?'],
    ['2 for an unknown verb', ['cert', 'lsit'], {}, 2, 'Did you mean list?'],
    ['2 for an unknown flag', ['cert', 'list', '--stauts', 'x'], {}, 2, 'Did you mean --status?'],
    ['2 for a missing argument', ['cert', 'show'], {}, 2, "missing required argument 'certificate'"],
    [
      '2 for a value that is none',
      ['cert', 'revoke', 'aa', '--reason', 'keyCompromised'],
      {},
      2,
      'superseded, cessationOfOperation, privilegeWithdrawn. Did you mean "keyCompromise"?',
    ],
    [
      '2 for an algorithm that is none',
      ['cert', 'issue', '--profile', 'server', '--key-algorithm', 'ecp256'],
      {},
      2,
      'Did you mean "ec-p256"?',
    ],
    [
      '2 for a version in the wrong place',
      ['profile', 'activate', 'server', '2'],
      {},
      2,
      'touchmark profile activate server --version 2',
    ],
    ['2 for an unknown format', ['cert', 'list', '-o', 'xml'], {}, 2, 'table, json, ndjson, csv, name'],
    [
      '2 for what the service takes for bad input',
      ['cert', 'list', '--status', 'revokd'],
      {},
      2,
      'Did you mean "revoked"?',
    ],
    [
      '2 for a URL without TLS',
      ['whoami'],
      { TOUCHMARK_URL: 'http://127.0.0.1:1', TOUCHMARK_TOKEN: 'x' },
      2,
      'not an https URL',
    ],
    ['3 for what is not there', ['device', 'show', 'pump-9'], {}, 3, 'There is no such device.'],
    ['7 without a home', ['status'], { TOUCHMARK_HOME: '/nowhere' }, 7, 'There is no Touchmark home'],
    [
      '7 where nobody listens, with a token or without',
      ['whoami'],
      { TOUCHMARK_URL: 'https://127.0.0.1:1' },
      7,
      'ECONNREFUSED',
    ],
    [
      '7 for a service that is down',
      ['status'],
      { TOUCHMARK_URL: 'https://127.0.0.1:1', TOUCHMARK_TOKEN: 'x' },
      7,
      'touchmark serve',
    ],
  ])('%s', async (_, args, env, code, says) => {
    const outcome = await bench.touchmark(args, { env });
    expect(outcome).toMatchObject({ code, stdout: '' });
    expect(outcome.stderr).toContain(says);
    expect(outcome.stderr).not.toMatch(/\n\s+at /);
  });

  it('4 for an unknown token', async () => {
    const outcome = await bench.touchmark(['cert', 'list'], remote('nobody'));
    expect(outcome.code).toBe(4);
    expect(outcome.stderr).toContain('notAuthenticated');
    expect(outcome.stderr).not.toContain('token-of-nobody');
  });

  it('2 without a token, once somebody answers', async () => {
    const { TOUCHMARK_TOKEN: _unused, ...env } = remote('viewer').env;
    const outcome = await bench.touchmark(['whoami'], { env });
    expect([outcome.code, outcome.stderr]).toEqual([2, expect.stringContaining('a token is needed')]);
  });

  it('4 for a role that may not', async () => {
    const outcome = await bench.touchmark(['endpoint', 'secret', 'create', 'factory'], remote('viewer'));
    expect(outcome).toMatchObject({ code: 4, stdout: '' });
    expect(outcome.stderr).toContain('This needs the role operator; you are viewer.');
  });

  it('5 for a second secret with the same key', async () => {
    const create = ['endpoint', 'secret', 'create', 'factory', '--idempotency-key', 'order-1'];
    expect((await bench.touchmark(create)).code).toBe(0);
    expect((await bench.touchmark(create)).code).toBe(5);
  });

  it('7 for a certificate that the root did not issue, and says which variable to set', async () => {
    const { TOUCHMARK_CA_FILE: _unused, ...env } = remote('viewer').env;
    const outcome = await bench.touchmark(['whoami'], { env });
    expect(outcome.code).toBe(7);
    expect(outcome.stderr).toContain('TOUCHMARK_CA_FILE');
  });

  it('0 for help and version', async () => {
    const help = await bench.touchmark(['--help']);
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('Exit codes: 0 ok, 1 failed, 2 usage');
    expect(await bench.touchmark(['version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^touchmark \d/),
    });
  });
});

describe('endpoint secret', () => {
  it('create -o json has the secret, revoke spends it', async () => {
    const args = [
      'endpoint',
      'secret',
      'create',
      'factory',
      '--device',
      'pump-1',
      '--uses',
      '3',
      '--expires-in',
      '2h',
      '-o',
      'json',
    ];
    const { json, stderr } = await bench.touchmark(args);
    expect(json).toMatchObject({ id: expect.any(String), secret: expect.any(String), deviceId: 'pump-1', maxUses: 3 });
    const { id, expiresAt, secret } = json as { id: string; expiresAt: string; secret: string };
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(7_100_000);
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(7_200_000);
    expect(stderr).not.toContain(secret);
    expect((await bench.touchmark(['endpoint', 'secret', 'revoke', 'factory', id])).code).toBe(0);
    const listed = await bench.touchmark(['endpoint', 'secret', 'list', 'factory', '-o', 'ndjson']);
    const line = listed.stdout.split('\n').find((text) => text.includes(id)) ?? '{}';
    expect(JSON.parse(line)).toMatchObject({ status: 'revoked' });
  });
});

describe('status', () => {
  it('names each failing check and has exit code 1 when not ready', async () => {
    const good = await bench.touchmark(['status']);
    expect(good.code).toBe(0);
    expect(good.stdout).toMatch(/^Ready +yes$/m);
    const { services } = bench.world;
    const before = services.status;
    services.status = { ...before, checks: [{ name: 'crl:issuing', ok: false, message: 'past nextUpdate' }] };
    const bad = await bench.touchmark(['status']);
    services.status = before;
    expect(bad.code).toBe(1);
    expect(bad.stdout).toContain('failed  crl:issuing: past nextUpdate');
  });
});

describe('crl', () => {
  it('fetch, inspect and verify agree', async () => {
    const file = join(bench.directory, 'issuing.crl');
    const fetched = await bench.touchmark(['crl', 'fetch', 'issuing', '--out', file]);
    expect(fetched).toMatchObject({ code: 0, stdout: '' });
    expect(readFileSync(file)[0]).toBe(0x30);
    const inspected = await bench.touchmark(['crl', 'inspect', file, '-o', 'json']);
    expect(inspected.json).toMatchObject({
      issuer: 'CN=Test Issuing',
      number: '41',
      entryCount: 1,
      entries: [{ serialNumber: '0a01', reason: 'keyCompromise', revocationDate: '2026-01-31T12:00:00.000Z' }],
    });
    const { publicUrl } = bench.world.services.status;
    const verified = await bench.touchmark(['crl', 'verify', `${publicUrl}/pki/issuing.crl`]);
    expect(verified).toMatchObject({ code: 0 });
    expect(verified.stdout.match(/^ok/gm)).toHaveLength(3);
  });

  it.each([
    [
      'of another issuer',
      async () => ({ crl: await createCrl(bench.world), issuer: bench.world.authority.root.certificate.pem }),
      'issuer',
    ],
    [
      'past nextUpdate',
      async () => ({
        crl: await createCrl(bench.world, { days: -1 }),
        issuer: bench.world.authority.issuing.certificate.pem,
      }),
      'current',
    ],
    [
      'with a changed octet',
      async () => {
        const crl = await createCrl(bench.world);
        const last = crl.length - 1;
        crl[last] = (crl[last] ?? 0) ^ 1;
        return { crl, issuer: bench.world.authority.issuing.certificate.pem };
      },
      'signature',
    ],
  ])('verify refuses one %s: exit code 1', async (_, make, check) => {
    const { crl, issuer } = await make();
    const crlFile = join(bench.directory, 'bad.crl');
    const issuerFile = join(bench.directory, 'issuer.pem');
    writeFileSync(crlFile, crl);
    writeFileSync(issuerFile, issuer);
    const { code, json } = await bench.touchmark(['crl', 'verify', crlFile, '--issuer', issuerFile, '-o', 'json']);
    expect(code).toBe(1);
    const { checks } = json as { checks: { check: string; ok: boolean }[] };
    expect(checks.filter(({ ok }) => !ok).map((verdict) => verdict.check)).toContain(check);
  });

  it('publish --wait waits for the next number', async () => {
    const outcome = await bench.touchmark(['crl', 'publish', 'issuing', '--wait', '5']);
    expect(outcome.code).toBe(0);
    expect(outcome.stderr).toContain('Published.');
  });
});

describe('explain', () => {
  it('says what a code means, whatever its case', async () => {
    const { code, json } = await bench.touchmark(['explain', 'secretexpired', '-o', 'json']);
    expect(code).toBe(0);
    expect(json).toMatchObject({
      code: 'secretExpired',
      meaning: expect.any(String),
      why: expect.any(String),
      hint: expect.any(String),
    });
  });

  it('suggests the nearest', async () => {
    const { code, stderr } = await bench.touchmark(['explain', 'secretExpird']);
    expect(code).toBe(3);
    expect(stderr).toContain('Did you mean "secretExpired"?');
  });
});

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('for %s knows the whole tree', async (shell) => {
    const { code, stdout } = await bench.touchmark(['completion', shell]);
    expect(code).toBe(0);
    for (const word of ['endpoint', 'secret', 'revoke', 'inspect', 'invalidity-date']) expect(stdout).toContain(word);
  });
});

describe('doctor', () => {
  interface Report {
    readonly ok: boolean;
    readonly checks: {
      readonly check: string;
      readonly verdict: string;
      readonly found: string;
      readonly mend?: string;
    }[];
  }
  const examine = async (env: Record<string, string> = {}): Promise<{ code: number | null; report: Report }> => {
    const { code, json } = await bench.touchmark(['doctor', '-o', 'json'], { env });
    return { code, report: json as Report };
  };

  it('finds nothing wrong with a sound service', async () => {
    const { code, report } = await examine();
    expect(report.checks.filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
    expect(report.checks.length).toBeGreaterThanOrEqual(13);
    expect({ code, ok: report.ok }).toEqual({ code: 0, ok: true });
  });

  it('asks OCSP about the issuer by name and key', async () => {
    await examine();
    const body = bench.publicRequests.findLast(({ line }) => line === 'POST /ocsp/issuing')?.body ?? Buffer.alloc(0);
    const certId = new DerReader(body).enter(0x30).enter(0x30).enter(0x30).enter(0x30).enter(0x30);
    certId.element(0x30);
    const nameHash = createHash('sha1').update(bench.world.authority.issuing.subjectDer).digest();
    expect(Buffer.from(certId.octetString()).equals(nameHash)).toBe(true);
  });

  it.each([
    [
      'files',
      () => chmodSync(join(bench.home, 'admin/admin.key'), 0o644),
      () => chmodSync(join(bench.home, 'admin/admin.key'), 0o600),
      'chmod 600',
    ],
    ['home', () => chmodSync(bench.home, 0o755), () => chmodSync(bench.home, 0o711), 'chmod 711'],
    [
      'CRL age',
      () => void (bench.world.services.crls[0] = { ...crl(), nextUpdate: new Date(Date.now() - 1000) }),
      () => void (bench.world.services.crls[0] = { ...crl(), nextUpdate: new Date(Date.now() + 6 * 86_400_000) }),
      'crl publish',
    ],
    [
      'public URL',
      () => void (bench.world.services.crls[0] = { ...crl(), number: 41n, entryCount: 2 }),
      () => void (bench.world.services.crls[0] = { ...crl(), number: 41n, entryCount: 1 }),
      'Do not rely on this CRL',
    ],
    [
      'readiness',
      () =>
        void (bench.world.services.status = {
          ...bench.world.services.status,
          checks: [{ name: 'registry', ok: false, message: 'no answer' }],
        }),
      () =>
        void (bench.world.services.status = {
          ...bench.world.services.status,
          checks: [{ name: 'registry', ok: true, message: 'answers' }],
        }),
      'log',
    ],
    [
      'root',
      () =>
        void (bench.world.services.status = {
          ...bench.world.services.status,
          rootFingerprintSha256: new Uint8Array(32),
        }),
      () =>
        void (bench.world.services.status = {
          ...bench.world.services.status,
          rootFingerprintSha256: bench.world.authority.root.certificate.fingerprintSha256,
        }),
      'another PKI',
    ],
  ])('finds what is wrong with %s and says how to mend it', async (check, harm, heal, mend) => {
    harm();
    const { code, report } = await examine().finally(heal);
    expect(code).toBe(1);
    const bad = report.checks.filter(({ verdict }) => verdict === 'failed');
    expect(bad.map((finding) => finding.check)).toEqual([check]);
    expect(bad[0]?.mend).toContain(mend);
  });

  it('says so when nothing answers', async () => {
    const { code, report } = await examine({ TOUCHMARK_URL: 'https://127.0.0.1:1', TOUCHMARK_TOKEN: 'x' });
    expect(code).toBe(1);
    const service = report.checks.find(({ check }) => check === 'service');
    expect(service).toMatchObject({ verdict: 'failed', mend: expect.stringContaining('touchmark serve') });
  });

  const crl = () => {
    const [first] = bench.world.services.crls;
    if (first === undefined) throw new Error('no CRL');
    return first;
  };
});
