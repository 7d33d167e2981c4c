/** Keyset paging: newest first, a cursor is the last id of the page before. */
import { CaError } from '@touchmark/ca';

export interface PageRequest {
  /** 1 to 1000. */
  readonly limit: number;
  /** Opaque; from `nextCursor`. */
  readonly cursor: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Undefined on the last page. */
  readonly nextCursor: string | undefined;
}

/** How many rows to read: one more than asked for tells whether there is another page. */
export function rowsToRead({ limit }: PageRequest): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw new CaError('invalidArgument', 'The limit of a page is a whole number from 1 to 1000.');
  }
  return limit + 1;
}

export function pageOf<Row, T>(
  rows: readonly Row[],
  { limit }: PageRequest,
  keyOf: (row: Row) => string,
  itemOf: (row: Row) => T,
): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    items: items.map(itemOf),
    nextCursor: more ? Buffer.from(keyOf(last), 'utf8').toString('base64url') : undefined,
  };
}

/** @param form of a key; undefined on the first page. @throws CaError `invalidArgument` for a cursor that is none of ours */
export function keyOfCursor({ cursor }: PageRequest, form: RegExp): string | undefined {
  if (cursor === undefined) return undefined;
  const key = Buffer.from(cursor, 'base64url').toString('utf8');
  if (Buffer.from(key, 'utf8').toString('base64url') !== cursor || !form.test(key)) {
    throw new CaError(
      'invalidArgument',
      'The cursor cannot be read. Take it as it is from nextCursor of the page before.',
    );
  }
  return key;
}

export const uuidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** No control characters: PostgreSQL takes no NUL. */
export const textForm = /^[^\u0000-\u001f]{1,255}$/;
