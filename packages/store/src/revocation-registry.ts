/** The registry as revocation uses it. */
import type { AuditEvent, IssuedCertificate, Revocation, RevocationRegistry, RevokeResult } from '@touchmark/ca';
import { encodeCrlEntry } from '@touchmark/x509';
import type pg from 'pg';
import { insertAuditEvents } from './audit-log.ts';
import { findCertificate } from './certificate-reference.ts';
import { isUuid } from './certificate-reference.ts';
import { buffer, certificateColumns, certificateOf, reasonCode } from './convert.ts';
import type { CertificateRow } from './convert.ts';
import { markShardChanged } from './crl-shards.ts';
import { markKeyCompromised } from './key-holders.ts';
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
    let written: Revocation | undefined;
    return inTransaction(this.#pool, async (client) => {
      const found = await lock(client, certificateId);
      if (found === undefined) return { kind: 'notFound' };
      const next = successor(found.revocation, revocation);
      if (next === undefined) {
        const ours = written !== undefined && sameRevocation(found.revocation, written);
        return { kind: ours ? 'revoked' : 'alreadyRevoked', certificate: found };
      }
      written = next;
      await client.query(
        `UPDATE certificate SET revoked_at = $2, revocation_reason = $3, invalidity_date = $4, crl_entry = $5 WHERE id = $1`,
        [
          certificateId,
          next.revokedAt,
          reasonCode(next.reason),
          next.invalidityDate ?? null,
          buffer(next === revocation ? crlEntryDer : crlEntryOf(found, next)),
        ],
      );
      if (next.reason === 'keyCompromise') await markKeyCompromised(client, found, audit.at);
      await insertAuditEvents(client, [audit]);
      await markShardChanged(client, found.authorityId, found.crlShard);
      return { kind: 'revoked', certificate: { ...found, revocation: next } };
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

/**
 * What is to be on record; undefined: what is there stands. A hold may become a revocation (RFC 5280 §5.3.1), which then begins
 * anew. That the key is compromised may turn out later: the certificate stays revoked since when it was.
 */
function successor(stored: Revocation | undefined, wanted: Revocation): Revocation | undefined {
  if (stored === undefined) return wanted;
  if (stored.reason === wanted.reason) return undefined;
  if (stored.reason === 'certificateHold') return wanted;
  if (wanted.reason !== 'keyCompromise') return undefined;
  return { ...wanted, revokedAt: stored.revokedAt, invalidityDate: wanted.invalidityDate ?? stored.invalidityDate };
}

function crlEntryOf({ serialNumber }: IssuedCertificate, revocation: Revocation): Uint8Array {
  return encodeCrlEntry({ serialNumber, revocationDate: revocation.revokedAt, ...revocation });
}

function sameRevocation(one: Revocation | undefined, other: Revocation): boolean {
  return one?.reason === other.reason && one.revokedAt.getTime() === other.revokedAt.getTime();
}
