/** Enrollment attempts, written many at a time or with the act that they tell of. */
import type { EnrollmentAttempt } from '@touchmark/ca';
import type pg from 'pg';
import { attemptColumns } from './attempt-columns.ts';
import { rowSet } from './unnest.ts';

const attempts = rowSet('input', attemptColumns);
const statement = `INSERT INTO enrollment_attempt (${attempts.names})
  SELECT ${attempts.names} FROM ${attempts.source} ON CONFLICT DO NOTHING`;

export async function insertAttempts(client: pg.ClientBase, inputs: readonly EnrollmentAttempt[]): Promise<void> {
  await client.query({ name: 'record-attempts', text: statement, values: attempts.values(inputs) });
}
