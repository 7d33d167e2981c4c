/** Whoever runs it with an old Node is told so, in place of a stack trace. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { run } from '../../../test/support/run.ts';

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
let directory: string;
let preload: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'touchmark-node-'));
  const file = join(directory, 'old.mjs');
  // This Node, under the name of an old one.
  writeFileSync(
    file,
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.18.0' } });
     Object.defineProperty(process, 'version', { value: 'v22.18.0' });`,
  );
  preload = pathToFileURL(file).href;
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('a Node that is too old', () => {
  it.each(['bin/touchmark.js', 'src/main.ts'])(
    '%s says which one is needed and how to get it, with exit code 1',
    async (entry) => {
      const { code, stdout, stderr } = await run(process.execPath, [`--import=${preload}`, at(entry), 'version']);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('error: Touchmark needs Node 24 or later, and this is v22.18.0.');
      expect(stderr).toContain('npx pnpm touchmark');
      expect(stderr).not.toContain('    at ');
    },
  );

  it('reads nothing but plain JavaScript before it is told', () => {
    expect(importsOf('bin/touchmark.js')).toEqual(['./node-version.js']);
    expect(importsOf('bin/node-version.js')).toEqual([]);
    expect(importsOf('src/main.ts')[0]).toBe('../bin/node-version.js');
  });
});

function importsOf(path: string): string[] {
  return [...readFileSync(at(path), 'utf8').matchAll(/^import (?:.* from )?'(.*)'/gm)].map(([, name = '']) => name);
}
