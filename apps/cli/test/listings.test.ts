import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createBench } from './support/cli.ts';
import type { Bench, Outcome } from './support/cli.ts';
import { runInProcess } from './support/terminal.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.close());

/** As in a pipe; a process for each of so many would only cost time. */
const touchmark = (args: readonly string[]): Promise<Outcome> => runInProcess(args, { TOUCHMARK_HOME: bench.home });

interface Listing {
  readonly items: Readonly<Record<string, unknown>>[];
  readonly nextCursor: string | null;
}

describe.each([
  ['cert list', ['cert', 'list'], 'serialNumber'],
  ['device list', ['device', 'list'], 'state'],
  ['endpoint list', ['endpoint', 'list'], 'label'],
  ['endpoint secret list', ['endpoint', 'secret', 'list', 'factory'], 'maxUses'],
  ['attempt list', ['attempt', 'list'], 'outcome'],
  ['ca list', ['ca', 'list'], 'fingerprintSha256'],
  ['profile list', ['profile', 'list'], 'rules'],
  ['crl list', ['crl', 'list'], 'number'],
  ['key list', ['key', 'list'], 'location'],
  ['key blocked', ['key', 'blocked'], 'reason'],
  ['admin list', ['admin', 'list'], 'kind'],
])('%s', (_, args, member) => {
  beforeAll(async () => {
    await bench.touchmark(['endpoint', 'secret', 'create', 'factory']);
    await bench.touchmark(['key', 'block', 'ab'.repeat(32), '--reason', 'seen in an image']);
  });

  it('-o json is {items, nextCursor} on stdout and nothing else', async () => {
    const { code, json, stderr } = await bench.touchmark([...args, '-o', 'json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { items, nextCursor } = json as Listing;
    expect(items.length).toBeGreaterThan(0);
    for (const item of items) expect(item).toHaveProperty(member);
    expect(nextCursor).toBeNull();
  });

  it('is a table by default, with a line for each item', async () => {
    const all = (await touchmark([...args, '-o', 'json'])).json as Listing;
    const { stdout } = await touchmark(args);
    const [header, ...lines] = stdout.trimEnd().split('\n');
    expect(header).toMatch(/^[A-Z][A-Z0-9 ()-]+$/);
    expect(lines).toHaveLength(all.items.length);
    expect(stdout).not.toContain('\u001b');
  });

  it('-o ndjson, csv and name have the same items', async () => {
    const { items } = (await touchmark([...args, '-o', 'json'])).json as Listing;
    const ndjson = (await touchmark([...args, '-o', 'ndjson'])).stdout.trimEnd().split('\n');
    expect(ndjson.map((line) => JSON.parse(line) as unknown)).toEqual(items);
    const csv = (await touchmark([...args, '-o', 'csv'])).stdout.trimEnd().split('\n');
    expect(csv).toHaveLength(items.length + 1);
    const names = (await touchmark([...args, '-o', 'name'])).stdout.trimEnd().split('\n');
    expect(names).toHaveLength(items.length);
  });
});

describe('listings in pages', () => {
  it('--all gives what the pages give together', async () => {
    for (let index = 0; index < 3; index++) await bench.touchmark(['endpoint', 'secret', 'create', 'factory']);
    const args = ['endpoint', 'secret', 'list', 'factory', '-o', 'json'];
    const first = (await bench.touchmark([...args, '--limit', '2'])).json as Listing;
    expect(first.items).toHaveLength(2);
    expect(first.nextCursor).toEqual(expect.any(String));
    const second = (await bench.touchmark([...args, '--limit', '2', '--cursor', first.nextCursor ?? '']))
      .json as Listing;
    const all = (await bench.touchmark([...args, '--limit', '2', '--all'])).json as Listing;
    expect(all.nextCursor).toBeNull();
    expect(all.items.slice(0, 4)).toEqual([...first.items, ...second.items]);
  });

  it('filters reach the service', async () => {
    const listed = await bench.touchmark(['device', 'list', '--state', 'suspended', '-o', 'name']);
    expect(listed.stdout).toBe('pump-2\n');
    const none = await bench.touchmark(['cert', 'list', '--status', 'held', '--device', 'pump-1']);
    expect(none).toMatchObject({ code: 0, stdout: '', stderr: 'No certificate found.\n' });
  });
});

describe.each([
  ['device', ['device', 'show', 'pump-1'], { id: 'pump-1', state: 'active' }],
  ['endpoint', ['endpoint', 'show', 'factory'], { label: 'factory', protocol: 'est' }],
  ['attempt', ['attempt', 'show', 'attempt-2'], { id: 'attempt-2', code: 'secretExpired' }],
  ['authority', ['ca', 'show', 'issuing'], { name: 'issuing', kind: 'issuing' }],
  ['profile', ['profile', 'show', 'server'], { name: 'server', version: 1 }],
])('one %s', (_, args, expected) => {
  it('-o json is the thing itself', async () => {
    const { code, json } = await bench.touchmark([...args, '-o', 'json']);
    expect(code).toBe(0);
    expect(json).toMatchObject(expected);
  });

  it('is shown in words', async () => {
    const { code, stdout } = await touchmark(args);
    expect(code).toBe(0);
    for (const value of Object.values(expected)) expect(stdout).toContain(String(value));
  });

  it('that is not there has exit code 3', async () => {
    const { code, stdout, stderr } = await touchmark([...args.slice(0, -1), 'nothing-like-it']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^error: There is no such /);
  });
});
