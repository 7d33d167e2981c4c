/** When CRLs are made and how long they hold. */
import type { PublishedCrl } from '@touchmark/ca';

const hourMilliseconds = 3_600_000;
const intervalMilliseconds = 24 * hourMilliseconds;
const validityMilliseconds = 7 * 24 * hourMilliseconds;

/** nextUpdate of a CRL: seven days, so that a weekend without the authority locks nobody out. */
export function nextUpdateOf(thisUpdate: Date): Date {
  return new Date(thisUpdate.getTime() + validityMilliseconds);
}

/** Whether a shard wants a new CRL although nothing was revoked: daily, and at once if there is none that holds. */
export function isDue(latest: Pick<PublishedCrl, 'thisUpdate' | 'nextUpdate'> | undefined, now: Date): boolean {
  return (
    latest === undefined ||
    now >= latest.nextUpdate ||
    now.getTime() - latest.thisUpdate.getTime() >= intervalMilliseconds
  );
}
