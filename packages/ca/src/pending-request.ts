/** A request that waits for an administrator: one state for every protocol. */
import type { Caller } from './authenticate.ts';
import type { EnrollmentRequest } from './enrollment-request.ts';
import type { AuditEvent, EnrollmentAttempt } from './model.ts';

export type PendingState = 'pending' | 'approved' | 'rejected';

/** Who asked, as it was proven then; whoever renews with a certificate does not wait. */
export type PendingCaller =
  { readonly kind: 'secret'; readonly secretId: string } | Exclude<Caller, { readonly kind: 'secret' | 'certificate' }>;

export interface PendingRequest {
  readonly id: string;
  readonly protocol: EnrollmentRequest['protocol'];
  readonly operation: EnrollmentRequest['operation'];
  readonly endpointLabel: string;
  /** Under which the client asks again; undefined: it sends the whole request again. */
  readonly transactionId: string | undefined;
  /** Proven to be signed with its own key; a challengePassword in it is blotted out. */
  readonly requestDer: Uint8Array;
  readonly requestDigest: Uint8Array;
  readonly publicKeySha256: Uint8Array;
  readonly deviceId: string | undefined;
  readonly caller: PendingCaller;
  readonly remoteAddress: string;
  /** The attempt that put it here. */
  readonly attemptId: string;
  readonly requestedAt: Date;
  readonly expiresAt: Date;
  readonly state: PendingState;
  /** What was approved: a certificate of this authority by this version of a profile. */
  readonly approvedFor: ApprovedRules | undefined;
  readonly decidedAt: Date | undefined;
  readonly decidedBy: string | undefined;
  /** Why it was rejected; the client is told. */
  readonly reason: string | undefined;
}

export interface ApprovedRules {
  readonly authorityId: string;
  readonly profileName: string;
  readonly profileVersion: number;
}

/** What the dossier of a request knows of it. */
export type Approval = Pick<PendingRequest, 'id' | 'state' | 'reason' | 'expiresAt' | 'decidedAt' | 'approvedFor'>;

export type RecordPendingResult =
  | { readonly kind: 'recorded' }
  /** The same request waits already, or was decided. */
  | { readonly kind: 'duplicate'; readonly approval: Approval }
  | { readonly kind: 'secretSpent' | 'tooMany' };

export interface PendingLimits {
  readonly atEndpoint: number;
  readonly ofAddress: number;
}

/** The registry as approvals need it. */
export interface PendingRegistry {
  /**
   * Puts a request before the administrators, spends one use of its secret, and records the attempt, in one transaction.
   * @param limits how many may wait at the endpoint, and how many of those that prove nothing from one address
   */
  recordPending(
    request: PendingRequest,
    attempt: EnrollmentAttempt,
    limits: PendingLimits,
  ): Promise<RecordPendingResult>;
  findPending(id: string): Promise<PendingRequest | undefined>;
  /** The latest under this transaction with this key. */
  findPendingByTransaction(
    endpointLabel: string,
    transactionId: string,
    publicKeySha256: Uint8Array,
  ): Promise<PendingRequest | undefined>;
  /** Undefined when it does not exist; unchanged when it was decided before, but that an approval can be given anew. */
  decidePending(
    id: string,
    decision: Pick<PendingRequest, 'decidedBy' | 'reason' | 'approvedFor'> & {
      readonly state: 'approved' | 'rejected';
      readonly decidedAt: Date;
    },
    audit: AuditEvent,
  ): Promise<PendingRequest | undefined>;
}
