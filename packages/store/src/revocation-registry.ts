/** The registry as revocation uses it. */
import { crlEntryOf, isCompromise, successorOf } from '@touchmark/ca';
import type {
  AuditEvent,
  IssuedCertificate,
  ReleaseResult,
  Revocation,
  RevocationRegistry,
  RevokeResult,
} from '@touchmark/ca';
import type pg from 'pg';
import { insertAuditEvents } from './audit-log.ts';
import { findCertificate, findCertificateByFingerprint, isUuid } from './certificate-reference.ts';
import { buffer, certificateColumns, certificateOf, reasonCode } from './convert.ts';
import type { CertificateRow } from './convert.ts';
import { markShardChanged } from './crl-shards.ts';
import { isKeyCompromised, markKeysCompromised } from './key-holders.ts';
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
      const next = successorOf(found.revocation, revocation);
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
          buffer(next === revocation ? crlEntryDer : crlEntryOf(found.serialNumber, next)),
        ],
      );
      await retireAuthority(client, found);
      if (isCompromise(next.reason)) await markKeysCompromised(client, [found], audit.at);
      await insertAuditEvents(client, [audit]);
      await markShardChanged(client, found.authorityId, found.crlShard);
      return { kind: 'revoked', certificate: { ...found, revocation: next } };
    });
  }

  async release(certificateId: string, audit: AuditEvent): Promise<ReleaseResult> {
    if (!isUuid(certificateId)) return { kind: 'notFound' };
    let written = false;
    return inTransaction(this.#pool, async (client) => {
      const found = await lock(client, certificateId);
      if (found === undefined) return { kind: 'notFound' };
      if (found.revocation === undefined && written) return { kind: 'released', certificate: found };
      if (found.revocation?.reason !== 'certificateHold') return { kind: 'notHeld', certificate: found };
      if (await isKeyCompromised(client, found)) return { kind: 'keyCompromised', certificate: found };
      written = true;
      await client.query(
        `UPDATE certificate SET revoked_at = NULL, revocation_reason = NULL, invalidity_date = NULL, crl_entry = NULL
         WHERE id = $1`,
        [certificateId],
      );
      await insertAuditEvents(client, [audit]);
      await markShardChanged(client, found.authorityId, found.crlShard);
      return { kind: 'released', certificate: { ...found, revocation: undefined } };
    });
  }

  findCertificate(idOrSerialHex: string): Promise<IssuedCertificate | undefined> {
    return withConnection(this.#pool, (client) => findCertificate(client, idOrSerialHex));
  }

  findCertificateByFingerprint(fingerprintSha256: Uint8Array): Promise<IssuedCertificate | undefined> {
    return withConnection(this.#pool, (client) => findCertificateByFingerprint(client, fingerprintSha256));
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
 * Whose certificate is revoked issues nothing more, nor does any authority below it: on every node, as soon as it takes up
 * the catalog.
 */
async function retireAuthority(
  client: pg.ClientBase,
  { profileName, certificateDer }: IssuedCertificate,
): Promise<void> {
  if (!profileName.startsWith('authority-')) return;
  await client.query(
    `WITH RECURSIVE revoked AS (
       SELECT id FROM authority WHERE certificate_der = $1
       UNION SELECT below.id FROM authority AS below JOIN revoked ON below.issuer_id = revoked.id
     )
     UPDATE authority SET state = 'retired', revision = revision + 1
     WHERE id IN (SELECT id FROM revoked)`,
    [buffer(certificateDer)],
  );
}

function sameRevocation(one: Revocation | undefined, other: Revocation): boolean {
  return one?.reason === other.reason && one.revokedAt.getTime() === other.revokedAt.getTime();
}
