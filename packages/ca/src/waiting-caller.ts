/** Who asked for what waits for an administrator. */
import type { AttemptLog } from './attempt-log.ts';
import { checkSecretNotRevoked } from './authenticate.ts';
import type { Caller } from './authenticate.ts';
import { CaError } from './errors.ts';
import type { EnrollmentSecret } from './model.ts';
import type { PendingCaller } from './pending-request.ts';

/** For the audit event. */
export function actorOf(caller: PendingCaller, endpointLabel: string): string {
  switch (caller.kind) {
    case 'secret':
      return `secret:${caller.secretId}`;
    case 'challenge':
      return `challenge:${endpointLabel}`;
    case 'anyone':
      return `endpoint:${endpointLabel}`;
  }
}

/** As it was proven then. @param secret of its dossier; one that was revoked meanwhile is of no use */
export function callerOf(waiting: PendingCaller, secret: EnrollmentSecret | undefined, log: AttemptLog): Caller {
  if (waiting.kind !== 'secret') return waiting;
  if (secret === undefined) throw new CaError('internal', 'The secret of the request is not on record any more.');
  log.secretId = secret.id;
  checkSecretNotRevoked(secret);
  return { kind: 'secret', secret };
}
