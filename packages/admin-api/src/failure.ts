/** Whatever was thrown, as a problem; what is not known becomes `internal` and says nothing. */
import { CaError } from '@touchmark/ca';
import { ProblemException } from './problem.ts';
import { refusals } from './refusals.ts';

export function toProblemException(thrown: unknown, attemptId?: string): ProblemException {
  if (thrown instanceof ProblemException) return thrown;
  if (thrown instanceof CaError && thrown.code !== 'internal') return refusedByDomain(thrown, attemptId);
  const { status, hint } = refusals.internal;
  return new ProblemException(status, 'internal', 'Something failed inside the service.', {
    hint,
    attemptId,
    cause: thrown,
  });
}

function refusedByDomain(error: CaError, attemptId: string | undefined): ProblemException {
  const { status, hint } = refusals[error.code];
  const retry = error.retryAfterSeconds ?? (status === 503 ? 5 : undefined);
  return new ProblemException(status, error.code, error.message, {
    hint,
    attemptId,
    headers: {
      ...(retry !== undefined && { 'Retry-After': String(Math.ceil(retry)) }),
      ...(status === 401 && { 'WWW-Authenticate': 'Bearer' }),
    },
    cause: error.cause,
  });
}
