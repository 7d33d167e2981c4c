/** What became of requests, by their digests. */
import type { IssuanceIntent, IssuedCertificate, RecordedOutcome } from '@touchmark/ca';
import type pg from 'pg';
import { buffer, certificateColumns, certificateOf, hex, intentColumns, intentOf } from './convert.ts';
import type { CertificateRow, IntentRow } from './convert.ts';
import { byDigest } from './sql-text.ts';

/** By digest in hex; a request that was never recorded is absent. */
export async function findOutcomes(
  client: pg.ClientBase,
  requestDigests: readonly Uint8Array[],
): Promise<Map<string, RecordedOutcome>> {
  const values = [requestDigests.map(buffer)];
  // Nearly every request is new: one look at two indexes says so.
  const known = await client.query({
    name: 'find-known-digests',
    text: `SELECT FROM issuance_intent WHERE request_digest = ANY($1::bytea[])
      UNION ALL SELECT FROM certificate WHERE ${byDigest('request_digest', '$1::bytea[]', 'unique')}`,
    values,
  });
  if (known.rowCount === 0) return new Map();
  // Certificates last: an intent that is seen here may have got its certificate by then, never the other way round.
  const intents = await client.query<IntentRow>({
    name: 'find-intents',
    text: `SELECT ${intentColumns} FROM issuance_intent WHERE request_digest = ANY($1::bytea[])`,
    values,
  });
  const certificates = await client.query<CertificateRow>({
    name: 'find-certificates-by-digest',
    text: `SELECT ${certificateColumns} FROM certificate WHERE ${byDigest('request_digest', '$1::bytea[]', 'unique')}`,
    values,
  });
  const outcomes = new Map<
    string,
    { intent: IssuanceIntent | undefined; certificate: IssuedCertificate | undefined }
  >();
  for (const row of intents.rows)
    outcomes.set(hex(row.requestDigest), { intent: intentOf(row), certificate: undefined });
  for (const row of certificates.rows) {
    const key = hex(row.requestDigest);
    outcomes.set(key, { intent: outcomes.get(key)?.intent, certificate: certificateOf(row) });
  }
  return outcomes;
}
