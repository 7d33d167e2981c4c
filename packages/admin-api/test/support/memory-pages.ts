/** Pages over what is in memory. */
import { CaError } from '@touchmark/ca';
import type { Page, PageRequest } from '../../src/index.ts';

export function paginate<T>(items: readonly T[], { limit, cursor }: PageRequest): Page<T> {
  const start = cursor === undefined ? 0 : Number(/^at-(\d+)$/.exec(cursor)?.[1]);
  if (Number.isNaN(start)) throw new CaError('invalidArgument', 'The cursor cannot be read.');
  const end = start + limit;
  return { items: items.slice(start, end), nextCursor: end < items.length ? `at-${end}` : undefined };
}

export function present<T>(found: T | undefined, noun: string): T {
  if (found === undefined) throw new CaError('notFound', `There is no such ${noun}.`);
  return found;
}
