/** The services behind the REST interface, in memory: small, but they keep every promise of the port's contract. */
import type { EnrollmentAttempt } from '@touchmark/ca';
import type {
  AdminServices,
  AttemptFilter,
  Page,
  PageRequest,
  ReplayedAttempt,
  ServiceStatus,
} from '../../src/index.ts';
import { MemoryEndpoints } from './memory-endpoints.ts';
import { paginate, present } from './memory-pages.ts';
import type { TestAuthority } from './test-authority.ts';

export class MemoryServices extends MemoryEndpoints implements AdminServices {
  readonly attempts: EnrollmentAttempt[] = [];
  status: ServiceStatus;

  constructor(authority: TestAuthority, status: ServiceStatus) {
    super(authority);
    this.status = status;
  }

  async listAttempts(filter: AttemptFilter, page: PageRequest): Promise<Page<EnrollmentAttempt>> {
    const found = this.attempts.filter(
      (item) =>
        (filter.outcomes.length === 0 || filter.outcomes.includes(item.outcome)) &&
        (filter.endpointLabel === undefined || item.endpointLabel === filter.endpointLabel) &&
        (filter.deviceId === undefined || item.deviceId === filter.deviceId) &&
        (filter.transactionId === undefined || item.transactionId === filter.transactionId),
    );
    return paginate(found, page);
  }

  async getAttempt(id: string): Promise<EnrollmentAttempt> {
    return present(
      this.attempts.find((attempt) => attempt.id === id),
      'attempt',
    );
  }

  override async replayAttempt(id: string): Promise<ReplayedAttempt> {
    const attempt = await this.getAttempt(id);
    if (attempt.requestDer === undefined) return super.replayAttempt();
    return this.replay(attempt, attempt.requestDer);
  }

  async getStatus(): Promise<ServiceStatus> {
    return { ...this.status, now: new Date() };
  }
}
