import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { withChallengeSettings } from '../../docs/challenge-settings.ts';
import { refusalsPage } from '../../docs/refusals-page.ts';

describe('generated pages', () => {
  it('docs/refusals.md is what the table of refusals says; "pnpm run docs" writes it anew', () => {
    expect(readFileSync(join(import.meta.dirname, '../../docs/refusals.md'), 'utf8')).toBe(refusalsPage());
  });

  it('docs/challenges.md has every setting of a challenge as its schema reads it', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/challenges.md'), 'utf8');
    expect(withChallengeSettings(page)).toBe(page);
    for (const row of ['| `timeoutSeconds` | a number of seconds from 0.5 to 30 | `5` |', '| `maxWrong` |']) {
      expect(page).toContain(row);
    }
  });
});
