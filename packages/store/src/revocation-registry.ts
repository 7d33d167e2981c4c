/** The registry as revocation uses it. */
import type { AuditEvent, IssuedCertificate, Revocation, RevocationRegistry, RevokeResult } from '@touchmark/ca';
import type pg from 'pg';
import { insertAuditEvents } from './audit-log.ts';
import { findCertificate } from './certificate-reference.ts';
import { isUuid } from './certificate-reference.ts';
import { buffer, certificateColumns, certificateOf, reasonCode } from './convert.ts';
import type { CertificateRow } from './convert.ts';
import { markShardChanged } from './crl-shards.ts';
import { inTransaction, withConnection } from './retry.ts';

export class PostgresRevocationRegistry implements RevocationRegistry {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async revoke(
    certificateId: string,
    revocation: Revocation,
    crlEntryDer: Uint8Array,
    audit: AuditEvent,
  ): Promise<RevokeResult> {
    if (!isUuid(certificateId)) return { kind: 'notFound' };
    // A run whose answer was lost may have committed: what the next run finds may be its work.
    let earlierRuns = 0;
    return inTransaction(this.#pool, async (client) => {
      const found = await lock(client, certificateId);
      if (found === undefined) return { kind: 'notFound' };
      if (found.revocation !== undefined && !mayReplace(found.revocation, revocation)) {
        const ours = earlierRuns > 0 && sameRevocation(found.revocation, revocation);
        return { kind: ours ? 'revoked' : 'alreadyRevoked', certificate: found };
      }
      earlierRuns++;
      await client.query(
        `UPDATE certificate SET revoked_at = $2, revocation_reason = $3, invalidity_date = $4, crl_entry = $5 WHERE id = $1`,
        [
          certificateId,
          revocation.revokedAt,
          reasonCode(revocation.reason),
          revocation.invalidityDate ?? null,
          buffer(crlEntryDer),
        ],
      );
      await insertAuditEvents(client, [audit]);
      await markShardChanged(client, found.authorityId, found.crlShard);
      return { kind: 'revoked', certificate: { ...found, revocation } };
    });
  }

  findCertificate(idOrSerialHex: string): Promise<IssuedCertificate | undefined> {
    return withConnection(this.#pool, (client) => findCertificate(client, idOrSerialHex));
  }
}

async function lock(client: pg.ClientBase, id: string): Promise<IssuedCertificate | undefined> {
  const { rows } = await client.query<CertificateRow>(
    `SELECT ${certificateColumns} FROM certificate WHERE id = $1 FOR UPDATE`,
    [id],
  );
  const [row] = rows;
  return row === undefined ? undefined : certificateOf(row);
}

/** A hold may become a revocation; every other revocation stands as it is (RFC 5280 §5.3.1). */
function mayReplace(stored: Revocation, wanted: Revocation): boolean {
  return stored.reason === 'certificateHold' && wanted.reason !== 'certificateHold';
}

function sameRevocation(one: Revocation, other: Revocation): boolean {
  return one.reason === other.reason && one.revokedAt.getTime() === other.revokedAt.getTime();
}
