/** Administrators, and the one-time tokens that make the first of them. */
import { randomBytes } from 'node:crypto';
import { CaError, uuidV7 } from '@touchmark/ca';
import type { AuditEvent } from '@touchmark/ca';
import type pg from 'pg';
import { insertAuditEvents } from '../audit-log.ts';
import { absent, buffer, bytes } from '../convert.ts';
import { where } from '../defined-where.ts';
import type { PrismaClient } from '../generated/client.ts';
import type { PrincipalModel } from '../generated/models/Principal.ts';
import { inTransaction } from '../retry.ts';
import { auditData, auditOf } from './audit.ts';
import { uuidForm } from './page.ts';
import { asked } from './prisma-errors.ts';

/** One credential of an administrator. */
export interface PrincipalRecord {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly certificateFingerprintSha256: Uint8Array | undefined;
  readonly tokenSha256: Uint8Array | undefined;
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
  readonly revokedAt: Date | undefined;
}

export interface NewPrincipal {
  readonly name: string;
  readonly role: string;
  readonly certificateFingerprintSha256: Uint8Array | undefined;
  readonly tokenSha256: Uint8Array | undefined;
  readonly createdAt: Date;
  readonly expiresAt?: Date | undefined;
}

export interface NewSetupToken {
  readonly tokenSha256: Uint8Array;
  /** Of the principal that it makes. */
  readonly role: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export function createPrincipalAdmin(prisma: PrismaClient, pool: pg.Pool) {
  return {
    /** Also one that is revoked or expired: that is for the caller to judge. */
    async findPrincipalByFingerprint(fingerprintSha256: Uint8Array): Promise<PrincipalRecord | undefined> {
      return principalOf(
        await asked(() =>
          prisma.principal.findUnique({ where: where({ certificateFingerprintSha256: bytes(fingerprintSha256) }) }),
        ),
      );
    },

    async findPrincipalByTokenSha256(tokenSha256: Uint8Array): Promise<PrincipalRecord | undefined> {
      return principalOf(
        await asked(() => prisma.principal.findUnique({ where: where({ tokenSha256: bytes(tokenSha256) }) })),
      );
    },

    async listPrincipals(): Promise<readonly PrincipalRecord[]> {
      const rows = await asked(() => prisma.principal.findMany({ orderBy: { id: 'asc' } }));
      return rows.map(recordOf);
    },

    /** @throws CaError `conflict` when the credential is known already */
    async insertPrincipal(principal: NewPrincipal, audit?: AuditEvent): Promise<PrincipalRecord> {
      return asked(
        async () => {
          const [row] = await prisma.$transaction([
            prisma.principal.create({ data: principalData(principal) }),
            ...auditOf(prisma, audit),
          ]);
          return recordOf(row);
        },
        { conflict: 'This certificate or token belongs to an administrator already.' },
      );
    },

    /** Revoking a revoked one changes nothing. @throws CaError `notFound` */
    async revokePrincipal(id: string, at: Date, audit?: AuditEvent): Promise<PrincipalRecord> {
      const row = uuidForm.test(id)
        ? await asked(() =>
            prisma.$transaction(async (transaction) => {
              const { count } = await transaction.principal.updateMany({
                where: where({ id, revokedAt: null }),
                data: { revokedAt: at },
              });
              if (count > 0 && audit !== undefined) await transaction.auditEvent.create({ data: auditData(audit) });
              return transaction.principal.findUnique({ where: where({ id }) });
            }),
          )
        : null;
      if (row === null) throw new CaError('notFound', 'There is no such administrator.');
      return recordOf(row);
    },

    async createSetupToken(
      { tokenSha256, role, createdAt, expiresAt }: NewSetupToken,
      audit?: AuditEvent,
    ): Promise<void> {
      await asked(
        () =>
          prisma.$transaction([
            prisma.setupToken.create({ data: { tokenSha256: bytes(tokenSha256), role, createdAt, expiresAt } }),
            ...auditOf(prisma, audit),
          ]),
        { conflict: 'There is such a setup token already.' },
      );
    },

    /**
     * Spends the token and makes a principal of its role in one transaction; of concurrent calls one succeeds.
     *
     * @param effect what comes of it, by the role of the token; nothing does when it throws
     * @throws CaError `secretWrong` unknown, `secretSpent` used before, `secretExpired` too old
     */
    async consumeSetupToken(
      tokenSha256: Uint8Array,
      at: Date,
      effect: (role: string) => { readonly principal: NewPrincipal; readonly audit?: AuditEvent },
    ): Promise<PrincipalRecord> {
      return inTransaction(pool, async (client) => {
        const { principal, audit } = effect(await spend(client, tokenSha256, at));
        const row = principalData(principal);
        await insertRow(client, row);
        if (audit !== undefined) await insertAuditEvents(client, [audit]);
        return recordOf(row);
      });
    },
  };
}

/** Returns the role that the token is for. */
async function spend(client: pg.ClientBase, tokenSha256: Uint8Array, at: Date): Promise<string> {
  const { rows } = await client.query<{ role: string; expiresAt: Date; usedAt: Date | null }>(
    `SELECT role, expires_at AS "expiresAt", used_at AS "usedAt" FROM setup_token WHERE token_sha256 = $1 FOR UPDATE`,
    [buffer(tokenSha256)],
  );
  const [token] = rows;
  if (token === undefined)
    throw new CaError('secretWrong', 'This setup link is not known. Check that all of it was copied.');
  if (token.usedAt !== null)
    throw new CaError('secretSpent', 'This setup link was used already. Make a new one on the host.');
  if (at >= token.expiresAt)
    throw new CaError('secretExpired', 'This setup link has expired. Make a new one on the host.');
  await client.query('UPDATE setup_token SET used_at = $2 WHERE token_sha256 = $1', [buffer(tokenSha256), at]);
  return token.role;
}

async function insertRow(client: pg.ClientBase, row: PrincipalModel): Promise<void> {
  await client.query(
    `INSERT INTO principal (id, name, role, certificate_fingerprint_sha256, token_sha256, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [
      row.id,
      row.name,
      row.role,
      row.certificateFingerprintSha256 === null ? null : buffer(row.certificateFingerprintSha256),
      row.tokenSha256 === null ? null : buffer(row.tokenSha256),
      row.createdAt,
      row.expiresAt,
    ],
  );
}

function principalData(principal: NewPrincipal): PrincipalModel {
  const { name, role, certificateFingerprintSha256, tokenSha256, createdAt, expiresAt = null } = principal;
  return {
    id: uuidV7(createdAt, (length) => new Uint8Array(randomBytes(length))),
    name,
    role,
    certificateFingerprintSha256:
      certificateFingerprintSha256 === undefined ? null : bytes(certificateFingerprintSha256),
    tokenSha256: tokenSha256 === undefined ? null : bytes(tokenSha256),
    createdAt,
    expiresAt,
    revokedAt: null,
  };
}

function principalOf(row: PrincipalModel | null): PrincipalRecord | undefined {
  return row === null ? undefined : recordOf(row);
}

function recordOf(row: PrincipalModel): PrincipalRecord {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    certificateFingerprintSha256:
      row.certificateFingerprintSha256 === null ? undefined : bytes(row.certificateFingerprintSha256),
    tokenSha256: row.tokenSha256 === null ? undefined : bytes(row.tokenSha256),
    createdAt: row.createdAt,
    expiresAt: absent(row.expiresAt),
    revokedAt: absent(row.revokedAt),
  };
}
