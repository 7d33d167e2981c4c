/** Why rules cannot be put in force for a profile, whoever insists: what uses it would be broken at once. */
import { DryRunLog } from './dry-run-log.ts';
import { CaError } from './errors.ts';
import type { Issuer } from './issuer.ts';
import { validityAt } from './prepare.ts';
import type { Profile } from './profile.ts';

/** @param issuers of the enrollment endpoints that issue by the profile */
export function findObstacles(
  active: Profile,
  candidate: Profile,
  issuers: readonly Issuer[],
  now: Date,
): readonly string[] {
  const ofLifetime = issuers.flatMap((issuer) => lifetimeObstacles(candidate, issuer, now));
  return [...serviceObstacles(active, candidate, issuers), ...new Set(ofLifetime)];
}

function serviceObstacles(active: Profile, candidate: Profile, issuers: readonly Issuer[]): readonly string[] {
  if (active.rules.service && !candidate.rules.service) {
    return [
      'The service certifies itself by this profile: with "service": false others could ask for such certificates.',
    ];
  }
  if (!active.rules.service && candidate.rules.service && issuers.length > 0) {
    return ['Enrollment endpoints issue by this profile, and "service": true keeps it for the service itself.'];
  }
  return [];
}

function lifetimeObstacles(candidate: Profile, issuer: Issuer, now: Date): readonly string[] {
  try {
    validityAt(now, candidate, issuer, unrecordedLog(now));
    return [];
  } catch (error) {
    if (error instanceof CaError && error.code === 'outlivesIssuer') return [error.message];
    throw error;
  }
}

function unrecordedLog(now: Date): DryRunLog {
  const nobody = { endpointLabel: undefined, remoteAddress: undefined, principal: undefined };
  return new DryRunLog({ ...nobody, id: '', protocol: 'system', operation: 'issue' }, { now: () => now }, new Map());
}
