/**
 * One key, one device, and no compromised or blocked key. `key_holder` says for whom a key is being certified, from step 6 until
 * its intent is cleared away; from then on the certificates of the key speak for themselves. A compromised key stays in it for
 * good, one that the operator blocked until it is unblocked.
 *
 * Steps 6 and 8 hold the row of their key until they commit, so the second of two for one key sees what the first has done,
 * even where its snapshot is too old to see the first one's certificate; and a revocation for keyCompromise or a block, which
 * write the row, wait for them, or are seen by them.
 *
 * Every transaction takes its locks in this order, and rows of one table in the order of their keys, so that none wait for
 * one another in a circle: revocation_job, enrollment_secret, certificate (to renew or to revoke), key_holder (first the rows it inserts, then
 * the ones it finds), device, issuance_intent, certificate (new), crl_shard, job.
 */
import type { IssuedCertificate } from '@touchmark/ca';
import type pg from 'pg';
import { buffer } from './convert.ts';
import { after, byDigest } from './sql-text.ts';

export interface KeyHolderSource {
  /** The rows whose keys are wanted, with columns `id`, `public_key_sha256` and `device_id`. */
  readonly rows: string;
  /** The parameter that holds all keys. */
  readonly keys: string;
}

/**
 * Members of a WITH: `key_claimed` are keys whose row was inserted here, each for the first of its rows; `key_held` those whose
 * row was there, with a lock on it.
 */
export function holdKeys({ rows, keys }: KeyHolderSource): string {
  return `key_known AS MATERIALIZED (
  SELECT public_key_sha256 FROM key_holder WHERE public_key_sha256 = ANY(${keys})
),
key_unknown AS MATERIALIZED (
  SELECT id, public_key_sha256, device_id FROM ${rows} AS wanted
  WHERE NOT EXISTS (SELECT FROM key_known WHERE key_known.public_key_sha256 = wanted.public_key_sha256)
),
key_certified AS MATERIALIZED (
  SELECT DISTINCT public_key_sha256, device_id FROM certificate
  WHERE ${byDigest('public_key_sha256', 'ARRAY(SELECT public_key_sha256 FROM key_unknown)')}
),
key_claimed AS (
  INSERT INTO key_holder (public_key_sha256, device_id)
  SELECT DISTINCT ON (public_key_sha256) public_key_sha256, device_id FROM key_unknown
  WHERE NOT EXISTS (
    SELECT FROM key_certified WHERE key_certified.public_key_sha256 = key_unknown.public_key_sha256
      AND key_certified.device_id IS DISTINCT FROM key_unknown.device_id)
  ORDER BY public_key_sha256, id
  ON CONFLICT (public_key_sha256) DO NOTHING RETURNING public_key_sha256, device_id
),
key_held AS MATERIALIZED (
  SELECT public_key_sha256, device_id FROM key_holder
  WHERE public_key_sha256 = ANY(${keys}) AND compromised_at IS NULL AND blocked_at IS NULL AND ${after('key_claimed')}
  ORDER BY public_key_sha256 FOR SHARE
)`;
}

/** Whether the key of this row is held for its device, by the members that `holdKeys` made. */
export function holdsKey(row: string): string {
  const among = (set: string): string => `EXISTS (
    SELECT FROM ${set} WHERE ${set}.public_key_sha256 = ${row}.public_key_sha256
      AND ${set}.device_id IS NOT DISTINCT FROM ${row}.device_id)`;
  return `(${among('key_claimed')} OR ${among('key_held')})`;
}

/** @param client inside the transaction of the revocation, which has locked the certificates */
export async function markKeysCompromised(
  client: pg.ClientBase,
  certificates: readonly Pick<IssuedCertificate, 'publicKeySha256' | 'deviceId'>[],
  at: Date,
): Promise<void> {
  await client.query(
    `INSERT INTO key_holder AS h (public_key_sha256, device_id, compromised_at)
     SELECT DISTINCT ON (key) key, device_id, $3::timestamptz
     FROM unnest($1::bytea[], $2::text[]) AS compromised(key, device_id) ORDER BY key
     ON CONFLICT (public_key_sha256) DO UPDATE SET compromised_at = coalesce(h.compromised_at, excluded.compromised_at)`,
    [
      certificates.map(({ publicKeySha256 }) => buffer(publicKeySha256)),
      certificates.map(({ deviceId }) => deviceId ?? null),
      at,
    ],
  );
}

/** Whether any certificate of the key was revoked for a compromise; holds the key's row until the commit. */
export async function isKeyCompromised(
  client: pg.ClientBase,
  { publicKeySha256 }: IssuedCertificate,
): Promise<boolean> {
  const { rows } = await client.query<{ compromised: boolean }>(
    `SELECT compromised_at IS NOT NULL AS compromised FROM key_holder WHERE public_key_sha256 = $1 FOR SHARE`,
    [buffer(publicKeySha256)],
  );
  return rows[0]?.compromised ?? false;
}
