/** Audit events of what the service does by itself. */
import type { AuditEvent, Clock } from '@touchmark/ca';

export function systemAudit(
  clock: Clock,
  action: string,
  subject: string,
  details: AuditEvent['details'] = {},
): AuditEvent {
  return {
    at: clock.now(),
    actor: 'system',
    remoteAddress: undefined,
    action,
    subject,
    correlationId: undefined,
    details,
  };
}
