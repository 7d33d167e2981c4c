/** Whatever was thrown, as a problem; what is not known becomes `internal` and says nothing. */
import { CaError, refusals } from '@touchmark/ca';
import { ProblemException } from './problem.ts';
import { statusOfRefusal } from './refusal-status.ts';

export function toProblemException(thrown: unknown, attemptId?: string): ProblemException {
  if (thrown instanceof ProblemException) return thrown;
  if (thrown instanceof CaError && thrown.code !== 'internal') return refusedByDomain(thrown, attemptId);
  return new ProblemException(statusOfRefusal('internal'), 'internal', refusals.internal.meaning, {
    hint: refusals.internal.hint,
    attemptId,
    cause: thrown,
  });
}

function refusedByDomain(error: CaError, attemptId: string | undefined): ProblemException {
  const status = statusOfRefusal(error.code);
  const { hint } = refusals[error.code];
  const retry = error.retryAfterSeconds ?? (status === 503 ? 5 : undefined);
  return new ProblemException(status, error.code, error.message, {
    // A message that is told in full ends with it.
    hint: error.message.endsWith(hint) ? undefined : hint,
    attemptId,
    headers: {
      ...(retry !== undefined && { 'Retry-After': String(Math.ceil(retry)) }),
      ...(status === 401 && { 'WWW-Authenticate': 'Bearer' }),
    },
    cause: error.cause,
  });
}
