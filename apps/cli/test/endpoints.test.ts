/** What an administrator is shown of an endpoint: where clients find it, and what is put up with there. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collectSetting } from '../src/endpoint-options.ts';
import { createBench } from './support/cli.ts';
import type { Bench } from './support/cli.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.close());

const create = (label: string, ...args: string[]) =>
  bench.touchmark(['endpoint', 'create', label, '--ca', 'issuing', '--profile', 'server', ...args]);

describe('endpoint show', () => {
  it('has the URL that clients are given', async () => {
    const url = 'https://est.example.com/.well-known/est/factory';
    expect((await bench.touchmark(['endpoint', 'show', 'factory'])).stdout).toMatch(new RegExp(`^URL +${url}$`, 'm'));
    expect((await bench.touchmark(['endpoint', 'show', 'factory', '-o', 'json'])).json).toMatchObject({ url });
  });

  it('of SCEP says what each setting in force does, and why it is so', async () => {
    const scep = ['--protocol', 'scep', '--setting', 'preset=apple', '--setting', 'sha1=false'];
    const created = await create('phones', ...scep);
    expect(created.stdout).toMatch(/^URL +http:\/\/ca\.example\.com\/scep\/phones$/m);
    expect(created.stdout).toMatch(/^In force +alongside=none {2}nothing beside it \(preset apple\)$/m);
    expect(created.stdout).toMatch(/^ +sha1=false {6}SHA-1 is refused \(set here; the preset apple has true\)$/m);
    const { json } = await bench.touchmark(['endpoint', 'show', 'phones', '-o', 'json']);
    expect(json).toMatchObject({ settings: { preset: 'apple', sha1: false }, settingsInForce: [{}, { name: 'sha1' }] });
  });

  it('of EST has no such settings', async () => {
    expect((await bench.touchmark(['endpoint', 'show', 'factory'])).stdout).not.toContain('In force');
  });
});

describe('--setting', () => {
  it.each([
    ['a=true', true],
    ['a=false', false],
    ['a=5', 5],
    ['a=0.5', 0.5],
    ['a=-3', -3],
    ['a="2024"', '2024'],
    ['a=2024-01', '2024-01'],
    ['a=0123', '0123'],
    ['a=text', 'text'],
    ['a=https://x/?b=c', 'https://x/?b=c'],
    ['a="', '"'],
    ['a=', ''],
  ])('%s is %j', (written, value) => {
    expect(collectSetting(written)).toEqual({ a: value });
  });
});
