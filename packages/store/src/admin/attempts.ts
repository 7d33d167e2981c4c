/** Enrollment attempts as an administrator reads them. */
import { CaError, uuidV7 } from '@touchmark/ca';
import type { AskedNames, AttemptStep, CaErrorCode, EnrollmentAttempt } from '@touchmark/ca';
import type pg from 'pg';
import { absent, bytes } from '../convert.ts';
import { where } from '../defined-where.ts';
import type { PrismaClient } from '../generated/client.ts';
import type { EnrollmentAttemptModel } from '../generated/models/EnrollmentAttempt.ts';
import { withConnection } from '../retry.ts';
import { keyOfCursor, pageOf, rowsToRead, uuidForm } from './page.ts';
import type { Page, PageRequest } from './page.ts';
import { asked } from './prisma-errors.ts';

export interface AttemptFilter {
  /** Undefined or empty: all. */
  readonly outcomes?: readonly EnrollmentAttempt['outcome'][] | undefined;
  readonly code?: CaErrorCode | undefined;
  readonly endpointLabel?: string | undefined;
  readonly deviceId?: string | undefined;
  readonly transactionId?: string | undefined;
}

const prunedAtOnce = 10_000;

/** Ids begin with their time (RFC 9562 §5.7), so that old attempts are at the beginning of an index. */
function firstIdOf(time: Date): string {
  return uuidV7(time, (length) => new Uint8Array(length));
}

export function createAttemptAdmin(prisma: PrismaClient, pool: pg.Pool) {
  return {
    async listAttempts(filter: AttemptFilter, page: PageRequest): Promise<Page<EnrollmentAttempt>> {
      const before = keyOfCursor(page, uuidForm);
      const outcomes = filter.outcomes ?? [];
      const rows = await asked(() =>
        prisma.enrollmentAttempt.findMany({
          where: where({
            ...(before === undefined ? {} : { id: { lt: before } }),
            ...(outcomes.length === 0 ? {} : { outcome: { in: [...outcomes] } }),
            ...(filter.code === undefined ? {} : { code: filter.code }),
            ...(filter.endpointLabel === undefined ? {} : { endpointLabel: filter.endpointLabel }),
            ...(filter.deviceId === undefined ? {} : { deviceId: filter.deviceId }),
            ...(filter.transactionId === undefined ? {} : { transactionId: filter.transactionId }),
          }),
          orderBy: { id: 'desc' },
          take: rowsToRead(page),
        }),
      );
      return pageOf(rows, page, ({ id }) => id, attemptOf);
    },

    /** Removes attempts of one outcome that were made before `olderThan`, a part at a time; returns how many. */
    async pruneAttempts(olderThan: Date, outcome: 'refused' | 'failed' | 'pending'): Promise<number> {
      for (let pruned = 0; ;) {
        const { rowCount } = await withConnection(pool, (client) =>
          client.query(
            `DELETE FROM enrollment_attempt WHERE id IN (
               SELECT id FROM enrollment_attempt WHERE outcome = $1::attempt_outcome AND id < $2 AND at < $3
               ORDER BY id LIMIT ${prunedAtOnce})`,
            [outcome, firstIdOf(olderThan), olderThan],
          ),
        );
        pruned += rowCount ?? 0;
        if ((rowCount ?? 0) < prunedAtOnce) return pruned;
      }
    },

    /** @throws CaError `notFound` */
    async getAttempt(id: string): Promise<EnrollmentAttempt> {
      const row = uuidForm.test(id)
        ? await asked(() => prisma.enrollmentAttempt.findUnique({ where: where({ id }) }))
        : null;
      if (row === null) throw new CaError('notFound', 'There is no such attempt.');
      return attemptOf(row);
    },
  };
}

/** Protocol, operation, code, steps and names were written from these very types. */
export function attemptOf(row: EnrollmentAttemptModel): EnrollmentAttempt {
  return {
    id: row.id,
    at: row.at,
    protocol: row.protocol as EnrollmentAttempt['protocol'],
    operation: row.operation as EnrollmentAttempt['operation'],
    endpointLabel: absent(row.endpointLabel),
    remoteAddress: absent(row.remoteAddress),
    transactionId: absent(row.transactionId),
    outcome: row.outcome,
    code: absent(row.code) as CaErrorCode | undefined,
    message: absent(row.message),
    steps: row.steps as unknown as AttemptStep[],
    deviceId: absent(row.deviceId),
    certificateId: absent(row.certificateId),
    secretId: absent(row.secretId),
    callerCertificateId: absent(row.callerCertificateId),
    profile:
      row.profileName === null || row.profileVersion === null
        ? undefined
        : { name: row.profileName, version: row.profileVersion },
    principal: absent(row.principal),
    requestDer: row.requestDer === null ? undefined : bytes(row.requestDer),
    asked: absent(row.asked) as AskedNames | undefined,
    durationMicroseconds: row.durationMicroseconds,
  };
}
