/** What an error of the database means for us. */
/// <reference lib="esnext.error" />
import { CaError } from '@touchmark/ca';

/**
 * `lost`: no answer came, so what was sent may or may not be committed. `conflict`: rolled back for concurrency's sake.
 * `exhausted`: the server can write nothing now (disk full, out of memory, read-only, an I/O error).
 */
export type SqlErrorKind = 'lost' | 'conflict' | 'data' | 'exhausted' | 'unexpected';

const conflictStates = new Set(['40001', '40P01', '55P03']);
const lostStates = new Set(['57P01', '57P02', '57P03', '57014', '53300', '25P03']);

/** @param error anything thrown by `pg` */
export function sqlErrorKind(error: unknown): SqlErrorKind {
  const code = errorCode(error);
  // Not `instanceof`: an error of the platform is one in every realm.
  if (!Error.isError(error)) return 'unexpected';
  // Errors of the connection itself have a system code or, in pg, only a text of their own.
  if (code === undefined || !/^(?=.*\d)[0-9A-Z]{5}$/.test(code))
    return isOfConnection(error, code) ? 'lost' : 'unexpected';
  if (conflictStates.has(code)) return 'conflict';
  if (lostStates.has(code) || code.startsWith('08')) return 'lost';
  if (/^(?:53|58|25006)/.test(code)) return 'exhausted';
  if (code.startsWith('22') || code.startsWith('23')) return 'data';
  return 'unexpected';
}

/** The text of anything thrown. */
export function errorMessage(error: unknown): string {
  return Error.isError(error) ? error.message : String(error);
}

/** SQLSTATE, a system error's name, or a code of Prisma. */
export function errorCode(error: unknown): string | undefined {
  return Error.isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export function registryUnavailable(cause: unknown): CaError {
  return new CaError('registryUnavailable', 'The registry does not answer at the moment. Try again in a few seconds.', {
    cause,
    retryAfterSeconds: 5,
  });
}

function isOfConnection(error: Error, code: string | undefined): boolean {
  if (code !== undefined) return /^E[A-Z]+$/.test(code);
  return /connection|timeout exceeded|Query read timeout|client was closed|Cannot use a pool/i.test(error.message);
}
