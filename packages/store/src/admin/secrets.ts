/** Enrollment secrets as an administrator makes and revokes them. */
import { CaError } from '@touchmark/ca';
import type { AuditEvent, EnrollmentSecret } from '@touchmark/ca';
import { bytes, secretOf } from '../convert.ts';
import type { SecretRow } from '../convert.ts';
import { where } from '../defined-where.ts';
import type { Prisma, PrismaClient } from '../generated/client.ts';
import { auditData, auditOf } from './audit.ts';
import { keyOfCursor, pageOf, rowsToRead } from './page.ts';
import type { Page, PageRequest } from './page.ts';
import { asked } from './prisma-errors.ts';

export interface NewSecretRecord {
  readonly id: string;
  readonly endpointLabel: string;
  readonly secretSha256: Uint8Array;
  readonly deviceId: string | undefined;
  readonly maxUses: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** Unique over all secrets: compose it of principal, label and the key that the client gave. */
  readonly idempotencyKey?: string | undefined;
}

/** For an administrator a secret is locked as long as it is for anybody. */
const withLocks = {
  failures: { where: { lockedUntil: { not: null } }, orderBy: { lockedUntil: 'desc' }, take: 1 },
} as const;

function recordOf(
  row: Omit<SecretRow, 'lockedUntil'> & { readonly failures: readonly Pick<SecretRow, 'lockedUntil'>[] },
) {
  return secretOf({ ...row, lockedUntil: row.failures[0]?.lockedUntil ?? null });
}

export function createSecretAdmin(prisma: PrismaClient) {
  const find = async (id: string): Promise<EnrollmentSecret | undefined> => {
    const row = await asked(() => prisma.enrollmentSecret.findUnique({ where: where({ id }), include: withLocks }));
    return row === null ? undefined : recordOf(row);
  };

  return {
    findSecret: find,

    /** Newest first. */
    async listSecrets(endpointLabel: string, page: PageRequest): Promise<Page<EnrollmentSecret>> {
      const [time, id] = keyOfCursor(page, /^\d{1,15} [a-z0-9]{1,64}$/)?.split(' ') ?? [];
      const before = time === undefined || id === undefined ? undefined : { createdAt: new Date(Number(time)), id };
      const rows = await asked(() =>
        prisma.enrollmentSecret.findMany({
          include: withLocks,
          where: where({
            endpointLabel,
            ...(before === undefined
              ? {}
              : {
                  OR: [{ createdAt: { lt: before.createdAt } }, { createdAt: before.createdAt, id: { lt: before.id } }],
                }),
          }),
          orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
          take: rowsToRead(page),
        }),
      );
      return pageOf(rows, page, (row) => `${row.createdAt.getTime()} ${row.id}`, recordOf);
    },

    /**
     * Registers the device that it is bound to, if it is not.
     *
     * @throws CaError `conflict` naming the secret that the same idempotency key made, `notFound` for an unknown label
     */
    async createSecret(secret: NewSecretRecord, audit?: AuditEvent): Promise<EnrollmentSecret> {
      const { idempotencyKey = null, deviceId = null, secretSha256, ...rest } = secret;
      const first =
        idempotencyKey === null
          ? null
          : await asked(() => prisma.enrollmentSecret.findUnique({ where: where({ idempotencyKey }) }));
      if (first !== null) throw madeBefore(first.id);
      return asked(
        async () => {
          const [row] = await prisma.$transaction([
            prisma.enrollmentSecret.create({
              data: { ...rest, deviceId, idempotencyKey, secretSha256: bytes(secretSha256) },
            }),
            ...registrationOf(prisma, deviceId, rest.createdAt),
            ...auditOf(prisma, audit),
          ]);
          return secretOf({ ...row, lockedUntil: null });
        },
        {
          conflict: 'The same request is making this secret at this moment. Look at the secrets of the label.',
          missing: `There is no endpoint "${secret.endpointLabel}".`,
        },
      );
    },

    /** Forgets wrong presentations whose last was before `olderThan`; give an hour at least, so that no lock is lifted. */
    async pruneSecretFailures(olderThan: Date): Promise<number> {
      const { count } = await asked(() =>
        prisma.secretFailure.deleteMany({ where: where({ lastAt: { lt: olderThan } }) }),
      );
      return count;
    },

    /** Revoking a revoked one changes nothing. @throws CaError `notFound`, also for a secret of another label */
    async revokeSecret(endpointLabel: string, id: string, at: Date, audit?: AuditEvent): Promise<EnrollmentSecret> {
      await asked(() =>
        prisma.$transaction(async (transaction) => {
          const { count } = await transaction.enrollmentSecret.updateMany({
            where: where({ id, endpointLabel, revokedAt: null }),
            data: { revokedAt: at },
          });
          if (count > 0 && audit !== undefined) await transaction.auditEvent.create({ data: auditData(audit) });
        }),
      );
      const secret = await find(id);
      if (secret?.endpointLabel !== endpointLabel) {
        throw new CaError('notFound', `There is no such secret for the endpoint "${endpointLabel}".`);
      }
      return secret;
    },
  };
}

/** What a secret is bound to is registered with it: a device known by name only gets in by such a secret. */
function registrationOf(
  prisma: PrismaClient,
  deviceId: string | null,
  createdAt: Date,
): Prisma.PrismaPromise<Prisma.BatchPayload>[] {
  if (deviceId === null) return [];
  return [prisma.device.createMany({ data: [{ id: deviceId, state: 'registered', createdAt }], skipDuplicates: true })];
}

function madeBefore(id: string): CaError {
  return new CaError(
    'conflict',
    `The same request has made the secret ${id} before. It cannot be shown again: revoke it and make another with a new key.`,
  );
}
