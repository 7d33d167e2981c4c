/** Step 6 for many requests at once: guards, secrets, keys, devices and intents in one statement. */
import { CaError } from '@touchmark/ca';
import type { GuardFailure, IssuanceGuard, IssuanceIntent, RecordedOutcome, RecordIntentResult } from '@touchmark/ca';
import type pg from 'pg';
import { hex } from './convert.ts';
import { findGuardFailures } from './guard-failures.ts';
import { claimKeys, keyIsFree, releaseKeyClaims } from './key-claims.ts';
import { findOutcomes } from './outcomes.ts';
import { rowSet } from './unnest.ts';

export interface IntentInput {
  readonly intent: IssuanceIntent;
  readonly guard: IssuanceGuard;
}

const intentColumnNames = `id, attempt_id, authority_id, not_before, not_after, created_at, profile_version, crl_shard,
  serial_number, public_key_sha256, request_digest, device_id, profile_name, tbs_certificate_der`;

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
});

/** The intents that secrets and renewed certificates let through; then keys, then devices. */
const authorizedIntents = `
input AS MATERIALIZED (
  SELECT * FROM ${input.source}
),
known AS MATERIALIZED (
  SELECT request_digest FROM issuance_intent WHERE request_digest = ANY(${input.parameter('request_digest')})
  UNION ALL
  SELECT request_digest FROM certificate WHERE request_digest = ANY(${input.parameter('request_digest')})
),
fresh AS MATERIALIZED (
  SELECT input.*, row_number() OVER (PARTITION BY spend_secret_id ORDER BY id) AS use
  FROM input WHERE NOT EXISTS (SELECT FROM known WHERE known.request_digest = input.request_digest)
),
secret AS MATERIALIZED (
  SELECT id, max_uses - uses AS remaining, expires_at FROM enrollment_secret
  WHERE id = ANY(${input.parameter('spend_secret_id')}) AND uses < max_uses AND revoked_at IS NULL
  ORDER BY id FOR UPDATE
),
renewed AS MATERIALIZED (
  SELECT id FROM certificate
  WHERE id = ANY(${input.parameter('unrevoked_certificate_id')}) AND revoked_at IS NULL
  ORDER BY id FOR SHARE
),
authorized AS MATERIALIZED (
  SELECT fresh.* FROM fresh
  LEFT JOIN secret ON secret.id = fresh.spend_secret_id
  LEFT JOIN renewed ON renewed.id = fresh.unrevoked_certificate_id
  WHERE (fresh.spend_secret_id IS NULL OR (
      fresh.use <= secret.remaining AND fresh.created_at < secret.expires_at))
    AND (fresh.unrevoked_certificate_id IS NULL OR renewed.id IS NOT NULL)
)`;

/**
 * A row that another transaction changed meanwhile is looked at again once its lock is granted, so every guard holds at the
 * commit. All locks are taken in the order of their keys. Several uses of one secret in a batch are numbered, and only as many
 * pass as it has left; of several requests for one new device name, one passes. An intent is neither written twice nor for a
 * request that has its certificate.
 */
const statement = `
WITH ${authorizedIntents},
${claimKeys({
  from: 'authorized',
  intentId: 'id',
  owner: 'device_id',
  keys: input.parameter('public_key_sha256'),
})},
keyed AS MATERIALIZED (
  SELECT authorized.* FROM authorized WHERE ${keyIsFree('authorized.public_key_sha256', 'authorized.device_id')}
),
registering AS MATERIALIZED (
  SELECT DISTINCT ON (guard_device_id) guard_device_id, id AS intent_id, created_at
  FROM keyed WHERE registration <> 'none' AND guard_device_id IS NOT NULL ORDER BY guard_device_id, id
),
registered AS (
  INSERT INTO device (id, created_at, state)
  SELECT guard_device_id, created_at, 'registered'::device_state FROM registering ORDER BY guard_device_id
  ON CONFLICT (id) DO NOTHING RETURNING id
),
device_free AS MATERIALIZED (
  SELECT id FROM device
  WHERE id = ANY(${input.parameter('guard_device_id')}) AND state IN ('registered', 'active')
  ORDER BY id FOR SHARE
),
inserted AS (
  INSERT INTO issuance_intent (${intentColumnNames})
  SELECT ${intentColumnNames} FROM keyed
  WHERE guard_device_id IS NULL
    OR CASE registration WHEN 'mustBeUnknown' THEN EXISTS (
         SELECT FROM registering JOIN registered ON registered.id = guard_device_id WHERE registering.intent_id = keyed.id)
       ELSE EXISTS (SELECT FROM device_free WHERE device_free.id = keyed.guard_device_id)
         OR EXISTS (SELECT FROM registered WHERE registered.id = keyed.guard_device_id)
       END
  ORDER BY request_digest
  ON CONFLICT DO NOTHING RETURNING id
),
spent AS (
  UPDATE enrollment_secret SET uses = uses + used.count
  FROM (
    SELECT spend_secret_id, count(*)::int AS count FROM inserted JOIN input USING (id)
    WHERE spend_secret_id IS NOT NULL GROUP BY spend_secret_id
  ) AS used
  WHERE enrollment_secret.id = used.spend_secret_id AND enrollment_secret.id = ANY(${input.parameter('spend_secret_id')})
)
SELECT id FROM inserted`;

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
    const { rows } = await client.query<{ id: string }>({
      name: 'record-intents',
      text: statement,
      values: input.values(open),
    });
    for (const { id } of rows) results.set(id, { kind: 'recorded' });
    open = open.filter(({ intent }) => !results.has(intent.id));
    if (open.length > 0) open = await explain(client, open, results);
  }
  return inputs.map(
    ({ intent }) => results.get(intent.id) ?? new CaError('internal', 'The request could not be recorded.'),
  );
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
    unknown.map(({ intent, guard }) => ({ intent, guard, at: intent.createdAt })),
  );
  await releaseKeyClaims(
    client,
    unknown.filter((_, index) => isOfDevice(failures[index])).map(({ intent }) => intent),
  );
  return unknown.filter(({ intent }, index) => {
    const failure = failures[index];
    if (failure !== undefined) results.set(intent.id, { kind: 'guardFailed', failure });
    return failure === undefined;
  });
}

/** Keys are claimed before devices are looked at: only these failures leave a claim behind. */
function isOfDevice(failure: GuardFailure | undefined): boolean {
  return failure === 'deviceBarred' || failure === 'deviceKnown';
}

/** An intent with this very id was committed by an earlier run whose answer was lost. */
function resultOf(intent: IssuanceIntent, outcome: RecordedOutcome): RecordIntentResult {
  return outcome.intent?.id === intent.id ? { kind: 'recorded' } : { kind: 'duplicate', outcome };
}
