/** What an endpoint puts up with, told with its reason; and docs/scep.md, which tells the same of every preset. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { findSettingsInForce, presetNames, presets } from '../src/index.ts';
import type { ScepPreset, ScepPresetName } from '../src/index.ts';

const settingNames = Object.keys(presets.generic) as (keyof ScepPreset)[];
const page = readFileSync(join(import.meta.dirname, '../../../docs/scep.md'), 'utf8');

describe('settings in force', () => {
  it.each(presetNames)('of the preset %s are all named, and those that it is there for are marked', (preset) => {
    const found = findSettingsInForce({ preset });
    expect(found?.map(({ name, value }) => [name, value])).toEqual(Object.entries(presets[preset]));
    expect(found?.filter(({ source }) => source === 'preset').map(({ name }) => name)).toEqual(differing(preset));
    expect(found?.every(({ meaning }) => meaning !== '')).toBe(true);
  });

  it('say what was written at the endpoint, and what the preset has in its place', () => {
    const found = findSettingsInForce({ preset: 'apple', sha1: false, des3: false, nextAuthority: 'next' });
    expect(found?.filter(({ source }) => source === 'endpoint')).toEqual([
      { name: 'sha1', value: false, source: 'endpoint', byPreset: true, meaning: expect.stringContaining('refused') },
      { name: 'des3', value: false, source: 'endpoint', byPreset: false, meaning: expect.stringContaining('refused') },
      {
        name: 'nextAuthority',
        value: 'next',
        source: 'endpoint',
        byPreset: undefined,
        meaning: expect.stringContaining('takes over'),
      },
    ]);
  });

  it('are not there where what is stored cannot be read', () => {
    expect(findSettingsInForce({ preset: 'netscape' })).toBeUndefined();
  });
});

describe('docs/scep.md', () => {
  it('names every preset, with what it has otherwise than generic', () => {
    const table = page.slice(page.indexOf('## Presets'), page.indexOf('## What clients need'));
    const rows = [...table.matchAll(/^\| (`.+?) \| (.+?) \| .+ \|$/gm)].flatMap(([, names = '', written = '']) =>
      wordsIn(names).map((name) => [name, written] as const),
    );
    const documented = Object.fromEntries(rows);
    expect(Object.keys(documented).toSorted()).toEqual([...presetNames].toSorted());
    for (const preset of presetNames) {
      // `as apple` stands for what that has.
      const [, like] = /^as `(.+)`$/.exec(documented[preset] ?? '') ?? [];
      const written = differing(preset).map((name) => `\`${name}: ${String(presets[preset][name])}\``);
      expect([preset, like === undefined ? documented[preset] : documented[like]]).toEqual([
        preset,
        written.join(', ') || '–',
      ]);
    }
  });

  it('names every setting in the words that endpoints are shown in', () => {
    const found = [...(findSettingsInForce({ preset: 'micromdm' }) ?? [])];
    for (const { name, meaning } of found) {
      const [, row] = new RegExp(`^\\| \`${name}\` (.+) \\|$`, 'm').exec(page) ?? [];
      expect(row).toBeDefined();
      if (['sha1', 'des3', 'des'].includes(name)) expect(row).toContain(meaning.split(',')[0]);
    }
  });
});

function differing(preset: ScepPresetName): (keyof ScepPreset)[] {
  return settingNames.filter((name) => presets[preset][name] !== presets.generic[name]);
}

function wordsIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
}
