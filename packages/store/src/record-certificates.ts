/** Step 8 for many requests at once: certificate, attempt, audit event and the device's state in one statement. */
import { CaError } from '@touchmark/ca';
import type { CertificateRecord, IssuanceGuard, IssuedCertificate, RecordCertificateResult } from '@touchmark/ca';
import type pg from 'pg';
import { attemptColumns, auditColumns, prefixed } from './attempt-columns.ts';
import { activeCertificates, underLimits } from './certificate-limits.ts';
import { hex } from './convert.ts';
import { findGuardFailures } from './guard-failures.ts';
import { holdKeys, holdsKey } from './key-holders.ts';
import { findOutcomes } from './outcomes.ts';
import { after, authorityInUse } from './sql-text.ts';
import { rowSet } from './unnest.ts';

export interface CertificateInput {
  readonly record: CertificateRecord;
  readonly guard: IssuanceGuard;
}

const input = rowSet<CertificateInput>('input', {
  intent_id: ['uuid', ({ record }) => record.intent.id],
  public_key_sha256: ['bytea', ({ record }) => record.intent.publicKeySha256],
  certificate_der: ['bytea', ({ record }) => record.certificateDer],
  issued_at: ['timestamptz', ({ record }) => record.issuedAt],
  unrevoked_certificate_id: ['uuid', ({ guard }) => guard.unrevokedCertificateId],
  guard_device_id: ['text', ({ guard }) => guard.deviceId],
  guard_max_active: ['smallint', ({ guard }) => guard.maxActiveCertificates],
  guard_authority_in_use: ['boolean', ({ guard }) => guard.authorityInUse],
  supersede_after: ['int', ({ guard }) => guard.supersedeAfterSeconds],
  ...prefixed('attempt_', attemptColumns, ({ record }: CertificateInput) => record.attempt),
  ...prefixed('audit_', auditColumns, ({ record }: CertificateInput) => record.audit),
});

const names = (columns: Readonly<Record<string, unknown>>, prefix = ''): string =>
  Object.keys(columns)
    .map((name) => `${prefix}${name}`)
    .join(', ');

const intentColumns = `authority_id, not_before, not_after, profile_version, crl_shard, serial_number, public_key_sha256,
  request_digest, device_id, profile_name`;

const limited = {
  deviceId: 'input.guard_device_id',
  profileName: 'intent.profile_name',
  at: 'input.issued_at',
  renewedId: 'input.unrevoked_certificate_id',
  ownId: 'intent.id',
};

/**
 * What a certificate is comes from its committed intent, so none can be recorded without one. The device is locked against
 * suspension and, because it may become active, against other writers of its state. Of several signatures over one intent in
 * a batch, one is taken.
 */
const statement = `
WITH input AS MATERIALIZED (
  SELECT DISTINCT ON (intent_id) * FROM ${input.source}
),
intent AS MATERIALIZED (
  SELECT * FROM issuance_intent WHERE id = ANY(${input.parameter('intent_id')})
),
renewed AS MATERIALIZED (
  SELECT id FROM certificate
  WHERE id = ANY(${input.parameter('unrevoked_certificate_id')}) AND revoked_at IS NULL
  ORDER BY id FOR SHARE
),
candidate AS MATERIALIZED (
  SELECT intent.*, input.issued_at, input.certificate_der, input.guard_device_id
  FROM (
    SELECT input.*, row_number() OVER (
      PARTITION BY guard_device_id, guard_max_active IS NULL, limited.profile_name ORDER BY intent_id) AS limit_turn
    FROM input JOIN intent AS limited ON limited.id = input.intent_id
  ) AS input JOIN intent ON intent.id = input.intent_id
  WHERE ${after('renewed')} AND (
    unrevoked_certificate_id IS NULL OR EXISTS (SELECT FROM renewed WHERE renewed.id = unrevoked_certificate_id))
    AND (guard_authority_in_use IS NOT TRUE OR ${authorityInUse('intent.authority_id')})
    AND (guard_max_active IS NULL OR guard_device_id IS NULL
      OR limit_turn + ${activeCertificates(limited)} <= guard_max_active)
),
${holdKeys({ rows: 'candidate', keys: input.parameter('public_key_sha256') })},
keyed AS MATERIALIZED (
  SELECT candidate.* FROM candidate WHERE ${holdsKey('candidate')}
),
device_free AS MATERIALIZED (
  SELECT id FROM device
  WHERE id = ANY(${input.parameter('guard_device_id')}) AND state IN ('registered', 'active') AND ${after('keyed')}
  ORDER BY id FOR NO KEY UPDATE
),
inserted AS (
  INSERT INTO certificate (id, issued_at, certificate_der, ${intentColumns})
  SELECT id, issued_at, certificate_der, ${intentColumns} FROM keyed
  WHERE guard_device_id IS NULL OR EXISTS (SELECT FROM device_free WHERE device_free.id = guard_device_id)
  ORDER BY request_digest
  ON CONFLICT DO NOTHING RETURNING id, device_id
),
activated AS (
  UPDATE device SET state = 'active'
  WHERE id = ANY(${input.parameter('guard_device_id')}) AND state = 'registered' AND id IN (SELECT device_id FROM inserted)
),
superseding AS (
  INSERT INTO supersession (certificate_id, due_at)
  SELECT id, issued_at + supersede_after * interval '1 second'
  FROM inserted JOIN input ON input.intent_id = inserted.id
  WHERE supersede_after IS NOT NULL AND device_id IS NOT NULL
),
attempted AS (
  INSERT INTO enrollment_attempt (${names(attemptColumns)})
  SELECT ${names(attemptColumns, 'attempt_')} FROM inserted JOIN input ON input.intent_id = inserted.id
  ON CONFLICT DO NOTHING
),
audited AS (
  INSERT INTO audit_event (${names(auditColumns)})
  SELECT ${names(auditColumns, 'audit_')} FROM inserted JOIN input ON input.intent_id = inserted.id
)
SELECT id FROM inserted`;

const maxRounds = 20;

/** In the order of the inputs; run again after a lost answer, it finds what it recorded before. */
export async function recordCertificates(
  client: pg.ClientBase,
  inputs: readonly CertificateInput[],
): Promise<(RecordCertificateResult | Error)[]> {
  const results = new Map<CertificateInput, RecordCertificateResult | Error>();
  let open = inputs;
  for (let round = 0; open.length > 0 && round < maxRounds; round++) {
    const query = { name: 'record-certificates', text: statement, values: input.values(open) };
    const guards = open.map(({ guard }) => guard);
    const { rows } = await underLimits(client, guards, () => client.query<{ id: string }>(query));
    const inserted = new Set(rows.map(({ id }) => id));
    const occurrences = Map.groupBy(open, ({ record }) => record.intent.id);
    for (const [id, items] of occurrences) {
      const [item] = items;
      // Two signatures over one intent may differ: which of them was inserted, the registry says.
      if (item === undefined || items.length > 1 || !inserted.has(id)) continue;
      results.set(item, { kind: 'recorded', certificate: certificateOf(item.record) });
    }
    open = open.filter((item) => !results.has(item));
    if (open.length > 0) open = await explain(client, open, results);
  }
  return inputs.map((item) => results.get(item) ?? new CaError('internal', 'The certificate could not be recorded.'));
}

/** What became of those that were not inserted. Returns those for which there is no reason any more. */
async function explain(
  client: pg.ClientBase,
  inputs: readonly CertificateInput[],
  results: Map<CertificateInput, RecordCertificateResult | Error>,
): Promise<readonly CertificateInput[]> {
  const outcomes = await findOutcomes(
    client,
    inputs.map(({ record }) => record.intent.requestDigest),
  );
  const unknown: CertificateInput[] = [];
  for (const item of inputs) {
    const outcome = outcomes.get(hex(item.record.intent.requestDigest));
    if (outcome?.certificate !== undefined) {
      results.set(item, { kind: 'recorded', certificate: outcome.certificate });
    } else if (outcome?.intent?.id !== item.record.intent.id) {
      results.set(item, new CaError('internal', 'There is no such intent on record; the certificate is withheld.'));
    } else {
      unknown.push(item);
    }
  }
  const failures = await findGuardFailures(
    client,
    unknown.map(({ record, guard }) => ({
      intent: record.intent,
      guard: { ...guard, spendSecretId: undefined, approvedRequestId: undefined, registration: 'none' as const },
      at: record.issuedAt,
      countsOpenIntents: false,
    })),
  );
  return unknown.filter((item, index) => {
    const failure = failures[index];
    if (failure !== undefined) results.set(item, { kind: 'guardFailed', failure });
    return failure === undefined;
  });
}

function certificateOf({ intent, certificateDer, fingerprintSha256, issuedAt }: CertificateRecord): IssuedCertificate {
  return {
    id: intent.id,
    authorityId: intent.authorityId,
    serialNumber: intent.serialNumber,
    certificateDer,
    fingerprintSha256,
    publicKeySha256: intent.publicKeySha256,
    requestDigest: intent.requestDigest,
    deviceId: intent.deviceId,
    profileName: intent.profileName,
    profileVersion: intent.profileVersion,
    notBefore: intent.notBefore,
    notAfter: intent.notAfter,
    issuedAt,
    crlShard: intent.crlShard,
    revocation: undefined,
  };
}
