/** Between rows of `pending_request` and the domain. */
import { CaError } from '@touchmark/ca';
import type { Approval, ApprovedRules, PendingCaller, PendingRequest, PendingState } from '@touchmark/ca';
import { absent, bytes } from './convert.ts';

export interface ApprovalRow {
  readonly id: string;
  readonly state: string;
  readonly reason: string | null;
  readonly expiresAt: Date;
  readonly decidedAt: Date | null;
  readonly approvedFor: unknown;
}

export interface PendingRow extends ApprovalRow {
  readonly protocol: string;
  readonly operation: string;
  readonly endpointLabel: string;
  readonly transactionId: string | null;
  readonly requestDer: Uint8Array;
  readonly requestDigest: Uint8Array;
  readonly publicKeySha256: Uint8Array;
  readonly deviceId: string | null;
  readonly caller: unknown;
  readonly remoteAddress: string;
  readonly attemptId: string;
  readonly requestedAt: Date;
  readonly decidedBy: string | null;
}

export const pendingColumnNames: Readonly<{ [Name in keyof PendingRow]: string }> = {
  id: 'id',
  protocol: 'protocol',
  operation: 'operation',
  endpointLabel: 'endpoint_label',
  transactionId: 'transaction_id',
  requestDer: 'request_der',
  requestDigest: 'request_digest',
  publicKeySha256: 'public_key_sha256',
  deviceId: 'device_id',
  caller: 'caller',
  remoteAddress: 'remote_address',
  attemptId: 'attempt_id',
  requestedAt: 'requested_at',
  expiresAt: 'expires_at',
  state: 'state',
  approvedFor: 'approved_for',
  decidedAt: 'decided_at',
  decidedBy: 'decided_by',
  reason: 'reason',
};

export const pendingColumns = Object.entries(pendingColumnNames)
  .map(([name, column]) => `${column} AS "${name}"`)
  .join(', ');

const states: readonly PendingState[] = ['pending', 'approved', 'rejected'];

export function approvalOf({ id, state, reason, expiresAt, decidedAt, approvedFor }: ApprovalRow): Approval {
  return {
    id,
    state: stateOf(state),
    reason: absent(reason),
    expiresAt,
    decidedAt: absent(decidedAt),
    // Written from this very type.
    approvedFor: absent(approvedFor as ApprovedRules | null),
  };
}

/** Protocol, operation and caller were written from these very types. */
export function pendingOf(row: PendingRow): PendingRequest {
  return {
    ...approvalOf(row),
    protocol: row.protocol as PendingRequest['protocol'],
    operation: row.operation as PendingRequest['operation'],
    endpointLabel: row.endpointLabel,
    transactionId: absent(row.transactionId),
    requestDer: bytes(row.requestDer),
    requestDigest: bytes(row.requestDigest),
    publicKeySha256: bytes(row.publicKeySha256),
    deviceId: absent(row.deviceId),
    caller: row.caller as PendingCaller,
    remoteAddress: row.remoteAddress,
    attemptId: row.attemptId,
    requestedAt: row.requestedAt,
    decidedBy: absent(row.decidedBy),
  };
}

function stateOf(text: string): PendingState {
  const state = states.find((name) => name === text);
  if (state === undefined) throw new CaError('internal', `The registry holds an unknown state "${text}" of a request.`);
  return state;
}
