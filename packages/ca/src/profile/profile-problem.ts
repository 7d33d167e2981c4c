/** What is wrong with a profile, and where. */
import type { z } from 'zod';
import { didYouMean } from '../suggestion.ts';

export interface ProfileProblem {
  /** RFC 6901, e.g. `/subject/0/value`; empty for the profile as a whole. */
  readonly pointer: string;
  /** What is wrong, and how to mend it. */
  readonly message: string;
}

export function problemAt(path: readonly PropertyKey[], message: string): ProfileProblem {
  const pointer = path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  return { pointer, message };
}

/** Of a union only what the branch that came closest found is told. */
export function problemsOfIssues(
  issues: readonly z.core.$ZodIssue[],
  base: readonly PropertyKey[] = [],
): ProfileProblem[] {
  return issues.flatMap((issue): ProfileProblem[] => {
    const path = [...base, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => problemAt([...path, key], 'there is no such member: check the spelling'));
    }
    if (issue.code === 'invalid_value') {
      const values = issue.values.map(String);
      const meant = typeof issue.input === 'string' ? didYouMean(issue.input, values) : '';
      return [problemAt(path, `must be one of ${values.join(', ')}${meant && `.${meant}`}`)];
    }
    const branch = issue.code === 'invalid_union' ? closestBranch(issue.errors) : undefined;
    return branch === undefined ? [problemAt(path, issue.message)] : problemsOfIssues(branch, path);
  });
}

/** The one branch of a union that found something wrong deeper inside than the others. */
function closestBranch(branches: readonly z.core.$ZodIssue[][]): readonly z.core.$ZodIssue[] | undefined {
  const depthOf = (branch: readonly z.core.$ZodIssue[]): number =>
    Math.max(0, ...branch.map(({ path }) => path.length));
  const deepest = Math.max(0, ...branches.map(depthOf));
  const [closest, ...others] = branches.filter((branch) => depthOf(branch) === deepest);
  return deepest > 0 && others.length === 0 ? closest : undefined;
}
