/** Revoking a few hundred certificates in one transaction, each as it would be revoked alone. */
import { toHex } from '@touchmark/asn1';
import { crlEntryOf, isCompromise, successorOf } from '@touchmark/ca';
import type { AuditEvent, Revocation } from '@touchmark/ca';
import type pg from 'pg';
import { insertAuditEvents } from './audit-log.ts';
import { absent, buffer, bytes, reasonCode, revocationOf } from './convert.ts';
import type { CertificateRow } from './convert.ts';
import { markShardsChanged } from './crl-shards.ts';
import type { ShardChanges } from './crl-shards.ts';
import { markKeysCompromised } from './key-holders.ts';

/** What of a certificate its revocation needs. */
export interface Revocable {
  readonly id: string;
  readonly authorityId: string;
  readonly crlShard: number;
  readonly serialNumber: Uint8Array;
  readonly publicKeySha256: Uint8Array;
  readonly deviceId: string | undefined;
}

interface Change {
  readonly certificate: Revocable;
  readonly next: Revocation;
}

type Row = Pick<
  CertificateRow,
  | 'id'
  | 'authorityId'
  | 'crlShard'
  | 'serialNumber'
  | 'publicKeySha256'
  | 'deviceId'
  | 'revokedAt'
  | 'revocationReason'
  | 'invalidityDate'
>;

/**
 * Returns how many it revoked: what is revoked already stays as it is, but for what `successorOf` says.
 *
 * @param client inside a transaction
 * @param audit the event of one certificate, but for its subject and what is told of the certificate
 */
export async function revokeCertificates(
  client: pg.ClientBase,
  ids: readonly string[],
  wanted: Revocation,
  audit: Omit<AuditEvent, 'subject'>,
): Promise<number> {
  const { rows } = await client.query<Row>(
    `SELECT id, authority_id AS "authorityId", crl_shard AS "crlShard", serial_number AS "serialNumber",
       public_key_sha256 AS "publicKeySha256", device_id AS "deviceId", revoked_at AS "revokedAt",
       revocation_reason AS "revocationReason", invalidity_date AS "invalidityDate"
     FROM certificate WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE`,
    [ids],
  );
  const changes = rows.flatMap((row): Change[] => {
    const next = successorOf(revocationOf(row), wanted);
    return next === undefined ? [] : [{ certificate: revocableOf(row), next }];
  });
  if (changes.length === 0) return 0;
  await update(client, changes);
  if (isCompromise(wanted.reason)) {
    await markKeysCompromised(
      client,
      changes.map(({ certificate }) => certificate),
      audit.at,
    );
  }
  await insertAuditEvents(
    client,
    changes.map(({ certificate }) => auditOf(certificate, audit)),
  );
  await markShardsChanged(client, shardsOf(changes), 'underWay');
  return changes.length;
}

async function update(client: pg.ClientBase, changes: readonly Change[]): Promise<void> {
  await client.query(
    `UPDATE certificate SET revoked_at = next.revoked_at, revocation_reason = next.reason,
       invalidity_date = next.invalidity_date, crl_entry = next.crl_entry
     FROM unnest($1::uuid[], $2::timestamptz[], $3::smallint[], $4::timestamptz[], $5::bytea[])
       AS next(id, revoked_at, reason, invalidity_date, crl_entry)
     WHERE certificate.id = next.id AND certificate.id = ANY($1::uuid[])`,
    [
      changes.map(({ certificate }) => certificate.id),
      changes.map(({ next }) => next.revokedAt),
      changes.map(({ next }) => reasonCode(next.reason)),
      changes.map(({ next }) => next.invalidityDate ?? null),
      changes.map(({ certificate, next }) => buffer(crlEntryOf(certificate.serialNumber, next))),
    ],
  );
}

function shardsOf(changes: readonly Change[]): ShardChanges[] {
  const byShard = Map.groupBy(changes, ({ certificate }) => `${certificate.authorityId}:${certificate.crlShard}`);
  return [...byShard.values()].flatMap((members) =>
    members.slice(0, 1).map(({ certificate }) => ({
      authorityId: certificate.authorityId,
      shard: certificate.crlShard,
      changes: members.length,
    })),
  );
}

/** One event per certificate: who looks at a certificate later finds its revocation without knowing of the job. */
function auditOf({ id, serialNumber, deviceId }: Revocable, audit: Omit<AuditEvent, 'subject'>): AuditEvent {
  return {
    ...audit,
    subject: `certificate:${id}`,
    details: { serialNumber: toHex(serialNumber), ...audit.details, device: deviceId ?? null },
  };
}

function revocableOf(row: Row): Revocable {
  return {
    id: row.id,
    authorityId: row.authorityId,
    crlShard: row.crlShard,
    serialNumber: bytes(row.serialNumber),
    publicKeySha256: bytes(row.publicKeySha256),
    deviceId: absent(row.deviceId),
  };
}
