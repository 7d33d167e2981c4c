/** When CRLs are made and how long they hold. */
import type { AuthoritySettings, PublishedCrl } from '@touchmark/ca';

type Schedule = Pick<AuthoritySettings, 'crlValiditySeconds' | 'crlIntervalSeconds'>;

export function nextUpdateOf(thisUpdate: Date, { crlValiditySeconds }: Schedule): Date {
  return new Date(thisUpdate.getTime() + crlValiditySeconds * 1000);
}

/** Whether a shard wants a new CRL although nothing was revoked: after the interval, and at once if there is none that holds. */
export function isDue(
  latest: Pick<PublishedCrl, 'thisUpdate' | 'nextUpdate'> | undefined,
  { crlIntervalSeconds }: Schedule,
  now: Date,
): boolean {
  return (
    latest === undefined ||
    now >= latest.nextUpdate ||
    now.getTime() - latest.thisUpdate.getTime() >= crlIntervalSeconds * 1000
  );
}
