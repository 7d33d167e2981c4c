/** What is certified for others than the service itself. */
import { CaError } from './errors.ts';
import type { Issuer } from './issuer.ts';
import type { Profile } from './profile.ts';

/**
 * What the service certifies for itself is not to be had by asking: with a responder's certificate, say, somebody could tell
 * relying parties that a revoked device is good. And a root signs authorities and its responder only. Endpoints and requests
 * that would have it otherwise are refused where they are written; this holds whatever is written.
 *
 * @throws CaError `forbidden`
 */
export function checkForOthers(profile: Profile, issuer: Issuer): void {
  if (profile.rules.service) {
    throw new CaError('forbidden', `The profile "${profile.name}" is for the service itself.`);
  }
  if (issuer.authority.kind === 'root') {
    throw new CaError(
      'forbidden',
      `The authority "${issuer.authority.name}" is a root: it certifies authorities only.`,
    );
  }
}
