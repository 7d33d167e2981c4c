/** Requests that wait for an administrator, in memory. */
import { randomBytes, randomUUID } from 'node:crypto';
import { CaError } from '@touchmark/ca';
import type { EnrollmentOutcome, PendingRequest } from '@touchmark/ca';
import type { Act, Page, PageRequest, PendingFilter, PendingServices } from '../../src/index.ts';
import { paginate, present } from './memory-pages.ts';
import { MemoryProfiles } from './memory-profiles.ts';

export class MemoryPending extends MemoryProfiles implements PendingServices {
  readonly pendingRequests: PendingRequest[] = [];

  addPendingRequest(requestDer: Uint8Array): PendingRequest {
    const requestedAt = new Date();
    const request: PendingRequest = {
      id: randomUUID(),
      protocol: 'scep',
      operation: 'PKCSReq',
      endpointLabel: 'plc',
      transactionId: 'A1B2',
      requestDer,
      requestDigest: new Uint8Array(randomBytes(32)),
      publicKeySha256: new Uint8Array(randomBytes(32)),
      deviceId: 'pump-3',
      caller: { kind: 'anyone' },
      remoteAddress: '192.0.2.9',
      attemptId: randomUUID(),
      requestedAt,
      expiresAt: new Date(requestedAt.getTime() + 86_400_000),
      state: 'pending',
      approvedFor: undefined,
      decidedAt: undefined,
      decidedBy: undefined,
      reason: undefined,
    };
    this.pendingRequests.push(request);
    return request;
  }

  async listPendingRequests(filter: PendingFilter, page: PageRequest): Promise<Page<PendingRequest>> {
    const found = this.pendingRequests.filter(
      ({ state, endpointLabel }) =>
        (filter.state === undefined || filter.state === state) &&
        (filter.endpointLabel === undefined || filter.endpointLabel === endpointLabel),
    );
    return paginate(found, page);
  }

  async getPendingRequest(id: string): Promise<PendingRequest> {
    return present(
      this.pendingRequests.find((request) => request.id === id),
      'request',
    );
  }

  async approveRequest(id: string, act: Act): Promise<{ request: PendingRequest; outcome: EnrollmentOutcome }> {
    const request = await this.#decide(id, 'approved', undefined, act);
    const certificateDer = Uint8Array.of(0x30, 0x00);
    return { request, outcome: { kind: 'issued', attemptId: randomUUID(), certificateDer } };
  }

  rejectRequest(id: string, reason: string | undefined, act: Act): Promise<PendingRequest> {
    return this.#decide(id, 'rejected', reason, act);
  }

  async #decide(
    id: string,
    state: 'approved' | 'rejected',
    reason: string | undefined,
    act: Act,
  ): Promise<PendingRequest> {
    const found = await this.getPendingRequest(id);
    if (found.state !== 'pending' && found.state !== state) throw new CaError('conflict', 'It was decided before.');
    const decided = { ...found, state, decidedAt: new Date(), decidedBy: act.principal.name, reason };
    this.pendingRequests[this.pendingRequests.indexOf(found)] = decided;
    this.acts.push({ action: `${state === 'approved' ? 'approve' : 'reject'}Request`, act });
    return decided;
  }
}
