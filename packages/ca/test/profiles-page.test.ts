/** docs/profiles.md and docs/profile.schema.json say what the code does. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { checkProfile } from '../src/check-profile.ts';
import { keyPurposes } from '../src/profile/extended-key-usage.ts';
import { profileJsonSchema } from '../src/profile/json-schema.ts';
import { subjectAttributes } from '../src/profile/template.ts';
import { readyProfiles } from '../src/ready-profiles.ts';

const docs = join(import.meta.dirname, '../../../docs');
const page = readFileSync(join(docs, 'profiles.md'), 'utf8');

const blocks = [...page.matchAll(/(?:^### ([a-z0-9-]+)\n\n)?^```yaml\n(.*?)^```$/gms)].map(([, name, yaml = '']) => ({
  name,
  input: parse(yaml) as unknown,
}));

describe('docs/profiles.md', () => {
  it('has every ready profile as the code has it, and no others', () => {
    const shown = blocks.flatMap(({ name, input }) => (name === undefined ? [] : [[name, checkProfile(input)]]));
    const real = Object.entries(readyProfiles).map(([name, rules]) => [name, { kind: 'good', rules }]);
    expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(real));
  });

  it('has examples that are good profiles', () => {
    const examples = blocks.filter(({ name }) => name === undefined);
    expect(examples.length).toBeGreaterThanOrEqual(3);
    for (const { input } of examples) expect(checkProfile(input)).toMatchObject({ kind: 'good' });
  });

  it('shows every member of the language in its long example', () => {
    const [, , long] = blocks.filter(({ name }) => name === undefined);
    const { properties } = profileJsonSchema() as { properties: Record<string, { properties?: object }> };
    expect(Object.keys(long!.input as object).toSorted()).toEqual(Object.keys(properties).toSorted());
    // Of the members of members, those in seconds are told in the text.
    for (const [member, { properties: inner = {} }] of Object.entries(properties)) {
      const shown = Object.keys((long!.input as Record<string, object>)[member] ?? {});
      for (const name of Object.keys(inner)) {
        if (!shown.includes(name)) expect(page).toContain(`\`${name}\``);
      }
    }
  });

  it('names every purpose, every attribute and every code', () => {
    const codes = ['deviceFieldMissing', 'certificateLimitReached', 'keyTooOld', 'renewalTooEarly', 'nameNotAllowed'];
    for (const word of [...Object.keys(keyPurposes), ...subjectAttributes, ...codes]) expect(page).toContain(word);
  });
});

describe('docs/profile.schema.json', () => {
  it('is the schema of the code; "pnpm run docs" writes it', () => {
    expect(JSON.parse(readFileSync(join(docs, 'profile.schema.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(profileJsonSchema())),
    );
  });
});
