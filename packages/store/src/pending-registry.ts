/** Requests that wait for an administrator. */
import type {
  AuditEvent,
  EnrollmentAttempt,
  PendingLimits,
  PendingRegistry,
  PendingRequest,
  RecordPendingResult,
} from '@touchmark/ca';
import type pg from 'pg';
import { insertAttempts } from './attempt-log.ts';
import { insertAuditEvents } from './audit-log.ts';
import { isUuid } from './certificate-reference.ts';
import { buffer, storableJson, storableText } from './convert.ts';
import { findOutcomes } from './outcomes.ts';
import { approvalOf, pendingColumns, pendingOf } from './pending-rows.ts';
import type { ApprovalRow, PendingRow } from './pending-rows.ts';
import { inTransaction, withConnection } from './retry.ts';

export class PostgresPendingRegistry implements PendingRegistry {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  recordPending(
    request: PendingRequest,
    attempt: EnrollmentAttempt,
    limits: PendingLimits,
  ): Promise<RecordPendingResult> {
    return inTransaction(this.#pool, async (client) => {
      // One after the other at an endpoint, so that the limit is one.
      await client.query(`SELECT FROM enrollment_endpoint WHERE label = $1 FOR UPDATE`, [request.endpointLabel]);
      const known = await findApproval(client, request.requestDigest);
      // A run whose answer was lost has committed: its work is found here.
      if (known?.id === request.id) return { kind: 'recorded' };
      if (known !== undefined) return { kind: 'duplicate', approval: approvalOf(known) };
      if (await isFull(client, request, limits)) return { kind: 'tooMany' };
      if (!(await spendSecret(client, request))) return { kind: 'secretSpent' };
      await insertPending(client, request);
      await insertAttempts(client, [attempt]);
      return { kind: 'recorded' };
    });
  }

  async findPending(id: string): Promise<PendingRequest | undefined> {
    if (!isUuid(id)) return undefined;
    return this.#findOne(`SELECT ${pendingColumns} FROM pending_request WHERE id = $1`, [id]);
  }

  findPendingByTransaction(
    endpointLabel: string,
    transactionId: string,
    publicKeySha256: Uint8Array,
  ): Promise<PendingRequest | undefined> {
    return this.#findOne(
      `SELECT ${pendingColumns} FROM pending_request
       WHERE public_key_sha256 = $1 AND endpoint_label = $2 AND transaction_id = $3
       ORDER BY requested_at DESC, id DESC LIMIT 1`,
      [buffer(publicKeySha256), storableText(endpointLabel), storableText(transactionId)],
    );
  }

  async decidePending(
    id: string,
    decision: Parameters<PendingRegistry['decidePending']>[1],
    audit: AuditEvent,
  ): Promise<PendingRequest | undefined> {
    if (!isUuid(id)) return undefined;
    return inTransaction(this.#pool, async (client) => {
      const { rows } = await client.query<PendingRow>(
        `SELECT ${pendingColumns} FROM pending_request WHERE id = $1 FOR UPDATE`,
        [id],
      );
      const found = rows[0] && pendingOf(rows[0]);
      if (found === undefined || !(await isOpen(client, found, decision.state))) return found;
      const { state, decidedAt, decidedBy, reason, approvedFor } = decision;
      await client.query(
        `UPDATE pending_request SET state = $2, decided_at = $3, decided_by = $4, reason = $5, approved_for = $6 WHERE id = $1`,
        [
          id,
          state,
          decidedAt,
          decidedBy,
          reason === undefined ? null : storableText(reason),
          approvedFor === undefined ? null : storableJson(approvedFor),
        ],
      );
      await insertAuditEvents(client, [audit]);
      return { ...found, ...decision };
    });
  }

  async #findOne(statement: string, values: readonly unknown[]): Promise<PendingRequest | undefined> {
    const { rows } = await withConnection(this.#pool, (client) => client.query<PendingRow>(statement, [...values]));
    return rows[0] && pendingOf(rows[0]);
  }
}

/** What was approved is approved anew, or the approval taken back as long as nothing is issued by it. @param client holds its row */
async function isOpen(
  client: pg.ClientBase,
  { state, requestDigest }: PendingRequest,
  wanted: 'approved' | 'rejected',
): Promise<boolean> {
  if (state !== 'approved') return state === 'pending';
  return wanted === 'approved' || (await findOutcomes(client, [requestDigest])).size === 0;
}

async function findApproval(client: pg.ClientBase, requestDigest: Uint8Array): Promise<ApprovalRow | undefined> {
  const { rows } = await client.query<ApprovalRow>(
    `SELECT id, state, reason, expires_at AS "expiresAt", decided_at AS "decidedAt", approved_for AS "approvedFor"
     FROM pending_request WHERE request_digest = $1`,
    [buffer(requestDigest)],
  );
  return rows[0];
}

async function isFull(
  client: pg.ClientBase,
  { endpointLabel, caller, remoteAddress, requestedAt }: PendingRequest,
  { atEndpoint, ofAddress }: PendingLimits,
): Promise<boolean> {
  const { rows } = await client.query<{ all: number; strangers: number }>(
    `SELECT count(*)::int AS all,
       count(*) FILTER (WHERE caller ->> 'kind' = 'anyone' AND remote_address = $3)::int AS strangers
     FROM pending_request WHERE endpoint_label = $1 AND state = 'pending' AND expires_at > $2`,
    [endpointLabel, requestedAt, storableText(remoteAddress)],
  );
  const { all = 0, strangers = 0 } = rows[0] ?? {};
  return all >= atEndpoint || (caller.kind === 'anyone' && strangers >= ofAddress);
}

/** Under the same conditions as step 6 spends one. */
async function spendSecret(client: pg.ClientBase, { caller, requestedAt }: PendingRequest): Promise<boolean> {
  if (caller.kind !== 'secret') return true;
  const { rowCount } = await client.query(
    `UPDATE enrollment_secret SET uses = uses + 1
     WHERE id = $1 AND uses < max_uses AND revoked_at IS NULL AND expires_at > $2`,
    [caller.secretId, requestedAt],
  );
  return rowCount === 1;
}

async function insertPending(client: pg.ClientBase, request: PendingRequest): Promise<void> {
  await client.query(
    `INSERT INTO pending_request (id, protocol, operation, endpoint_label, transaction_id, request_der, request_digest,
       public_key_sha256, device_id, caller, remote_address, attempt_id, requested_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      request.id,
      request.protocol,
      request.operation,
      request.endpointLabel,
      request.transactionId === undefined ? null : storableText(request.transactionId),
      buffer(request.requestDer),
      buffer(request.requestDigest),
      buffer(request.publicKeySha256),
      request.deviceId === undefined ? null : storableText(request.deviceId),
      storableJson(request.caller),
      storableText(request.remoteAddress),
      request.attemptId,
      request.requestedAt,
      request.expiresAt,
    ],
  );
}
