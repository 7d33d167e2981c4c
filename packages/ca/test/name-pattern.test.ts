import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileAllowedNames, letsThrough } from '../src/profile/allowed-names.ts';
import type { AllowedNames, SubjectAltNameKind } from '../src/profile/allowed-names.ts';
import { compilePattern, exampleOfPattern, matchesPattern } from '../src/profile/name-pattern.ts';
import type { Variable } from '../src/profile/template.ts';

const fields: Readonly<Record<string, string>> = {
  id: 'pump-1',
  hosts: 'a.example.com, B.example.com\n192.0.2.9',
  odd: '*',
};
const valueOf = (variable: Variable): string | undefined =>
  variable.kind === 'device' ? fields[variable.field] : undefined;

describe('a pattern', () => {
  it.each([
    ['*.example.com', 'a.example.com', true],
    ['*.example.com', 'a.b.example.com', false],
    ['*.example.com', '.example.com', false],
    ['**.example.com', 'a.b.example.com', true],
    ['a*', 'a', false],
    ['a*', 'ab', true],
    ['a*b*c', 'axbxbxc', true],
    ['a*b*c', 'axbxbx', false],
    ['pump-##', 'pump-07', true],
    ['pump-##', 'pump-7', false],
    ['pump-##', 'pump-0a', false],
    ['pump-##', 'pump-٠٧', false],
    ['?.x', 'é.x', true],
    ['?.x', '..x', false],
    ['\\*.x', '*.x', true],
    ['\\*.x', 'a.x', false],
    ['\\\\*', '\\a', true],
    ['{device.id}-*', 'pump-1-a', true],
    ['{device.id}-*', 'pump-2-a', false],
    // What a device is called is text, whatever it looks like.
    ['{device.odd}', 'anything', false],
    ['{device.odd}', '*', true],
    // Without a value nothing matches.
    ['*{device.role}', 'a', false],
    ['a', 'b', false],
    ['a', '', false],
    ['😀*', '😀x', true],
  ])('%s against %s: %s', (pattern, name, matches) => {
    expect(matchesPattern(compilePattern(pattern), name, '.', valueOf)).toBe(matches);
  });

  it('is as the regular expression that it stands for', () => {
    const piece = fc.constantFrom('*', '**', '?', '#', 'a', 'b', '.', '1', '-');
    const character = fc.constantFrom('a', 'b', '.', '1', '-');
    const expression = { '*': '[^.]+', '**': '.+', '?': '[^.]', '#': '[0-9]', '.': '\\.', '-': '-' };
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 7 }), fc.string({ unit: character, maxLength: 8 }), (pieces, name) => {
        // "*" directly before another star would read as "**".
        const separated = pieces.filter((own, index) => !(own.startsWith('*') && pieces[index - 1]?.startsWith('*')));
        const regular = separated.map((own) => (own in expression ? expression[own as '*'] : own)).join('');
        const compiled = compilePattern(separated.join(''));
        expect(matchesPattern(compiled, name, '.', valueOf)).toBe(new RegExp(`^(?:${regular})$`).test(name));
      }),
      { numRuns: 3000 },
    );
  });

  it('matches its own example', () => {
    for (const text of ['*.example.com', 'pump-####', '{device.id}.?', '**']) {
      const pattern = compilePattern(text);
      expect(matchesPattern(pattern, exampleOfPattern(pattern, valueOf)!, '.', valueOf)).toBe(true);
    }
  });

  it('that would ruin a backtracking matcher takes no time', () => {
    // Microseconds in truth; a backtracking matcher takes years.
    const pattern = compilePattern(`${'**a'.repeat(60)}b`);
    const startedAt = performance.now();
    expect(matchesPattern(pattern, 'a'.repeat(255), '.', valueOf)).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});

describe('what a profile lets through', () => {
  it.each<[SubjectAltNameKind | 'text', AllowedNames, string, boolean]>([
    ['dns', { values: ['{device.id}.example.com'] }, 'PUMP-1.example.COM', true],
    ['dns', { values: ['{device.id}.example.com'] }, 'pump-2.example.com', false],
    ['dns', { registered: ['hosts'] }, 'b.Example.com', true],
    ['dns', { registered: ['hosts'] }, 'c.example.com', false],
    ['dns', { registered: ['nothing'] }, 'c.example.com', false],
    ['ip', { registered: ['hosts'] }, '192.0.2.9', true],
    ['ip', { networks: ['192.0.2.0/25'] }, '192.0.2.127', true],
    ['ip', { networks: ['192.0.2.0/25'] }, '192.0.2.128', false],
    ['ip', { networks: ['192.0.2.77/32'] }, '192.0.2.77', true],
    ['ip', { networks: ['2001:db8::/33'] }, '2001:db8:7fff::1', true],
    ['ip', { networks: ['2001:db8::/33'] }, '2001:db8:8000::1', false],
    ['ip', { networks: ['::/0'] }, '192.0.2.1', false],
    ['ip', { networks: ['0.0.0.0/0'] }, '192.0.2.1', true],
    ['dns', { networks: ['0.0.0.0/0'] }, 'a', false],
    ['email', { patterns: ['*@example.com'] }, 'a.b@EXAMPLE.com', true],
    ['email', { values: ['a@example.com'] }, 'A@example.com', false],
    ['uri', { patterns: ['urn:plant:*'] }, 'urn:plant:7', true],
    ['uri', { patterns: ['urn:plant:*'] }, 'urn:plant:7:admin', false],
    ['uri', { patterns: ['https://h/*'] }, 'https://h/a/b', false],
    ['uri', { patterns: ['https://h/*'] }, 'https://h/a?x', false],
    ['uri', { values: ['urn:a'] }, 'URN:a', false],
    ['text', { patterns: ['Pump *'] }, 'Pump 7 / east', true],
    ['dns', { values: ['a'], patterns: ['b*'] }, 'bb', true],
  ])('%s by %j: %s is %s', (kind, allowed, name, expected) => {
    expect(letsThrough(compileAllowedNames(allowed), kind, name, valueOf)).toBe(expected);
  });
});
