/** An administrator decides on a request that waits. */
import { pendingUntil } from './approval.ts';
import type { Catalog } from './catalog.ts';
import type { EnrollmentOutcome } from './enrollment-request.ts';
import type { EnrollmentService } from './enrollment.ts';
import { CaError } from './errors.ts';
import type { AuditEvent } from './model.ts';
import type { ApprovedRules, PendingRegistry, PendingRequest } from './pending-request.ts';
import type { Clock } from './ports.ts';

export interface Decider {
  readonly principal: string;
  readonly remoteAddress: string | undefined;
  readonly correlationId: string | undefined;
}

export interface ApprovalDependencies {
  readonly registry: PendingRegistry;
  readonly enrollment: EnrollmentService;
  readonly catalog: Catalog;
  readonly clock: Clock;
}

export class ApprovalService {
  readonly #dependencies: ApprovalDependencies;

  constructor(dependencies: ApprovalDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * The certificate is issued at once, and is what the client gets when it asks again. Should that be refused, or the process
   * die, the request stays approved: the next question of the client, or the same call once more, carries it to its end.
   * @throws CaError `notFound`, `conflict` for one that was rejected, `approvalExpired`
   */
  async approve(
    id: string,
    by: Decider,
  ): Promise<{ readonly request: PendingRequest; readonly outcome: EnrollmentOutcome }> {
    const { registry, enrollment } = this.#dependencies;
    const earlier = await registry.findPending(id);
    if (earlier?.state === 'approved') {
      // What was issued stays decided by whoever decided it; what was not is approved anew, for the rules in force now.
      const outcome = await enrollment.carryOn(earlier, by.principal, by.remoteAddress);
      if (outcome.kind === 'issued') return { request: earlier, outcome };
    }
    const request = await this.#decide(id, 'approved', undefined, by);
    return { request, outcome: await enrollment.carryOn(request, by.principal, by.remoteAddress) };
  }

  /**
   * Also of one that was approved, as long as nothing was issued by it: an approval that comes to nothing yet can be taken back.
   * @param reason the client is told. @throws CaError `notFound`, `conflict` for one that has its certificate
   */
  reject(id: string, reason: string | undefined, by: Decider): Promise<PendingRequest> {
    return this.#decide(id, 'rejected', reason, by);
  }

  async #decide(
    id: string,
    state: 'approved' | 'rejected',
    reason: string | undefined,
    by: Decider,
  ): Promise<PendingRequest> {
    const { registry, clock } = this.#dependencies;
    const now = clock.now();
    const found = await registry.findPending(id);
    if (found === undefined) throw new CaError('notFound', `There is no request "${id}" that waits or was decided.`);
    if (found.state === 'pending' && state === 'approved') checkInTime(found, now);
    if (found.state === 'rejected') throw decidedBefore(found);
    const approvedFor = state === 'approved' ? this.#rulesOf(found) : undefined;
    const decision = { state, decidedAt: now, decidedBy: by.principal, reason, approvedFor };
    const decided = await registry.decidePending(id, decision, auditOf(found, decision, by));
    if (decided === undefined) throw new CaError('notFound', `There is no request "${id}" that waits or was decided.`);
    if (decided.state === state) return decided;
    throw decidedBefore(decided);
  }

  /** Those of the moment, which the administrator is shown. */
  #rulesOf({ protocol, endpointLabel }: PendingRequest): ApprovedRules {
    const { authorityId, profile } = this.#dependencies.catalog.getEndpoint(protocol, endpointLabel);
    return { authorityId, profileName: profile.name, profileVersion: profile.version };
  }
}

function decidedBefore({ decidedBy, decidedAt, state }: PendingRequest): CaError {
  const when = decidedAt === undefined ? '' : ` at ${decidedAt.toISOString()}`;
  return new CaError(
    'conflict',
    `${decidedBy ?? 'Somebody'} has ${state} the request${when} already; a decision stands. The device makes a new request, with a new key.`,
  );
}

function checkInTime({ requestedAt, expiresAt }: PendingRequest, now: Date): void {
  if (now < expiresAt) return;
  throw new CaError(
    'approvalExpired',
    `The request of ${requestedAt.toISOString()} waited until ${pendingUntil(requestedAt).toISOString()} and is void. The device makes a new one.`,
  );
}

function auditOf(
  { endpointLabel, deviceId, attemptId }: PendingRequest,
  {
    state,
    decidedAt,
    reason,
  }: { readonly state: string; readonly decidedAt: Date; readonly reason: string | undefined },
  { principal, remoteAddress, correlationId }: Decider,
): AuditEvent {
  return {
    at: decidedAt,
    actor: `principal:${principal}`,
    remoteAddress,
    action: `request.${state}`,
    subject: `attempt:${attemptId}`,
    correlationId,
    details: { endpoint: endpointLabel, device: deviceId ?? null, reason: reason ?? null },
  };
}
