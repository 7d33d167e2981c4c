import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { withChallengeSettings } from '../../docs/challenge-settings.ts';
import { refusalsPage } from '../../docs/refusals-page.ts';

const root = join(import.meta.dirname, '../..');
describe('generated pages', () => {
  it('docs/refusals.md is what the table of refusals says; "pnpm run docs" writes it anew', () => {
    expect(readFileSync(join(root, 'docs/refusals.md'), 'utf8')).toBe(refusalsPage());
  });
});

describe('docs/rfc8894.md', () => {
  const page = readFileSync(join(root, 'docs/rfc8894.md'), 'utf8');
  /** As the page names them: in full, or short for the tests of the client. */
  const named = [...page.matchAll(/`(client:|test\/[a-z]+\/|packages\/[a-z]+\/test\/)([a-z-]+)(?:\.test\.ts)?`/g)].map(
    ([, folder = '', name = '']) => `${folder === 'client:' ? 'packages/client/test/' : folder}${name}`,
  );

  it.each([...new Set(named)])('%s.test.ts, which it names, is there', (path) => {
    expect(existsSync(join(root, `${path}.test.ts`))).toBe(true);
  });

  it('docs/challenges.md has every setting of a challenge as its schema reads it', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/challenges.md'), 'utf8');
    expect(withChallengeSettings(page)).toBe(page);
    for (const row of ['| `timeoutSeconds` | a number of seconds from 0.5 to 30 | `5` |', '| `maxWrong` |']) {
      expect(page).toContain(row);
    }
  });
});
