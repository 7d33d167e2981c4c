/** Whether a request has to wait for an administrator, and what came of it. */
import type { AttemptLog } from './attempt-log.ts';
import type { Caller } from './authenticate.ts';
import { CaError } from './errors.ts';
import type { EnrollmentEndpoint } from './model.ts';
import type { Approval, PendingCaller } from './pending-request.ts';

/** When a client may ask again. */
export const retryAfterSeconds = 300;

/** How many requests may wait at one endpoint: what nobody looks through is no approval. */
export const maxPendingRequests = 1000;

/** After that a request that was not decided is void. */
const pendingMilliseconds = 7 * 86_400_000;

export function pendingUntil(requestedAt: Date): Date {
  return new Date(requestedAt.getTime() + pendingMilliseconds);
}

/** Of callers that prove a certificate of the device nothing more is asked. Undefined: it does not wait. */
export function waitingCaller(endpoint: EnrollmentEndpoint, caller: Caller): PendingCaller | undefined {
  if (caller.kind === 'certificate' || endpoint.approval === 'automatic') return undefined;
  return caller.kind === 'secret' ? { kind: 'secret', secretId: caller.secret.id } : caller;
}

/** Whether it still waits. Throws what an administrator's no, or nobody's yes, is told as. */
export function stillWaits(approval: Approval, now: Date, log: AttemptLog): boolean {
  switch (approval.state) {
    case 'approved':
      log.note('authorize', `an administrator has approved the request ${approval.id}`);
      return false;
    case 'rejected':
      throw new CaError(
        'requestRejected',
        `An administrator has rejected this request${approval.reason === undefined ? '' : `: ${approval.reason}`}. Ask the operator; a new request needs a new secret.`,
      );
    case 'pending':
      if (now < approval.expiresAt) return true;
      throw new CaError(
        'approvalExpired',
        `Nobody approved this request until ${approval.expiresAt.toISOString()}. Make a new one, with a new secret.`,
      );
  }
}
