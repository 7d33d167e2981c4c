/**
 * A key is certified for one device only, never again once it is compromised, and not while the operator blocks it. The
 * registry holds it at the commit.
 */
import type { Dossier, KeyHistory } from './dossier.ts';
import { CaError } from './errors.ts';
import type { Profile } from './profile.ts';
import { formatDuration } from './profile/duration.ts';

/** Said early, before anything is prepared; the guard of step 6 says it again under locks. */
export function checkKeyUse({ compromised, blocked, holders }: KeyHistory, deviceId: string | undefined): void {
  if (compromised) throw keyBlocked();
  if (blocked) throw keyBlockedByOperator();
  if (holders.some((holder) => holder !== deviceId)) throw keyOfAnotherDevice();
}

/** Who stole a key can have any certificate for it: that one of them is revoked as compromised ends what all of them prove. */
export function checkKeyOfCaller({ certificateKeyCompromised, certificateKeyBlocked }: Dossier): void {
  if (certificateKeyCompromised) {
    throw new CaError(
      'keyBlocked',
      'The key of the client certificate was revoked as compromised and renews nothing. Ask the operator for a new enrollment secret.',
    );
  }
  if (certificateKeyBlocked) {
    throw new CaError(
      'keyBlockedByOperator',
      'The key of the client certificate is blocked by the operator and renews nothing. Ask the operator for a new enrollment secret.',
    );
  }
}

/** A key wears out by being used: the profile can say for how long after it was first certified it is certified again. */
export function checkKeyAge({ firstCertifiedAt }: KeyHistory, { name, rules }: Profile, now: Date): void {
  const { maxKeyAgeSeconds } = rules.renewal;
  if (maxKeyAgeSeconds === undefined || firstCertifiedAt === undefined) return;
  if (now.getTime() <= firstCertifiedAt.getTime() + maxKeyAgeSeconds * 1000) return;
  throw new CaError(
    'keyTooOld',
    `This key was certified first at ${firstCertifiedAt.toISOString()}, and the profile "${name}" certifies a key for ${formatDuration(maxKeyAgeSeconds)} only. Make a new key.`,
  );
}

export function keyBlocked(): CaError {
  return new CaError('keyBlocked', 'This key was revoked as compromised and is never certified again. Make a new key.');
}

export function keyBlockedByOperator(): CaError {
  return new CaError(
    'keyBlockedByOperator',
    'This key is blocked by the operator and is not certified. Make a new key.',
  );
}

export function keyOfAnotherDevice(): CaError {
  return new CaError(
    'keyOfAnotherDevice',
    'This key is certified for somebody else already. Every device makes its own key; was an image with a key in it copied?',
  );
}
