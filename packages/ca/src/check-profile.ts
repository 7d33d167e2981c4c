/** Judges a profile before it is stored: what is wrong with it is told now, all at once, and never found out when issuing. */
import { CaError } from './errors.ts';
import { ownWords } from './input-words.ts';
import { ProfileRules } from './profile.ts';
import { profileChecks } from './profile/profile-checks.ts';
import { problemsOfIssues } from './profile/profile-problem.ts';
import type { ProfileProblem } from './profile/profile-problem.ts';
import { tryProfile } from './profile/trial.ts';

export type ProfileVerdict =
  | { readonly kind: 'good'; readonly rules: ProfileRules }
  | { readonly kind: 'bad'; readonly problems: readonly ProfileProblem[] };

/** @param input as it was read from YAML or JSON */
export function checkProfile(input: unknown): ProfileVerdict {
  const parsed = ProfileRules.safeParse(input, { error: ownWords(ProfileRules), reportInput: true });
  if (!parsed.success) return { kind: 'bad', problems: problemsOfIssues(parsed.error.issues) };
  const rules = parsed.data;
  const contradictions = profileChecks.flatMap((check) => check(rules));
  // What contradicts itself is not tried out: it would only say the same again.
  const problems = contradictions.length > 0 ? contradictions : tryProfile(rules);
  return problems.length === 0 ? { kind: 'good', rules } : { kind: 'bad', problems };
}

/** The checked rules. @throws CaError `profileInvalid`, which tells every problem */
export function parseProfile(input: unknown): ProfileRules {
  const verdict = checkProfile(input);
  switch (verdict.kind) {
    case 'good':
      return verdict.rules;
    case 'bad':
      throw new CaError(
        'profileInvalid',
        `The profile is not accepted:\n${verdict.problems.map(({ pointer, message }) => `${pointer || '(the whole)'}: ${message}`).join('\n')}`,
      );
  }
}
