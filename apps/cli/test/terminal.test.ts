import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { run } from '../src/index.ts';
import { parseDuration } from '../src/duration.ts';
import { printable, writeTable } from '../src/output/table.ts';
import { relative } from '../src/output/words.ts';
import { createBench } from './support/cli.ts';
import type { Bench } from './support/cli.ts';
import { createTerminal } from './support/terminal.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.close());

const home = () => ({ TOUCHMARK_HOME: bench.home });

describe('on a terminal', () => {
  it('a table fits its columns', async () => {
    const terminal = createTerminal({ columns: 70, env: { ...home(), NO_COLOR: '1' } });
    expect(await run(['cert', 'list'], terminal.io)).toBe(0);
    const lines = terminal.stdout().trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(70);
    expect(terminal.stdout()).toContain('…');
  });

  it('what the doctor finds is broken to its width, each fault on a line of its own', async () => {
    const { services } = bench.world;
    const sound = services.status;
    const message =
      'it is past its end, and so it was last week. Look at the log for the reason, then start the worker again.';
    services.status = { ...sound, checks: ['crl:a/0', 'crl:b/0'].map((name) => ({ name, ok: false, message })) };
    const terminal = createTerminal({ columns: 60, env: { ...home(), NO_COLOR: '1' } });
    expect(await run(['doctor'], terminal.io)).toBe(1);
    services.status = sound;
    expect(terminal.stdout()).toMatch(
      /^failed {3}readiness {8}crl:a\/0: it is past its end, and\n( {26}\S.*\n)+ {26}crl:b\/0: it/m,
    );
    expect(terminal.stdout()).toMatch(/\n {26}-> Mend what the checks name; the\n {26}log says more\.\n/);
    expect(terminal.stdout()).not.toContain('.;');
  });

  it('the rules of a profile are shown as they are written', async () => {
    const terminal = createTerminal({ tty: false, env: home() });
    expect(await run(['profile', 'show', 'server'], terminal.io)).toBe(0);
    expect(terminal.stdout()).toMatch(/^keyAlgorithms +ec-p256$/m);
    expect(terminal.stdout()).toMatch(/^subjectAltName +fixed: \[\]\n {26}fromRequest:\n {28}- kind: dns\n/m);
    expect(terminal.stdout()).not.toMatch(/[{[]"/);
  });

  it('next steps are on stderr; in a pipe there are none', async () => {
    const terminal = createTerminal({ env: home() });
    await run(['endpoint', 'show', 'factory'], terminal.io);
    expect(terminal.stderr()).toContain('touchmark endpoint secret create factory');
    const pipe = createTerminal({ tty: false, env: home() });
    await run(['endpoint', 'show', 'factory'], pipe.io);
    expect(pipe.stderr()).toBe('');
  });

  it('has colour, unless NO_COLOR is set', async () => {
    const coloured = createTerminal({ env: home() });
    await run(['device', 'list'], coloured.io);
    expect(coloured.stdout()).toContain('\u001b[32m');
    const plain = createTerminal({ env: { ...home(), NO_COLOR: '1' } });
    await run(['device', 'list'], plain.io);
    expect(plain.stdout()).not.toContain('\u001b');
  });
});

describe('a question', () => {
  const create = async (): Promise<string> => {
    const leaf = await bench.world.authority.identify('asked about');
    const fields = { certificateDer: leaf.der, profileName: 'server', deviceId: undefined };
    return bench.world.services.addCertificate({ ...leaf, ...fields }).id;
  };
  const isRevoked = async (id: string): Promise<boolean> => {
    const found = await bench.world.services.getCertificate({ kind: 'idOrSerialNumber', value: id });
    return found.revocation !== undefined;
  };

  it.each([
    ['n', 1, false],
    ['', 1, false],
    ['y', 0, true],
    ['yes', 0, true],
  ])('answered with "%s" ends with %i', async (answer, code, revoked) => {
    const id = await create();
    const terminal = createTerminal({ env: home() });
    const running = run(['cert', 'revoke', id], terminal.io);
    for (let tries = 0; tries < 500 && !terminal.stderr().includes('[y/N]'); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(terminal.stderr()).toContain('Revoke CN=asked about');
    terminal.type(`${answer}\n`);
    expect(await running).toBe(code);
    expect(await isRevoked(id)).toBe(revoked);
  });

  it('is not asked with --yes, nor without a terminal', async () => {
    const byFlag = await create();
    const terminal = createTerminal({ env: home() });
    expect(await run(['cert', 'revoke', byFlag, '--yes'], terminal.io)).toBe(0);
    expect(terminal.stderr()).not.toContain('[y/N]');
    const inScript = await create();
    expect(await run(['cert', 'revoke', inScript], createTerminal({ tty: false, env: home() }).io)).toBe(0);
    expect([await isRevoked(byFlag), await isRevoked(inScript)]).toEqual([true, true]);
  });
});

describe('what devices call themselves', () => {
  it('cannot steer the terminal', () => {
    const { io, stdout } = createTerminal({ env: { NO_COLOR: '1' } });
    writeTable(io, ['NAME'], [[{ text: 'a\u001b[2Jb\u202ec\nd' }]]);
    expect(stdout()).toBe('NAME\na\\u001b[2Jb\\u202ec\\u000ad\n');
    expect(printable('Größe 漢字 ok')).toBe('Größe 漢字 ok');
  });
});

describe('durations', () => {
  it.each([
    ['90', 90],
    ['90s', 90],
    ['30m', 1_800],
    ['24h', 86_400],
    ['7d', 604_800],
  ])('%s is %i seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(['', 'd', '1w', '-1h', '1.5h', '1h30m', '99999999999d'])('"%s" is refused', (text) => {
    expect(() => parseDuration(text)).toThrow('for example 24h');
  });

  it.each([
    [1, 'in 1 second'],
    [-90, '90 seconds ago'],
    [7_200, 'in 2 hours'],
    [86_400 * 30, 'in 30 days'],
  ])('%i seconds away is %s', (seconds, words) => {
    const now = new Date('2026-01-31T12:00:00Z');
    expect(relative(new Date(now.getTime() + seconds * 1000).toISOString(), now)).toBe(words);
  });
});
