/** What the registry knows about requests before they are judged: one statement, so one instant, for many of them. */
import type { Dossier, DossierQuestion, RecordedOutcome } from '@touchmark/ca';
import type pg from 'pg';
import { absent, certificateColumnNames, certificateOf, deviceOf, hex, secretOf, storableText } from './convert.ts';
import type { CertificateRow, DeviceRow, SecretRow } from './convert.ts';
import { findOutcomes } from './outcomes.ts';
import { approvalOf } from './pending-rows.ts';
import type { ApprovalRow } from './pending-rows.ts';
import { rowPart } from './row-part.ts';
import { sameDigest } from './sql-text.ts';
import { rowSet } from './unnest.ts';

interface AskedAt {
  readonly position: number;
  readonly question: DossierQuestion;
}

const asked = rowSet<AskedAt>('asked', {
  position: ['int', ({ position }) => position],
  secret_id: ['text', ({ question: { credential } }) => (credential?.kind === 'secret' ? credential.id : undefined)],
  remote_address: [
    'text',
    ({ question: { credential } }) =>
      credential?.kind === 'secret' ? storableText(credential.remoteAddress) : undefined,
  ],
  fingerprint: [
    'bytea',
    ({ question: { credential } }) => (credential?.kind === 'certificate' ? credential.fingerprintSha256 : undefined),
  ],
  key: ['bytea', ({ question }) => question.publicKeySha256],
  digest: ['bytea', ({ question }) => question.requestDigest],
  // What cannot be stored is nobody's name; that it is none at all, the name policy says.
  device_id: [
    'text',
    ({ question }) => (question.deviceId === undefined ? undefined : storableText(question.deviceId)),
  ],
});

const secretPart = rowPart<SecretRow>('secret', {
  id: 'id',
  endpointLabel: 'endpoint_label',
  secretSha256: 'secret_sha256',
  deviceId: 'device_id',
  maxUses: 'max_uses',
  uses: 'uses',
  createdAt: 'created_at',
  expiresAt: 'expires_at',
  revokedAt: 'revoked_at',
  lockedUntil: 'locked_until',
});
const certificatePart = rowPart<CertificateRow>('certificate', certificateColumnNames);
const devicePart = rowPart<DeviceRow>('device', {
  id: 'id',
  state: 'state',
  role: 'role',
  segment: 'segment',
  fields: 'fields',
  createdAt: 'created_at',
});

const approvalPart = rowPart<ApprovalRow>('approval', {
  id: 'id',
  state: 'state',
  reason: 'reason',
  expiresAt: 'expires_at',
  decidedAt: 'decided_at',
  approvedFor: 'approved_for',
});

interface DossierRow {
  readonly position: number;
  readonly certificateKeyCompromised: boolean;
  readonly certificateKeyBlocked: boolean;
  readonly keyCompromised: boolean;
  readonly keyBlocked: boolean;
  readonly keyHolders: readonly (string | null)[] | null;
  readonly keyFirstCertifiedAt: Date | null;
  readonly known: boolean;
}

/**
 * OFFSET 0 keeps each look-up a nested loop over one index. Of an EXISTS among the columns PostgreSQL makes a hash of the whole
 * table as long as that is small, and a fixed plan goes on doing so when it has grown.
 */
const statement = `
SELECT asked.position, ${secretPart.columns}, ${certificatePart.columns}, ${devicePart.columns}, ${approvalPart.columns},
  certificate_key.compromised_at IS NOT NULL AS "certificateKeyCompromised",
  certificate_key.blocked_at IS NOT NULL AS "certificateKeyBlocked",
  key_history.compromised AS "keyCompromised", key_history.blocked AS "keyBlocked", key_history.holders AS "keyHolders",
  key_history.first_certified_at AS "keyFirstCertifiedAt",
  coalesce(
    (SELECT true FROM issuance_intent WHERE request_digest = asked.digest),
    (SELECT true FROM certificate AS c WHERE ${sameDigest('c.request_digest', 'asked.digest', 'unique')}),
    false) AS known
FROM ${asked.source}
LEFT JOIN LATERAL (
  SELECT s.*, (
    SELECT locked_until FROM secret_failure WHERE secret_id = s.id AND remote_address = asked.remote_address
  ) FROM enrollment_secret AS s WHERE s.id = asked.secret_id OFFSET 0
) AS secret ON true
LEFT JOIN LATERAL (
  SELECT * FROM certificate AS c WHERE ${sameDigest('sha256(c.certificate_der)', 'asked.fingerprint')} OFFSET 0
) AS certificate ON true
LEFT JOIN LATERAL (
  SELECT compromised_at, blocked_at FROM key_holder WHERE public_key_sha256 = certificate.public_key_sha256 OFFSET 0
) AS certificate_key ON true
LEFT JOIN LATERAL (
  SELECT * FROM device WHERE id = coalesce(secret.device_id, certificate.device_id, asked.device_id) OFFSET 0
) AS device ON true
LEFT JOIN LATERAL (
  SELECT * FROM pending_request WHERE request_digest = asked.digest OFFSET 0
) AS approval ON true
CROSS JOIN LATERAL (
  SELECT coalesce(bool_or(compromised), false) AS compromised, coalesce(bool_or(blocked), false) AS blocked,
    array_agg(DISTINCT device_id) AS holders,
    min(issued_at) AS first_certified_at
  FROM (
    SELECT device_id, compromised_at IS NOT NULL AS compromised, blocked_at IS NOT NULL AS blocked,
      NULL::timestamptz AS issued_at
    FROM key_holder WHERE public_key_sha256 = asked.key
    UNION ALL
    SELECT device_id, false, false, issued_at FROM certificate AS c WHERE ${sameDigest('c.public_key_sha256', 'asked.key')}
  ) AS certified
) AS key_history`;

/** In the order of the questions. */
export async function findDossiers(
  client: pg.ClientBase,
  questions: readonly DossierQuestion[],
): Promise<(Dossier | Error)[]> {
  const { rows } = await client.query<DossierRow & Record<string, unknown>>({
    name: 'find-dossiers',
    text: statement,
    values: asked.values(questions.map((question, position) => ({ position, question }))),
  });
  // Nearly every request is new. What became of those that are not is read last: it only ever gets more.
  const known = new Set(rows.filter((row) => row.known).map(({ position }) => position));
  const digests = questions.filter((_, position) => known.has(position)).map(({ requestDigest }) => requestDigest);
  const outcomes = digests.length === 0 ? new Map<string, never>() : await findOutcomes(client, digests);
  const byPosition = new Map(rows.map((row) => [row.position, row]));
  return questions.map(({ requestDigest }, position) => {
    const row = byPosition.get(position);
    if (row === undefined) return new Error('The registry left a question out.');
    return dossierOf(row, outcomes.get(hex(requestDigest)) ?? nothing);
  });
}

const nothing: RecordedOutcome = { intent: undefined, certificate: undefined };

function dossierOf(row: DossierRow & Record<string, unknown>, outcome: RecordedOutcome): Dossier {
  const [secret, certificate, device] = [secretPart.read(row), certificatePart.read(row), devicePart.read(row)];
  const approval = approvalPart.read(row);
  return {
    secret: secret && secretOf(secret),
    certificate: certificate && certificateOf(certificate),
    certificateKeyCompromised: row.certificateKeyCompromised,
    certificateKeyBlocked: row.certificateKeyBlocked,
    device: device && deviceOf(device),
    key: {
      compromised: row.keyCompromised,
      blocked: row.keyBlocked,
      holders: (row.keyHolders ?? []).map(absent),
      firstCertifiedAt: absent(row.keyFirstCertifiedAt),
    },
    approval: approval && approvalOf(approval),
    outcome,
  };
}
