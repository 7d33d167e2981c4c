/** Requests that wait for an administrator, as the administration interface asks for them. */
import type { Act, PendingServices } from '@touchmark/admin-api';
import { CaError } from '@touchmark/ca';
import type { ApprovalService, Clock, Decider, PendingRegistry } from '@touchmark/ca';
import type { AdminRegistry } from '@touchmark/store';

export interface AdminPendingDependencies {
  readonly admin: Pick<AdminRegistry, 'listPendingRequests'>;
  readonly pending: PendingRegistry;
  readonly approvals: ApprovalService;
  readonly clock: Clock;
}

export function createAdminPending({ admin, pending, approvals, clock }: AdminPendingDependencies): PendingServices {
  return {
    listPendingRequests: (filter, page) => admin.listPendingRequests({ ...filter, at: clock.now() }, page),
    async getPendingRequest(id) {
      const found = await pending.findPending(id);
      if (found === undefined) throw new CaError('notFound', `There is no request "${id}" that waits or was decided.`);
      return found;
    },
    approveRequest: (id, act) => approvals.approve(id, deciderOf(act)),
    rejectRequest: (id, reason, act) => approvals.reject(id, reason, deciderOf(act)),
  };
}

function deciderOf({ principal, remoteAddress, correlationId }: Act): Decider {
  return { principal: principal.name, remoteAddress, correlationId };
}
