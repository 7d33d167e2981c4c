/** Wrong presentations of enrollment secrets, counted by remote address: a stranger locks out only himself. */
import type { SecretReference } from '@touchmark/ca';
import type pg from 'pg';
import { storableText } from './convert.ts';
import { inTransaction } from './retry.ts';

/** 5 wrong presentations within 15 minutes lock a secret for 30 (DESIGN: defaults). */
const statement = `
INSERT INTO secret_failure AS f (secret_id, remote_address, failed_at, last_at)
SELECT id, $2, ARRAY[$3::timestamptz], $3 FROM enrollment_secret WHERE id = $1
ON CONFLICT (secret_id, remote_address) DO UPDATE SET
  failed_at = array(
    SELECT t FROM unnest(f.failed_at || excluded.failed_at) AS t WHERE t > $3::timestamptz - interval '15 minutes'
  ),
  last_at = greatest(f.last_at, $3)`;

const lock = `
UPDATE secret_failure SET failed_at = '{}', locked_until = $3::timestamptz + interval '30 minutes'
WHERE secret_id = $1 AND remote_address = $2 AND cardinality(failed_at) >= 5`;

/** What can neither lock nor be locked any more. */
const forget = `DELETE FROM secret_failure WHERE secret_id = $1 AND last_at < $2::timestamptz - interval '1 hour'`;

export function recordSecretFailure(
  pool: pg.Pool,
  { id, remoteAddress }: Omit<SecretReference, 'kind'>,
  at: Date,
): Promise<void> {
  const key = [storableText(id), storableText(remoteAddress)];
  return inTransaction(pool, async (client) => {
    await client.query({ name: 'record-secret-failure', text: statement, values: [...key, at] });
    await client.query({ name: 'lock-secret', text: lock, values: [...key, at] });
    await client.query({ name: 'forget-secret-failures', text: forget, values: [key[0], at] });
  });
}
