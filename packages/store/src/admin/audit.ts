/** Audit events as an administrator reads them, and as acts outside the issuance cycle leave them. */
import type { AuditEvent } from '@touchmark/ca';
import { absent, storableJson, storableText } from '../convert.ts';
import { where } from '../defined-where.ts';
import type { Prisma, PrismaClient } from '../generated/client.ts';
import { keyOfCursor, pageOf, rowsToRead } from './page.ts';
import type { Page, PageRequest } from './page.ts';
import { asked } from './prisma-errors.ts';

export interface RecordedAuditEvent extends AuditEvent {
  readonly position: bigint;
}

export function auditData(event: AuditEvent): Prisma.AuditEventCreateInput {
  return {
    at: event.at,
    actor: storableText(event.actor),
    remoteAddress: event.remoteAddress === undefined ? null : storableText(event.remoteAddress),
    action: event.action,
    subject: storableText(event.subject),
    correlationId: event.correlationId === undefined ? null : storableText(event.correlationId),
    details: JSON.parse(storableJson(event.details)) as Prisma.InputJsonObject,
  };
}

/** The audit event of an act, as a member of the act's transaction. */
export function auditOf(prisma: PrismaClient, event: AuditEvent | undefined): Prisma.PrismaPromise<unknown>[] {
  return event === undefined ? [] : [prisma.auditEvent.create({ data: auditData(event) })];
}

export function createAuditAdmin(prisma: PrismaClient) {
  return {
    async appendAudit(event: AuditEvent): Promise<void> {
      await asked(() => prisma.auditEvent.create({ data: auditData(event) }));
    },

    async listAudit(
      filter: { readonly subject?: string | undefined },
      page: PageRequest,
    ): Promise<Page<RecordedAuditEvent>> {
      const before = keyOfCursor(page, /^\d{1,18}$/);
      const rows = await asked(() =>
        prisma.auditEvent.findMany({
          where: where({
            ...(before === undefined ? {} : { position: { lt: BigInt(before) } }),
            ...(filter.subject === undefined ? {} : { subject: filter.subject }),
          }),
          orderBy: { position: 'desc' },
          take: rowsToRead(page),
        }),
      );
      return pageOf(
        rows,
        page,
        ({ position }) => String(position),
        (row) => ({
          ...row,
          remoteAddress: absent(row.remoteAddress),
          correlationId: absent(row.correlationId),
          details: row.details as AuditEvent['details'],
        }),
      );
    },
  };
}
