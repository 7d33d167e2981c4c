/** The tables of settings in docs/challenges.md, made from the schemas that read them. */
import { describeInput } from '@touchmark/ca/input-words';
import {
  DerivedChallengeSettings,
  IntuneChallengeSettings,
  madeOfPassword,
  StaticChallengeSettings,
  WebhookChallengeSettings,
} from '../apps/server/src/challenges/challenge-settings.ts';
import type { CheckedChallenge } from '../apps/server/src/challenges/challenge-settings.ts';

const schemas = {
  derived: DerivedChallengeSettings,
  webhook: WebhookChallengeSettings,
  intune: IntuneChallengeSettings,
  static: StaticChallengeSettings,
} as const satisfies Record<CheckedChallenge['kind'], unknown>;

const begin = '<!-- Made by "pnpm run docs" from the schemas; do not edit. -->';
const end = '<!-- Here it ends. -->';

/** The page with its tables made anew, whatever stands between the two marks. */
export function withChallengeSettings(page: string): string {
  const [before, after] = [page.indexOf(begin), page.indexOf(end)];
  if (before === -1 || after < before) throw new Error('docs/challenges.md has lost the marks around its tables.');
  return `${page.slice(0, before)}${begin}\n\n${tables()}\n\n${page.slice(after)}`;
}

function tables(): string {
  return Object.entries(schemas)
    .map(([kind, { shape }]) => [`### Settings of ${kind}`, '', tableOf(shape)].join('\n'))
    .join('\n\n');
}

type Shape = Readonly<Record<string, Parameters<typeof describeInput>[0]>>;

function tableOf(shape: Shape): string {
  const rows = Object.entries(shape).map(([name, schema]) => {
    const { takes, byDefault, isOptional, meaning = '', example } = describeInput(schema);
    const without = Object.hasOwn(madeOfPassword, name)
      ? 'made of the password'
      : byDefault !== undefined
        ? code(byDefault)
        : isOptional
          ? '–'
          : 'must be given';
    return [code(name), takes, without, `${meaning}${example === undefined ? '' : `, for example ${code(example)}`}`];
  });
  if (rows.length === 0) return 'None: the key is all that there is.';
  return [['setting', 'takes', 'without it', 'meaning'], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
    .replace('| --- | --- | --- | --- |', '|---|---|---|---|');
}

function code(value: unknown): string {
  return `\`${String(value)}\``;
}
