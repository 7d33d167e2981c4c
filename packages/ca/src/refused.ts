/** A refusal told in full: what was found, then why and how to mend it as the table says. */
import { CaError } from './errors.ts';
import { refusals } from './refusals/refusals.ts';
import type { CaErrorCode } from './refusals/refusals.ts';

/** @param what a sentence without its full stop, fit for the client */
export function refused(code: CaErrorCode, what: string, options: { readonly cause?: unknown } = {}): CaError {
  const { why, hint } = refusals[code];
  return new CaError(code, `${what}. ${why} ${hint}`, options);
}
