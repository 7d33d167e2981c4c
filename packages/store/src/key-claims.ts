/**
 * One key, one device: every transaction that records an intent or a certificate holds the claim on its key. Who comes second
 * waits for the first and then sees its claim, even where its snapshot is too old to see the first one's certificate.
 */
import type { IssuanceIntent } from '@touchmark/ca';
import type pg from 'pg';
import { buffer } from './convert.ts';

export interface KeyClaimSource {
  /** The rows that claim, with a column `public_key_sha256`. */
  readonly from: string;
  readonly intentId: string;
  readonly owner: string;
  /** The parameter that holds all keys. */
  readonly keys: string;
}

/** Members of a WITH: `key_claimed` gives the owner of each key, `key_certified` what its certificates say by now. */
export function claimKeys({ from, intentId, owner, keys }: KeyClaimSource): string {
  return `key_claimed AS (
  INSERT INTO key_claim (public_key_sha256, intent_id, owner, touched_at)
  SELECT DISTINCT ON (public_key_sha256) public_key_sha256, ${intentId}, ${owner}, now()
  FROM ${from} ORDER BY public_key_sha256, ${intentId}
  ON CONFLICT (public_key_sha256) DO UPDATE SET reused = true, touched_at = now()
  RETURNING public_key_sha256, owner
),
key_certified AS MATERIALIZED (
  SELECT public_key_sha256, device_id, revocation_reason FROM certificate
  WHERE ${byDigest('public_key_sha256', keys)}
  ORDER BY id FOR SHARE
)`;
}

/** RFC 5280 §5.3.1: keyCompromise is 1; what is said of a key holds for every certificate of it. */
export function keyIsFree(key: string, owner: string): string {
  return `EXISTS (
    SELECT FROM key_claimed WHERE key_claimed.public_key_sha256 = ${key} AND key_claimed.owner IS NOT DISTINCT FROM ${owner})
  AND NOT EXISTS (
    SELECT FROM key_certified WHERE key_certified.public_key_sha256 = ${key}
      AND (key_certified.device_id IS DISTINCT FROM ${owner} OR key_certified.revocation_reason = 1))`;
}

/** Through the index over the first octets of the digest. @param digests a parameter with whole ones */
export function byDigest(digest: string, digests: string): string {
  return `substring(${digest} FROM 1 FOR 7) = ANY(ARRAY(SELECT substring(wanted FROM 1 FOR 7) FROM unnest(${digests}) AS wanted))
    AND ${digest} = ANY(${digests})`;
}

/** Gives up the claims of intents that came to nothing, unless somebody has relied on them since. */
export async function releaseKeyClaims(client: pg.ClientBase, intents: readonly IssuanceIntent[]): Promise<void> {
  if (intents.length === 0) return;
  await client.query({
    name: 'release-key-claims',
    text: `DELETE FROM key_claim
      WHERE public_key_sha256 = ANY($1::bytea[]) AND intent_id = ANY($2::uuid[]) AND NOT reused`,
    values: [intents.map(({ publicKeySha256 }) => buffer(publicKeySha256)), intents.map(({ id }) => id)],
  });
}

/**
 * Removes claims that nobody has touched for an hour: their certificates are visible to everybody since. An intent that is
 * still open then claims its key anew before its certificate is recorded.
 */
export async function pruneKeyClaims(client: pg.ClientBase): Promise<void> {
  await client.query(`DELETE FROM key_claim WHERE touched_at < now() - interval '1 hour'`);
}
