/** Callers that have proven nothing, and what they are not told. */
import type { AttemptLog } from './attempt-log.ts';
import { CaError } from './errors.ts';
import type { AttemptStep } from './model.ts';
import type { Profile } from './profile.ts';
import { compileProfile } from './profile/compiled-profile.ts';
import { refusals } from './refusals/refusals.ts';
import type { CaErrorCode } from './refusals/refusals.ts';

/** Whether or not the endpoint asks for a proof. */
export function isStranger({ actor }: AttemptLog): boolean {
  return actor === 'unauthenticated' || actor.startsWith('endpoint:');
}

/** What is on record of the device alone decides on these. */
const ofDevice: readonly CaErrorCode[] = [
  'deviceUnknown',
  'deviceSuspended',
  'deviceRetired',
  'deviceAlreadyRegistered',
  'deviceFieldMissing',
  'certificateLimitReached',
];

/** The same for every device, and not to be hidden from whoever watches the service. */
function isOfService(code: CaErrorCode): boolean {
  return (
    ['outlivesIssuer', 'authorityRetired'].includes(code) || ['unavailable', 'fault'].includes(refusals[code].category)
  );
}

/**
 * Whether a refusal tells how the device that the request names is on record. At an endpoint that takes whoever asks, the answer
 * to a new device is to wait for an administrator. Were it another one for a device that is suspended, or whose registration
 * does not go with the names asked for, whoever tries ids there would learn which devices there are and how they stand. So
 * all of them wait, and the administrator is told. What the request itself is refused for is told: it is the same for every
 * device. So is what became of the key, which its holder has proven to have.
 */
export function tellsOfDevice(error: unknown, step: AttemptStep['step'], { rules }: Profile): error is CaError {
  if (!(error instanceof CaError)) return false;
  if (ofDevice.includes(error.code)) return true;
  // Names and extensions are made of the registration where the profile says so, and refused for what is in it.
  const isMade = step === 'prepare' || step === 'lint';
  return isMade && compileProfile(rules).readsRegistration && !isOfService(error.code);
}
