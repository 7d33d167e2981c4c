/** What differs between the rules of two versions of a profile, rule by rule. */
import type { ProfileRules } from './profile.ts';

export interface RuleChange {
  /** RFC 6901, e.g. `/validity/seconds`. */
  readonly pointer: string;
  /** Undefined: not there. Otherwise as JSON has it. */
  readonly before: unknown;
  readonly after: unknown;
}

/** In the order of the rules. Lists are compared as a whole where their elements are plain values: their order has no places to name. */
export function diffRules(before: ProfileRules, after: ProfileRules): readonly RuleChange[] {
  return diffValues(before, after, '');
}

function diffValues(before: unknown, after: unknown, pointer: string): readonly RuleChange[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (isTree(before) && isTree(after) && Array.isArray(before) === Array.isArray(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => diffValues(before[key], after[key], `${pointer}/${escapeKey(key)}`));
  }
  return [{ pointer, before, after }];
}

/** What has places inside that are worth naming. */
function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  return !Array.isArray(value) || value.some((element) => typeof element === 'object' && element !== null);
}

function escapeKey(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
