/** zod issues as `errors[]` of a problem: where, what, and what was probably meant. */
import { didYouMean } from '@touchmark/ca';
import { knownKeys, ownWords, schemaAt } from '@touchmark/ca/input-words';
import type { z } from 'zod';
import { requestProblem } from './problem.ts';
import type { ProblemError } from './problem.ts';

export type InputPlace = 'path' | 'query' | 'body';

/** The parsed value, or a 400 that names every fault. */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown, place: InputPlace): z.output<S> {
  const result = schema.safeParse(input, { error: ownWords(schema), reportInput: true });
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) => describeIssue(schema, issue, place));
  const first = errors[0]?.detail ?? 'The input is not accepted.';
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  throw requestProblem(400, 'requestInvalid', `${first}${more}`, {
    errors: errors.slice(0, 50),
    hint: 'GET /api/v1/openapi.json describes every parameter and member.',
  });
}

/** RFC 6901 pointer in its URI fragment form. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return `#${path.map((key) => `/${encodeURIComponent(String(key).replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')}`;
}

function describeIssue(schema: z.ZodType, issue: z.core.$ZodIssue, place: InputPlace): ProblemError[] {
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schemaAt(schema, issue.path));
    return issue.keys.map((key) => unknownMember(key, [...issue.path, key], known, place));
  }
  const name = nameOf(issue.path, place);
  return [{ ...locate(issue.path, place), detail: `${name}: ${explainIssue(issue)}` }];
}

function unknownMember(
  key: string,
  path: readonly PropertyKey[],
  known: readonly string[],
  place: InputPlace,
): ProblemError {
  const noun = place === 'body' ? 'member' : 'parameter';
  const shown = key.slice(0, 64);
  const meant = didYouMean(key, known);
  const list = meant === '' && known.length > 0 ? ` Known here: ${known.join(', ')}.` : meant;
  return { ...locate(path, place), detail: `Unknown ${noun} "${shown}".${list}` };
}

function explainIssue(issue: z.core.$ZodIssue): string {
  const missing = issue.input === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
  const values = issue.code === 'invalid_value' ? issue.values.map(String) : [];
  if (missing) return values.length > 0 ? `is missing; one of ${values.join(', ')}.` : 'is missing.';
  if (values.length > 0) {
    const meant = typeof issue.input === 'string' ? didYouMean(issue.input, values) : '';
    return `must be one of ${values.join(', ')}.${meant}`;
  }
  // Of a record: why the name of a member is not taken.
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  return `${message}.`.replace(/([.?!])\.$/, '$1');
}

function nameOf(path: readonly PropertyKey[], place: InputPlace): string {
  const [first, ...inside] = path;
  // As `pointer` has it, but for the members of the body themselves.
  if (inside.length > 0 && place === 'body') return jsonPointer(path).slice(1, 129);
  if (first !== undefined) return `"${path.map(String).join('.').slice(0, 128)}"`;
  return place === 'body' ? 'The body' : `The ${place}`;
}

function locate(path: readonly PropertyKey[], place: InputPlace): { pointer: string } | { parameter: string } {
  return place === 'body' ? { pointer: jsonPointer(path) } : { parameter: String(path[0] ?? place).slice(0, 64) };
}
