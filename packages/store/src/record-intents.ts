/** Step 6 for many requests at once: guards, secrets, keys, devices and intents in one statement. */
import { CaError } from '@touchmark/ca';
import type { IssuanceGuard, IssuanceIntent, RecordedOutcome, RecordIntentResult } from '@touchmark/ca';
import type pg from 'pg';
import { activeCertificates, openIntents, underLimits } from './certificate-limits.ts';
import { hex } from './convert.ts';
import { findGuardFailures } from './guard-failures.ts';
import { holdKeys, holdsKey } from './key-holders.ts';
import { findOutcomes } from './outcomes.ts';
import { errorCode } from './sql-errors.ts';
import { after, authorityInUse, byDigest } from './sql-text.ts';
import { rowSet } from './unnest.ts';

export interface IntentInput {
  readonly intent: IssuanceIntent;
  readonly guard: IssuanceGuard;
}

const intentColumnNames = `id, attempt_id, authority_id, not_before, not_after, created_at, profile_version, crl_shard,
  serial_number, public_key_sha256, request_digest, device_id, profile_name, tbs_certificate_der, max_active_certificates`;

const limited = {
  deviceId: 'fresh.guard_device_id',
  profileName: 'fresh.profile_name',
  at: 'fresh.created_at',
  renewedId: 'fresh.unrevoked_certificate_id',
  ownId: 'fresh.id',
};

const input = rowSet<IntentInput>('input', {
  id: ['uuid', ({ intent }) => intent.id],
  attempt_id: ['uuid', ({ intent }) => intent.attemptId],
  authority_id: ['uuid', ({ intent }) => intent.authorityId],
  not_before: ['timestamptz', ({ intent }) => intent.notBefore],
  not_after: ['timestamptz', ({ intent }) => intent.notAfter],
  created_at: ['timestamptz', ({ intent }) => intent.createdAt],
  profile_version: ['smallint', ({ intent }) => intent.profileVersion],
  crl_shard: ['smallint', ({ intent }) => intent.crlShard],
  serial_number: ['bytea', ({ intent }) => intent.serialNumber],
  public_key_sha256: ['bytea', ({ intent }) => intent.publicKeySha256],
  request_digest: ['bytea', ({ intent }) => intent.requestDigest],
  device_id: ['text', ({ intent }) => intent.deviceId],
  profile_name: ['text', ({ intent }) => intent.profileName],
  tbs_certificate_der: ['bytea', ({ intent }) => intent.tbsCertificateDer],
  spend_secret_id: ['text', ({ guard }) => guard.spendSecretId],
  unrevoked_certificate_id: ['uuid', ({ guard }) => guard.unrevokedCertificateId],
  guard_device_id: ['text', ({ guard }) => guard.deviceId],
  registration: ['text', ({ guard }) => guard.registration],
  max_active_certificates: ['smallint', ({ guard }) => guard.maxActiveCertificates],
  authority_in_use: ['boolean', ({ guard }) => guard.authorityInUse],
  approved_request_id: ['uuid', ({ guard }) => guard.approvedRequestId],
});

/** What is right before any key or device is touched: an intent that fails here leaves no trace. */
const candidates = `
input AS MATERIALIZED (
  SELECT * FROM ${input.source}
),
known AS MATERIALIZED (
  SELECT request_digest FROM issuance_intent WHERE request_digest = ANY(${input.parameter('request_digest')})
  UNION ALL
  SELECT request_digest FROM certificate WHERE ${byDigest('request_digest', input.parameter('request_digest'), 'unique')}
),
fresh AS MATERIALIZED (
  SELECT once.*, row_number() OVER (PARTITION BY spend_secret_id ORDER BY id) AS use,
    row_number() OVER (PARTITION BY guard_device_id, registration <> 'none' ORDER BY id) AS registration_turn,
    row_number() OVER (PARTITION BY guard_device_id, profile_name, max_active_certificates IS NULL ORDER BY id) AS limit_turn
  FROM (
    SELECT DISTINCT ON (request_digest) * FROM input
    WHERE NOT EXISTS (SELECT FROM known WHERE known.request_digest = input.request_digest) ORDER BY request_digest, id
  ) AS once
),
secret AS MATERIALIZED (
  SELECT id, max_uses - uses AS remaining, expires_at FROM enrollment_secret
  WHERE id = ANY(${input.parameter('spend_secret_id')}) AND uses < max_uses AND revoked_at IS NULL
  ORDER BY id FOR UPDATE
),
approved AS MATERIALIZED (
  SELECT id FROM pending_request
  WHERE id = ANY(${input.parameter('approved_request_id')}) AND state = 'approved' AND ${after('secret')}
  ORDER BY id FOR SHARE
),
renewed AS MATERIALIZED (
  SELECT id FROM certificate
  WHERE id = ANY(${input.parameter('unrevoked_certificate_id')}) AND revoked_at IS NULL AND ${after('approved')}
  ORDER BY id FOR SHARE
),
device_known AS MATERIALIZED (
  SELECT id, state IN ('registered', 'active') AS free FROM device WHERE id = ANY(${input.parameter('guard_device_id')})
),
candidate AS MATERIALIZED (
  SELECT fresh.* FROM fresh
  LEFT JOIN secret ON secret.id = fresh.spend_secret_id
  LEFT JOIN approved ON approved.id = fresh.approved_request_id
  LEFT JOIN renewed ON renewed.id = fresh.unrevoked_certificate_id
  LEFT JOIN device_known ON device_known.id = fresh.guard_device_id
  WHERE (fresh.spend_secret_id IS NULL OR (fresh.use <= secret.remaining AND fresh.created_at < secret.expires_at))
    AND (fresh.approved_request_id IS NULL OR approved.id IS NOT NULL)
    AND (fresh.unrevoked_certificate_id IS NULL OR renewed.id IS NOT NULL)
    AND (fresh.guard_device_id IS NULL OR CASE fresh.registration
      WHEN 'none' THEN device_known.free
      WHEN 'ifUnknown' THEN device_known.id IS NULL OR device_known.free
      ELSE device_known.id IS NULL AND fresh.registration_turn = 1 END)
    AND (fresh.authority_in_use IS NOT TRUE OR ${authorityInUse('fresh.authority_id')})
    AND (fresh.max_active_certificates IS NULL OR fresh.guard_device_id IS NULL OR fresh.limit_turn
      + ${activeCertificates(limited)} + ${openIntents(limited)} <= fresh.max_active_certificates)
)`;

/**
 * A row that another transaction changed meanwhile is looked at again once its lock is granted, so every guard holds at the
 * commit. Several uses of one secret in a batch are numbered, and only as many pass as it has left; of several requests for
 * one new device name, one passes. An intent is neither written twice nor for a request that has its certificate. Should a
 * key or a device have been taken for an intent that then came to nothing, because another transaction was just committing,
 * all of it is rolled back and run again.
 */
const statement = `
WITH ${candidates},
${holdKeys({ rows: 'candidate', keys: input.parameter('public_key_sha256') })},
keyed AS MATERIALIZED (
  SELECT candidate.* FROM candidate WHERE ${holdsKey('candidate')}
),
registered AS (
  INSERT INTO device (id, created_at, state)
  SELECT DISTINCT ON (guard_device_id) guard_device_id, created_at, 'registered'::device_state
  FROM keyed WHERE registration <> 'none' AND guard_device_id IS NOT NULL ORDER BY guard_device_id, id
  ON CONFLICT (id) DO NOTHING RETURNING id
),
device_free AS MATERIALIZED (
  SELECT id FROM device
  WHERE id = ANY(${input.parameter('guard_device_id')}) AND state IN ('registered', 'active') AND ${after('registered')}
  ORDER BY id FOR SHARE
),
inserted AS (
  INSERT INTO issuance_intent (${intentColumnNames})
  SELECT ${intentColumnNames} FROM keyed
  WHERE guard_device_id IS NULL
    OR EXISTS (SELECT FROM registered WHERE registered.id = guard_device_id)
    OR registration <> 'mustBeUnknown' AND EXISTS (SELECT FROM device_free WHERE device_free.id = guard_device_id)
  ORDER BY request_digest
  ON CONFLICT (request_digest) DO NOTHING RETURNING id
),
recorded AS MATERIALIZED (
  SELECT id, public_key_sha256, guard_device_id, spend_secret_id FROM inserted JOIN input USING (id)
),
spent AS (
  UPDATE enrollment_secret SET uses = uses + used.count
  FROM (
    SELECT spend_secret_id, count(*)::int AS count FROM recorded WHERE spend_secret_id IS NOT NULL GROUP BY spend_secret_id
  ) AS used
  WHERE enrollment_secret.id = used.spend_secret_id AND enrollment_secret.id = ANY(${input.parameter('spend_secret_id')})
)
SELECT id FROM recorded
UNION ALL
SELECT try_again()
WHERE EXISTS (SELECT public_key_sha256 FROM key_claimed EXCEPT SELECT public_key_sha256 FROM recorded)
  OR EXISTS (SELECT id FROM registered EXCEPT SELECT guard_device_id FROM recorded)`;

const uniqueViolation = '23505';

/** How often an input may come out neither recorded nor explained: it met a transaction that was just committing. */
const maxRounds = 20;

/** In the order of the inputs; run again after a lost answer, it recognises what it recorded before. */
export async function recordIntents(
  client: pg.ClientBase,
  inputs: readonly IntentInput[],
): Promise<(RecordIntentResult | Error)[]> {
  const results = new Map<string, RecordIntentResult>();
  let open = inputs;
  for (let round = 0; open.length > 0 && round < maxRounds; round++) {
    for (const id of await record(client, open)) results.set(id, { kind: 'recorded' });
    open = open.filter(({ intent }) => !results.has(intent.id));
    if (open.length > 0) open = await explain(client, open, results);
  }
  return inputs.map(
    ({ intent }) => results.get(intent.id) ?? new CaError('internal', 'The request could not be recorded.'),
  );
}

/** The ids of those that are recorded now. */
async function record(client: pg.ClientBase, inputs: readonly IntentInput[]): Promise<readonly string[]> {
  try {
    const query = { name: 'record-intents', text: statement, values: input.values(inputs) };
    const guards = inputs.map(({ guard }) => guard);
    const { rows } = await underLimits(client, guards, () => client.query<{ id: string }>(query));
    return rows.map(({ id }) => id);
  } catch (error) {
    // In a larger batch it is the database's word on all of them, and they are tried by halves.
    if (inputs.length === 1 && errorCode(error) === uniqueViolation) {
      throw new CaError('internal', 'The serial number is in use already.', { cause: error });
    }
    throw error;
  }
}

/** Why these were not inserted. Returns those for which there is no reason any more. */
async function explain(
  client: pg.ClientBase,
  inputs: readonly IntentInput[],
  results: Map<string, RecordIntentResult>,
): Promise<readonly IntentInput[]> {
  const outcomes = await findOutcomes(
    client,
    inputs.map(({ intent }) => intent.requestDigest),
  );
  const unknown: IntentInput[] = [];
  for (const item of inputs) {
    const outcome = outcomes.get(hex(item.intent.requestDigest));
    if (outcome === undefined) unknown.push(item);
    else results.set(item.intent.id, resultOf(item.intent, outcome));
  }
  if (unknown.length === 0) return [];
  const failures = await findGuardFailures(
    client,
    unknown.map(({ intent, guard }) => ({ intent, guard, at: intent.createdAt, countsOpenIntents: true })),
  );
  return unknown.filter(({ intent }, index) => {
    const failure = failures[index];
    if (failure !== undefined) results.set(intent.id, { kind: 'guardFailed', failure });
    return failure === undefined;
  });
}

/** An intent with this very id was committed by an earlier run whose answer was lost. */
function resultOf(intent: IssuanceIntent, outcome: RecordedOutcome): RecordIntentResult {
  return outcome.intent?.id === intent.id ? { kind: 'recorded' } : { kind: 'duplicate', outcome };
}
