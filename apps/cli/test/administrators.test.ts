import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Credential, SetupAnswer } from '@touchmark/admin-api';
import { tokenOf } from '../../../packages/admin-api/test/support/world.ts';
import { run } from '../src/index.ts';
import { createBench } from './support/cli.ts';
import type { Bench, Outcome } from './support/cli.ts';
import { createTerminal } from './support/terminal.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.close());

const list = async (): Promise<readonly Credential[]> =>
  ((await bench.touchmark(['admin', 'list', '-o', 'json'])).json as { items: Credential[] }).items;
const urlOfService = (): string => `https://127.0.0.1:${bench.world.listener.port}`;
const withToken = (args: readonly string[], token: string): Promise<Outcome> => {
  const file = join(bench.directory, 'api-token');
  writeFileSync(file, token, { mode: 0o600 });
  const env = { TOUCHMARK_URL: urlOfService(), TOUCHMARK_CA_FILE: join(bench.home, 'root.pem') };
  return bench.touchmark([...args, '--token-file', file], { env });
};

describe('setup-link', () => {
  it('prints one line, the link, with which another administrator gets a token that admin revoke ends', async () => {
    const { code, stdout, stderr } = await bench.touchmark(['setup-link']);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${urlOfService()}/setup#[\\w-]{32}\n$`));
    expect(stderr).toContain('works once');
    const body = { token: stdout.trim().split('#')[1], name: 'grace' };
    const setUp = await bench.world.call({ method: 'POST', path: '/api/v1/setup', body });
    const { token } = setUp.json as SetupAnswer;
    expect((await withToken(['whoami', '-o', 'json'], token)).json).toMatchObject({ name: 'grace' });

    const { id } = (await list()).find(({ name }) => name === 'grace') ?? { id: '' };
    const revoked = await bench.touchmark(['admin', 'revoke', id, '-o', 'json']);
    expect(revoked.json).toMatchObject({ id, status: 'revoked', changed: true });
    expect((await withToken(['whoami'], token)).code).toBe(4);
    const again = await bench.touchmark(['admin', 'revoke', id]);
    expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining('revoked before') });
  });

  it('--role gives less: a reporter tells what is in use, and nothing else', async () => {
    const { stdout, stderr } = await bench.touchmark(['setup-link', '--role', 'reporter']);
    expect(stderr).toContain('gets the role reporter');
    const body = { token: stdout.trim().split('#')[1], name: 'broker' };
    const setUp = await bench.world.call({ method: 'POST', path: '/api/v1/setup', body });
    const { token, role } = setUp.json as SetupAnswer;
    expect(role).toBe('reporter');
    expect((await withToken(['cert', 'seen', bench.world.certificate.id, '-o', 'json'], token)).json).toMatchObject({
      reportedBy: 'broker',
    });
    expect((await withToken(['cert', 'list'], token)).code).toBe(4);
    expect((await bench.touchmark(['setup-link', '--role', 'repoter'])).stderr).toContain('Did you mean "reporter"?');
  });

  it('-o json has the token, the link and its end', async () => {
    const { json } = await bench.touchmark(['setup-link', '-o', 'json']);
    const { token, link, expiresAt } = json as Record<string, string>;
    expect(link).toBe(`${urlOfService()}/setup#${token}`);
    expect(Date.parse(expiresAt ?? '')).toBeGreaterThan(Date.now());
  });

  it('is for administrators only', async () => {
    expect(await withToken(['setup-link'], tokenOf('officer'))).toMatchObject({ code: 4, stdout: '' });
  });
});

describe('admin', () => {
  it('list shows no token', async () => {
    const { stdout } = await bench.touchmark(['admin', 'list']);
    expect(stdout).toMatch(/^cert-administrator +administrator +certificate +active /m);
    expect(stdout).toMatch(/^token-viewer +viewer +token +active /m);
    expect(stdout).not.toContain(tokenOf('viewer'));
  });

  it('revoke asks with name, kind and role', async () => {
    const { id } = (await list()).find(({ name }) => name === 'token-operator') ?? { id: '' };
    const terminal = createTerminal({ env: { TOUCHMARK_HOME: bench.home } });
    const running = run(['admin', 'revoke', id], terminal.io);
    for (let tries = 0; tries < 500 && !terminal.stderr().includes('[y/N]'); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(terminal.stderr()).toContain('Revoke the token of token-operator, operator?');
    terminal.type('n\n');
    expect(await running).toBe(1);
    expect((await list()).find((credential) => credential.id === id)).toMatchObject({ status: 'active' });
  });

  it('revoke of the last administrator is exit code 5, of nobody 3', async () => {
    const active = (await list()).filter(({ role, status }) => role === 'administrator' && status === 'active');
    const mine = active.find(({ name }) => name === 'cert-administrator');
    for (const { id } of active) if (id !== mine?.id) await bench.touchmark(['admin', 'revoke', id]);
    expect((await bench.touchmark(['admin', 'revoke', mine?.id ?? ''])).code).toBe(5);
    expect((await bench.touchmark(['admin', 'revoke', 'nobody'])).code).toBe(3);
    expect((await bench.touchmark(['whoami'])).code).toBe(0);
  });
});

describe('docs/cli.md', () => {
  it('names every command of the program', async () => {
    const document = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
    const { stdout } = await bench.touchmark(['--help']);
    const commands = [...stdout.matchAll(/^ {2}([a-z][a-z-]+) /gm)].map(([, name]) => name ?? '');
    expect(commands).toEqual(expect.arrayContaining(['serve', 'admin', 'setup-link']));
    const documented = [...document.matchAll(/^\| (`.*?) \|/gm)].map(([, cell]) => cell).join(' ');
    expect(commands.filter((name) => name !== 'help' && !documented.includes(`\`${name}`))).toEqual([]);
  });
});
