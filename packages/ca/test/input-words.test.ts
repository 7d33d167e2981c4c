/** What a person reads of input that is not as it should be: never a word of the library that found it. */
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { describeInput, ownWords, readInput, sentenceOf, shownInput } from '../src/input-words.ts';

const roles = z.enum(['enroll', 'admin']);
const Settings = z.strictObject({
  timeoutSeconds: z.number().min(0.5).max(30).default(5).meta({ unit: 'seconds', description: 'How long' }),
  maxWrong: z.int().min(1).max(50).optional(),
  count: z.int().optional(),
  least: z.number().min(2).optional(),
  preset: roles.default('enroll'),
  url: z
    .string()
    .max(40)
    .meta({ examples: ['https://mdm.example.com'] }),
  strict: z.boolean().optional(),
  cost: z.literal([16, 32]).optional(),
  salt: z.string().meta({ secret: true }).optional(),
  roles: z
    .union([
      z.array(roles),
      z
        .string()
        .transform((text) => text.split(','))
        .pipe(z.array(roles)),
    ])
    .optional(),
  rules: z.array(z.strictObject({ kind: z.string() })).optional(),
  own: z
    .string()
    .refine((text) => text === '', 'must be left empty')
    .optional(),
  silent: z
    .string()
    .refine((text) => text === '')
    .optional(),
});

function faults(input: unknown): string[] {
  const read = readInput(Settings, input);
  return read.kind === 'good' ? [] : read.faults.map((fault) => sentenceOf(fault, 'they'));
}
const url = 'https://mdm.example.com';

describe('a fault names the setting, what it takes and what it got', () => {
  it.each([
    [
      { timeoutSeconds: 'five' },
      'timeoutSeconds must be a number of seconds from 0.5 to 30, for example 5 (got "five")',
    ],
    [{ timeoutSeconds: 50 }, 'timeoutSeconds must be a number of seconds from 0.5 to 30, for example 5 (got 50)'],
    [{ maxWrong: 1.5 }, 'maxWrong must be a whole number from 1 to 50 (got 1.5)'],
    [{ maxWrong: null }, 'maxWrong must be a whole number from 1 to 50 (got null)'],
    [{ count: '7' }, 'count must be a whole number (got "7")'],
    [{ least: 1 }, 'least must be a number at least 2 (got 1)'],
    [{ preset: 'amdin' }, 'preset must be one of enroll, admin (got "amdin"; did you mean "admin"?)'],
    [{ strict: 'yes' }, 'strict must be true or false (got "yes")'],
    [{ cost: 17 }, 'cost must be one of 16, 32 (got 17)'],
    [{ roles: 'king' }, 'roles must be one of enroll, admin (got a text of 4 characters)'],
    [{ roles: { a: 1 } }, 'roles must be a list or text (got an object)'],
    [{ rules: [{ kind: 1 }] }, 'rules.0.kind must be text (got a number)'],
    [{ own: 'x' }, 'own must be left empty (got a text of 1 character)'],
    [{ silent: 'x' }, 'silent is not accepted (got a text of 1 character)'],
    [{ timeout: 5 }, 'timeout is not known (did you mean "timeoutSeconds"?)'],
    [{ rules: [{ kind: 'a', x: 1 }] }, 'rules.0.x is not known; known are kind'],
    [
      { url: undefined },
      'url is missing: it must be text of at most 40 characters, for example https://mdm.example.com',
    ],
  ])('%j', (input, says) => {
    expect(faults({ url, ...input })).toEqual([says]);
  });

  it('all at once, in the order of the settings', () => {
    expect(faults({ maxWrong: 0, strict: 1 }).map((text) => text.split(' ')[0])).toEqual(['maxWrong', 'url', 'strict']);
  });

  it.each([[[]], ['text'], [undefined]])('also where they are none: %j', (input) => {
    expect(faults(input)).toEqual([
      expect.stringMatching(/^they (must be an object|is missing: it must be an object)/),
    ]);
  });

  it('and nothing when all is well', () => {
    expect(readInput(Settings, { url })).toMatchObject({ kind: 'good', data: { timeoutSeconds: 5 } });
  });
});

describe('what it got is told', () => {
  it('never of a secret', () => {
    expect(faults({ url, salt: 5 })).toEqual(['salt must be text']);
  });

  it.each([
    'https://bob:hunter2@h',
    'https:bob:hunter2@h',
    'https:/bob:hunter2@h',
    ' https://bob:hunter2@h',
    'https:\\\\bob:hunter2@h',
    'https://bob:hun/ter2@h',
    'https://h/?token=hunter2#x',
    'pkcs11:token=Fleet?pin-value=hunter2',
    '-----BEGIN PRIVATE KEY-----\nhunter2',
    'hunter2',
  ])('of a free text by its length alone: %j', (value) => {
    const shown = `a text of ${value.length} characters`;
    expect(shownInput(value, Settings.shape.url)).toBe(shown);
    expect(shownInput(value, Settings)).toBe(shown);
    expect(shownInput(value, z.union([roles, z.string()]))).toBe(shown);
    expect(shownInput(value, undefined)).toBe(shown);
  });

  it('of a number where there is to be a text not at all: it may be a PIN', () => {
    expect(faults({ url: 8642 })).toEqual([expect.stringMatching(/\(got a number\)$/)]);
  });

  it.each([roles, z.literal('only'), z.boolean().optional(), z.int().default(1), z.union([roles, z.boolean()])])(
    'of what is one of few as it is, short and in one line: %#',
    (schema) => {
      expect(shownInput('a\u001b[2J\u202e\u2028\n', schema)).toBe('"a\\u001b[2J\\u202e\\u2028\\n"');
      expect(shownInput('x'.repeat(24), schema)).toBe(`"${'x'.repeat(24)}"`);
      expect(shownInput('x'.repeat(25), schema)).toBe('a text of 25 characters');
    },
  );
});

describe('words of a schema', () => {
  it('describe a member for a table', () => {
    expect(describeInput(Settings.shape.timeoutSeconds)).toEqual({
      takes: 'a number of seconds from 0.5 to 30',
      byDefault: 5,
      isOptional: true,
      meaning: 'How long',
      example: undefined,
    });
    expect(describeInput(z.preprocess((value) => value, z.int()))).toMatchObject({ takes: 'a whole number' });
  });

  it('stand in the place of all that zod would say', () => {
    const odd = [
      z.date(),
      z.bigint(),
      z.tuple([z.string()]),
      z.map(z.string(), z.string()),
      z.null(),
      z.never(),
      z.nan(),
    ];
    for (const schema of odd) {
      const { error } = schema.safeParse('text', { error: ownWords(schema) });
      expect(error?.issues[0]?.message).toBe('must be of another form');
    }
  });
});
