import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { routes } from '../src/index.ts';
import type { Access } from '../src/index.ts';

const document = readFileSync(new URL('../../../docs/rest.md', import.meta.url), 'utf8');

describe('docs/rest.md', () => {
  it('lists every route of the table with the role that it needs, and no other', () => {
    const documented = [...document.matchAll(/^\| `([A-Z]+ \/api\/v1[^`]*)` \| ([^|]+) \|/gm)].map(
      ([, route, role]) => `${route}: ${role}`,
    );
    const actual = routes.map(({ method, path, access }) => `${method} /api/v1${path}: ${inWords(access)}`);
    expect(documented.sort()).toEqual(actual.sort());
  });
});

function inWords(access: Access): string {
  switch (access.kind) {
    case 'public':
      return 'public';
    case 'authenticated':
      return 'anyone known';
    case 'read':
      return `${access.role}, auditor`;
    case 'act':
      return access.role;
    case 'report':
      return 'reporter, operator';
  }
}
