import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { refusalsPage } from '../../docs/refusals-page.ts';

describe('generated pages', () => {
  it('docs/refusals.md is what the table of refusals says; "pnpm run docs" writes it anew', () => {
    expect(readFileSync(join(import.meta.dirname, '../../docs/refusals.md'), 'utf8')).toBe(refusalsPage());
  });
});
