/** What the administration interface needs for requests that wait for an administrator. */
import type { EnrollmentOutcome, PendingRequest, PendingState } from '@touchmark/ca';
import type { Act, Page, PageRequest } from './ports.ts';

export interface PendingFilter {
  /** `pending`: those that can still be approved. Undefined: all. */
  readonly state: PendingState | undefined;
  readonly endpointLabel: string | undefined;
}

export interface PendingServices {
  listPendingRequests(filter: PendingFilter, page: PageRequest): Promise<Page<PendingRequest>>;
  getPendingRequest(id: string): Promise<PendingRequest>;
  /** The approval stands whatever the outcome: once what refuses is mended, the same call or the device's next question gets the certificate. */
  approveRequest(
    id: string,
    act: Act,
  ): Promise<{ readonly request: PendingRequest; readonly outcome: EnrollmentOutcome }>;
  /** @param reason the device is told */
  rejectRequest(id: string, reason: string | undefined, act: Act): Promise<PendingRequest>;
}
