/** Requests that wait for an administrator, as he reads them. */
import type { PendingRequest, PendingState } from '@touchmark/ca';
import type pg from 'pg';
import { SqlParameters } from '../certificate-selection.ts';
import { pendingColumns, pendingOf } from '../pending-rows.ts';
import type { PendingRow } from '../pending-rows.ts';
import { withConnection } from '../retry.ts';
import { keyOfCursor, pageOf, rowsToRead, uuidForm } from './page.ts';
import type { Page, PageRequest } from './page.ts';

export interface PendingFilter {
  /** `pending`: those that can still be approved. Undefined: all. */
  readonly state?: PendingState | undefined;
  readonly endpointLabel?: string | undefined;
  readonly at: Date;
}

export function createPendingAdmin(pool: pg.Pool) {
  return {
    /** Last come first. */
    async listPendingRequests(filter: PendingFilter, page: PageRequest): Promise<Page<PendingRequest>> {
      const before = keyOfCursor(page, uuidForm);
      const parameters = new SqlParameters();
      const conditions = [
        ...(before === undefined ? [] : [`id < ${parameters.add(before)}`]),
        ...(filter.state === undefined ? [] : [`state = ${parameters.add(filter.state)}`]),
        ...(filter.state === 'pending' ? [`expires_at > ${parameters.add(filter.at)}`] : []),
        ...(filter.endpointLabel === undefined ? [] : [`endpoint_label = ${parameters.add(filter.endpointLabel)}`]),
      ];
      const { rows } = await withConnection(pool, (client) =>
        client.query<PendingRow>(
          `SELECT ${pendingColumns} FROM pending_request
           ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
           ORDER BY id DESC LIMIT ${rowsToRead(page)}`,
          [...parameters.values],
        ),
      );
      return pageOf(rows, page, ({ id }) => id, pendingOf);
    },

    /** How many can still be approved, by the label of the endpoint. */
    async countPendingRequests(at: Date): Promise<ReadonlyMap<string, number>> {
      const { rows } = await withConnection(pool, (client) =>
        client.query<{ label: string; count: number }>(
          `SELECT endpoint_label AS label, count(*)::int AS count FROM pending_request
           WHERE state = 'pending' AND expires_at > $1 GROUP BY endpoint_label`,
          [at],
        ),
      );
      return new Map(rows.map(({ label, count }) => [label, count]));
    },

    /** Removes what was decided, or could have been, before that time; returns how many. */
    async prunePendingRequests(before: Date): Promise<number> {
      const { rowCount } = await withConnection(pool, (client) =>
        client.query(`DELETE FROM pending_request WHERE coalesce(decided_at, expires_at) < $1`, [before]),
      );
      return rowCount ?? 0;
    },
  };
}
