/** RFC 5280 §5.3.1; a hold is not a revocation, and an authority is not revoked like this: each has its own command. */
import type { revocationReasons as reasonsOfTheDomain } from '@touchmark/ca';

/** Written again, for loading the domain would slow every command down; its type holds it to the same reasons in the same order. */
export const revocationReasons: typeof reasonsOfTheDomain = [
  'unspecified',
  'keyCompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'privilegeWithdrawn',
];
