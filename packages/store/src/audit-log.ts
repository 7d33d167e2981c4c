/** Audit events, written with the act that they tell of. */
import type { AuditEvent } from '@touchmark/ca';
import type pg from 'pg';
import { auditColumns } from './attempt-columns.ts';
import { rowSet } from './unnest.ts';

const events = rowSet('input', auditColumns);
const statement = `INSERT INTO audit_event (${events.names}) SELECT ${events.names} FROM ${events.source}`;

/** @param client inside the transaction of the act */
export async function insertAuditEvents(client: pg.ClientBase, audits: readonly AuditEvent[]): Promise<void> {
  await client.query(statement, events.values(audits));
}
