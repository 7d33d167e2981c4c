/** The recipe of docs/challenges.md, run as a plant runs it, against what the service computes. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { ChallengeKeys } from '../src/challenges/challenge-keys.ts';
import { newSecretStore } from './support/question.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/challenges.md'), 'utf8');
const directory = mkdtempSync(join(tmpdir(), 'touchmark-recipe-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it('the recipe gives the challenges that the service takes', async () => {
  const recipe = /<!-- recipe -->\s+```sh\n([^`]+)```/.exec(page)?.[1] ?? '';
  const ids = ['pump-17', 'SN:00-1B-44@line+7', 'a', 'X'.repeat(64)];
  const keys = new ChallengeKeys(newSecretStore());
  const key = Buffer.from(await keys.create('factory'));
  writeFileSync(join(directory, 'key.hex'), `${key.toString('hex')}\n`);
  writeFileSync(join(directory, 'devices.txt'), `${ids.join('\n')}\n`);
  const output = execFileSync('sh', ['-eu', '-c', recipe], { cwd: directory, encoding: 'utf8' });
  const expected = await Promise.all(ids.map(async (id) => `${id} ${await keys.derive('factory', id)}\n`));
  expect(output).toBe(expected.join(''));
});

it('the examples of the page are right', async () => {
  const keys = new ChallengeKeys(newSecretStore());
  const [, example = ''] = /with the key `([0-9a-f]{64})`/.exec(page) ?? [];
  await keys.set('factory', 'derived', example);
  const rows = [...page.matchAll(/^\| `(device-\d+)` \| `([a-z2-7]{32})` \|$/gm)];
  expect(rows).toHaveLength(2);
  for (const [, id = '', challenge] of rows) expect(await keys.derive('factory', id)).toBe(challenge);
});
