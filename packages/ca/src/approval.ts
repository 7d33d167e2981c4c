/** Whether a request has to wait for an administrator, and what came of it. */
import type { AttemptLog } from './attempt-log.ts';
import type { Caller } from './authenticate.ts';
import { CaError } from './errors.ts';
import type { EnrollmentEndpoint } from './model.ts';
import type { Approval, ApprovedRules, PendingCaller, PendingLimits } from './pending-request.ts';

/** When a client may ask again. */
export const retryAfterSeconds = 300;

/** What nobody looks through is no approval; and no one address may take all the places from the others. */
export const pendingLimits: PendingLimits = { atEndpoint: 1000, ofAddress: 100 };

/** After that a request that was not decided is void, and so is an approval that gave no certificate. */
const pendingMilliseconds = 7 * 86_400_000;

export function pendingUntil(requestedAt: Date): Date {
  return new Date(requestedAt.getTime() + pendingMilliseconds);
}

/** Of callers that prove a certificate of the device nothing more is asked. Undefined: it does not wait. */
export function waitingCaller(endpoint: EnrollmentEndpoint, caller: Caller): PendingCaller | undefined {
  if (caller.kind === 'certificate' || endpoint.approval === 'automatic') return undefined;
  return caller.kind === 'secret' ? { kind: 'secret', secretId: caller.secret.id } : caller;
}

/** Whether it still waits. @param rules by which it would be issued. Throws what an administrator's no, or nobody's yes, is told as. */
export function stillWaits(approval: Approval, rules: ApprovedRules, now: Date, log: AttemptLog): boolean {
  switch (approval.state) {
    case 'approved':
      checkApproval(approval, rules, now);
      log.note('authorize', `an administrator has approved the request ${approval.id}`);
      return false;
    case 'rejected':
      throw new CaError(
        'requestRejected',
        `An administrator has rejected this request${approval.reason === undefined ? '' : `: ${approval.reason}`}. Ask the operator; a new request needs a new key and a new secret.`,
      );
    case 'pending':
      if (now < approval.expiresAt) return true;
      throw new CaError(
        'approvalExpired',
        `Nobody approved this request until ${approval.expiresAt.toISOString()}. Make a new one, with a new key and a new secret.`,
      );
  }
}

function checkApproval({ approvedFor, decidedAt }: Approval, rules: ApprovedRules, now: Date): void {
  if (decidedAt === undefined || now >= pendingUntil(decidedAt)) {
    throw new CaError(
      'approvalExpired',
      'The approval of this request is too old. Make a new one, with a new key and a new secret.',
    );
  }
  const isSame =
    approvedFor?.authorityId === rules.authorityId &&
    approvedFor.profileName === rules.profileName &&
    approvedFor.profileVersion === rules.profileVersion;
  if (isSame) return;
  throw new CaError(
    'approvalOutdated',
    'This request was approved under other rules than those in force now. Ask the operator to approve it again.',
  );
}
