/** How enrollment attempts and audit events are written. */
import type { AuditEvent, EnrollmentAttempt } from '@touchmark/ca';
import { storableJson, storableText } from './convert.ts';
import type { Columns } from './unnest.ts';

function text(value: string | undefined): string | undefined {
  return value === undefined ? undefined : storableText(value);
}

export const attemptColumns: Columns<EnrollmentAttempt> = {
  id: ['uuid', (attempt) => attempt.id],
  certificate_id: ['uuid', (attempt) => attempt.certificateId],
  at: ['timestamptz', (attempt) => attempt.at],
  duration_microseconds: ['int', (attempt) => Math.min(Math.round(attempt.durationMicroseconds), 0x7fff_ffff)],
  outcome: ['attempt_outcome', (attempt) => attempt.outcome],
  protocol: ['text', (attempt) => attempt.protocol],
  operation: ['text', (attempt) => attempt.operation],
  endpoint_label: ['text', (attempt) => text(attempt.endpointLabel)],
  remote_address: ['text', (attempt) => text(attempt.remoteAddress)],
  transaction_id: ['text', (attempt) => text(attempt.transactionId)],
  code: ['text', (attempt) => attempt.code],
  message: ['text', (attempt) => text(attempt.message)],
  device_id: ['text', (attempt) => text(attempt.deviceId)],
  secret_id: ['text', (attempt) => text(attempt.secretId)],
  caller_certificate_id: ['uuid', (attempt) => attempt.callerCertificateId],
  profile_version: ['smallint', (attempt) => attempt.profile?.version],
  profile_name: ['text', (attempt) => attempt.profile?.name],
  principal: ['text', (attempt) => text(attempt.principal)],
  steps: ['jsonb', (attempt) => storableJson(attempt.steps)],
  request_der: ['bytea', (attempt) => attempt.requestDer],
  asked: ['jsonb', ({ asked }) => (asked === undefined ? undefined : storableJson(asked))],
};

export const auditColumns: Columns<AuditEvent> = {
  at: ['timestamptz', (event) => event.at],
  actor: ['text', (event) => storableText(event.actor)],
  remote_address: ['text', (event) => text(event.remoteAddress)],
  action: ['text', (event) => event.action],
  subject: ['text', (event) => storableText(event.subject)],
  correlation_id: ['text', (event) => text(event.correlationId)],
  details: ['jsonb', (event) => storableJson(event.details)],
};

/** The same columns as part of a wider row, with a prefix to their names. */
export function prefixed<Outer, Inner>(
  prefix: string,
  columns: Columns<Inner>,
  inner: (row: Outer) => Inner,
): Columns<Outer> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, [type, value]]) => [
      `${prefix}${name}`,
      [type, (row: Outer) => value(inner(row))],
    ]),
  );
}
