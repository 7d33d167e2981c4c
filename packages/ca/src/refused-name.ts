/** A refusal of a name, with the name as far as it can be shown. */
import type { CaError } from './errors.ts';
import { refused } from './refused.ts';
import type { CaErrorCode } from './refusals/refusals.ts';

/** @param why a clause, e.g. "it is empty" */
export function refusedName(code: CaErrorCode, kind: string, value: string, why: string): CaError {
  return refused(code, `The ${kind} ${show(value)} cannot be certified: ${why}`);
}

/** What was asked for may be anything: in quotes, short, and in printable ASCII. */
export function show(value: string): string {
  return JSON.stringify(value.slice(0, 80)).replaceAll(/[^\x20-\x7e]/gu, '?');
}
