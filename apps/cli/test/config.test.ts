import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCli } from './support/cli.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'touchmark-config-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Row {
  readonly key: string;
  readonly value: unknown;
  readonly source: string;
}

const print = async (args: readonly string[], env: Record<string, string>): Promise<ReadonlyMap<string, Row>> => {
  const { code, json, stderr } = await runCli(['config', 'print', '-o', 'json', ...args], { cwd: directory, env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return new Map((json as { items: Row[] }).items.map((row) => [row.key, row]));
};

describe('config print', () => {
  it('tells each value and where it comes from: flags beat environment beats touchmark.yaml beats defaults', async () => {
    const file = join(directory, 'touchmark.yaml');
    writeFileSync(file, 'estListen: 127.0.0.1:1001\nadminListen: 127.0.0.1:1002\npublicListen: 127.0.0.1:1003\n');
    const rows = await print(['--est-listen', '127.0.0.1:3001'], {
      TOUCHMARK_EST_LISTEN: '127.0.0.1:2001',
      TOUCHMARK_ADMIN_LISTEN: '127.0.0.1:2002',
    });
    rmSync(file);
    expect(rows.get('estListen')).toMatchObject({ value: { port: 3001 }, source: 'flag' });
    expect(rows.get('adminListen')).toMatchObject({ value: { port: 2002 }, source: 'environment' });
    expect(rows.get('publicListen')).toMatchObject({ value: { port: 1003 }, source: 'file' });
    expect(rows.get('metricsListen')).toMatchObject({ source: 'default' });
    expect(rows.get('databaseUrl')).toMatchObject({ value: null, source: 'absent' });
  });

  it('hides secrets', async () => {
    const { stdout } = await runCli(['config', 'print'], {
      cwd: directory,
      env: { TOUCHMARK_KEY_PASSPHRASE: 'correct horse battery', DATABASE_URL: 'postgresql://u:hunter2@db/t' },
    });
    expect(stdout).toContain('(hidden)');
    expect(stdout).not.toMatch(/horse|hunter2/);
  });
});

describe('config check', () => {
  it('reads the settings without the database, the keys and the protocols that they are for', async () => {
    const hooks = `import { registerHooks } from 'node:module';
      registerHooks({ load: (url, context, next) => (process.stderr.write(url + '\\n'), next(url, context)) });`;
    const file = join(directory, 'hooks.mjs');
    writeFileSync(file, hooks);
    const { code, stderr } = await runCli(['config', 'check'], {
      cwd: directory,
      env: { NODE_OPTIONS: `--import=${pathToFileURL(file).href}` },
    });
    expect(code).toBe(0);
    expect(stderr).toContain('apps/server/src/configuration.ts');
    expect(stderr).not.toMatch(
      /packages\/(store|est|ocsp|crl|cms)\/|packages\/keystore\/src\/(?!uri|key-store-error|pkcs11\/(?:key|pkcs11)-uri)|node_modules\/(pg|pino|prom-client|@prisma\/\w+)\//,
    );
  });

  it('says that it can be used', async () => {
    const outcome = await runCli(['config', 'check'], { cwd: directory });
    expect(outcome).toMatchObject({ code: 0, stdout: '', stderr: 'The configuration can be used.\n' });
  });

  it.each([
    ['an unknown variable', [], { TOUCHMARK_HOEM: 'x' }, 'Did you mean "TOUCHMARK_HOME"?'],
    ['an address that is none', [], { TOUCHMARK_EST_LISTEN: 'everywhere' }, 'TOUCHMARK_EST_LISTEN'],
    [
      'a flag that is none of its values',
      ['--role', 'king'],
      {},
      'roles: a text of 4 characters does not do: must be one of enroll, admin',
    ],
    ['a name that is too long', ['--organization', 'x'.repeat(65)], {}, 'must be text of 1 to 64 characters'],
    ['a level that is none', ['--log-level', 'loud'], {}, 'logLevel: "loud" does not do: must be one of fatal, error'],
    ['a file that is not there', ['--config', 'missing.yaml'], {}, 'missing.yaml cannot be read: ENOENT'],
    ['a token URI that is none', [], { TOUCHMARK_PKCS11_TOKENS: 'pkcs12:token=a' }, 'begin with "pkcs11:"'],
    ['a token without a module', [], { TOUCHMARK_PKCS11_TOKENS: 'pkcs11:token=a' }, 'module-path='],
    ['a token without a name', [], { TOUCHMARK_PKCS11_TOKENS: 'pkcs11:?module-path=/m.so' }, 'token=LABEL'],
    [
      'a token that names a key',
      [],
      { TOUCHMARK_PKCS11_TOKENS: 'pkcs11:token=a;object=b?module-path=/m.so' },
      'leave out object',
    ],
    [
      'a PIN in the open',
      [],
      { TOUCHMARK_PKCS11_TOKENS: 'pkcs11:token=a?module-path=/m.so&pin-value=1234' },
      'instead of pin-value',
    ],
    [
      'a PIN from a program',
      [],
      { TOUCHMARK_PKCS11_TOKENS: 'pkcs11:token=a?module-path=/m.so&pin-source=|/bin/askpin' },
      'pin-source=file:/',
    ],
    ['a token without a PIN', [], { TOUCHMARK_PKCS11_TOKENS: 'pkcs11:token=a?module-path=/m.so' }, 'has no PIN'],
    ['an alias that is none', [], { TOUCHMARK_KEY_ALIASES: 'authority:root' }, 'write KEY=pkcs11:'],
    ['an alias of the listeners', [], { TOUCHMARK_KEY_ALIASES: 'listener=pkcs11:token=a;object=b' }, 'TLS listeners'],
    ['an alias of no token', [], { TOUCHMARK_KEY_ALIASES: 'authority:root=pkcs11:token=a;object=b' }, 'no token of'],
  ])('%s is exit code 2 and named', async (_, args, env, says) => {
    const { code, stdout, stderr } = await runCli(['config', 'check', ...args], { cwd: directory, env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
  });

  it.each([
    [{ TOUCHMARK_PKCS11_TOKENS: 'pkcs11:token=a?module-path=/m.so&pin-value=hunter2' }],
    [{ TOUCHMARK_KEY_ALIASES: 'authority:root=pkcs11:token=a;object=b?pin-value=hunter2' }],
    [{ TOUCHMARK_PUBLIC_URL: 'http:bob:hunter2@pki.example.com' }],
    [{ TOUCHMARK_EST_LISTEN: 'hunter2' }],
    [{ TOUCHMARK_KEY_PASSPHRASE: 'hunter2' }],
    [{ DATABASE_URL: 'mysql://bob:hunter2@db/t' }],
  ])('what does not do is not repeated: %j', async (env) => {
    const { code, stderr } = await runCli(['config', 'check'], { cwd: directory, env });
    expect(code).toBe(2);
    expect(stderr).toMatch(/does not do: /);
    expect(stderr).not.toContain('hunter2');
  });

  it.each([
    ['*hunter2', 'an alias (*) in it names nothing'],
    ['!hunter2 correct horse battery', 'not YAML at line 2, column 16 (tag resolve failed)'],
    ['|hunter2', 'not YAML at line 2, column 17 (unexpected token)'],
    ['"hunter2', 'not YAML at line 3, column 1 (missing char)'],
  ])('nor is what makes touchmark.yaml unreadable: %s', async (value, says) => {
    const file = join(directory, 'broken.yaml');
    writeFileSync(file, `logLevel: info\nkeyPassphrase: ${value}\n`);
    const { code, stderr } = await runCli(['config', 'check', '--config', file], { cwd: directory });
    expect(code).toBe(2);
    expect(stderr).toContain(`broken.yaml cannot be read: `);
    expect(stderr).toContain(says);
    expect(stderr).not.toMatch(/hunter2|battery/);
  });

  it('serve refuses the same, before it makes anything', async () => {
    const { code, stdout, stderr } = await runCli(['serve', '--est-listen', 'everywhere'], { cwd: directory });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('host:port');
  });
});
