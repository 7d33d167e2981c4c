/** What is wrong with a profile, and where. */
import type { z } from 'zod';

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

/** Of a union only the branches that came closest are told: those that found something wrong deepest inside. */
export function problemsOfIssues(
  issues: readonly z.core.$ZodIssue[],
  base: readonly PropertyKey[] = [],
): ProfileProblem[] {
  return issues.flatMap((issue): ProfileProblem[] => {
    const path = [...base, ...issue.path];
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => problemAt([...path, key], 'there is no such member: check the spelling'));
      case 'invalid_union': {
        const depth = (branch: readonly z.core.$ZodIssue[]): number =>
          Math.max(0, ...branch.map((inner) => inner.path.length));
        const deepest = Math.max(0, ...issue.errors.map(depth));
        const [closest, ...others] = issue.errors.filter((branch) => depth(branch) === deepest);
        const isClear = closest !== undefined && others.length === 0 && deepest > 0;
        return isClear ? problemsOfIssues(closest, path) : [problemAt(path, issue.message)];
      }
      default:
        return [problemAt(path, issue.message)];
    }
  });
}
