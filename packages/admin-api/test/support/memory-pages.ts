/** What the services in memory share: pages, things that may be missing, changes. */
import { CaError } from '@touchmark/ca';
import type { Page, PageRequest } from '../../src/index.ts';

/** A cursor is the position, as text: opaque to everybody else. */
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

/** The changes that say something. */
export function given<T extends object>(changes: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as never;
}
