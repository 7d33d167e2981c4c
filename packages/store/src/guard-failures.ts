/** Which guard of a refused record does not hold. */
import type { GuardFailure, IssuanceGuard, IssuanceIntent } from '@touchmark/ca';
import type pg from 'pg';
import { activeCertificates, openIntents } from './certificate-limits.ts';
import { buffer, reasonCode } from './convert.ts';
import { authorityInUse } from './sql-text.ts';

export interface GuardQuestion {
  readonly intent: Pick<IssuanceIntent, 'id' | 'publicKeySha256' | 'deviceId' | 'profileName'> &
    Partial<Pick<IssuanceIntent, 'authorityId'>>;
  readonly guard: IssuanceGuard;
  readonly at: Date;
  /** Whether what others are about to get counts against a limit: in step 6. */
  readonly countsOpenIntents: boolean;
}

/** In the order of the questions; undefined where every guard holds (by now). */
export async function findGuardFailures(
  client: pg.ClientBase,
  questions: readonly GuardQuestion[],
): Promise<(GuardFailure | undefined)[]> {
  const { rows } = await client.query<{ position: number; failure: GuardFailure | null }>({
    name: 'find-guard-failures',
    text: statement,
    values: [
      questions.map((_, index) => index),
      questions.map(({ guard }) => guard.spendSecretId ?? null),
      questions.map(({ guard }) => guard.unrevokedCertificateId ?? null),
      questions.map(({ guard }) => guard.deviceId ?? null),
      questions.map(({ guard }) => guard.registration),
      questions.map(({ at }) => at),
      questions.map(({ intent }) => buffer(intent.publicKeySha256)),
      questions.map(({ intent }) => intent.deviceId ?? null),
      questions.map(({ guard }) => guard.maxActiveCertificates ?? null),
      questions.map(({ intent }) => intent.profileName),
      questions.map(({ intent }) => intent.id),
      questions.map(({ countsOpenIntents }) => countsOpenIntents),
      questions.map(({ guard, intent }) => (guard.authorityInUse === true ? intent.authorityId : undefined) ?? null),
      questions.map(({ guard }) => guard.approvedRequestId ?? null),
    ],
  });
  const failures = new Map(rows.map(({ position, failure }) => [position, failure ?? undefined]));
  return questions.map((_, index) => failures.get(index));
}

const limited = {
  deviceId: 'q.device_id',
  profileName: 'q.profile_name',
  at: 'q.at',
  renewedId: 'q.certificate_id',
  ownId: 'q.id',
};

/** In the order in which the guards are passed. */
const statement = `
SELECT q.position, CASE
  WHEN q.secret_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM enrollment_secret AS s
    WHERE s.id = q.secret_id AND s.uses < s.max_uses AND s.revoked_at IS NULL AND q.at < s.expires_at) THEN 'secretSpent'
  WHEN q.approved_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM pending_request AS p WHERE p.id = q.approved_id AND p.state = 'approved') THEN 'approvalWithdrawn'
  WHEN q.certificate_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM certificate AS c WHERE c.id = q.certificate_id AND c.revoked_at IS NULL) THEN CASE WHEN EXISTS (
      SELECT FROM certificate AS c WHERE c.id = q.certificate_id AND c.revocation_reason = ${reasonCode('certificateHold')})
    THEN 'certificateHeld' ELSE 'certificateRevoked' END
  WHEN q.authority_id IS NOT NULL AND NOT ${authorityInUse('q.authority_id')} THEN 'authorityRetired'
  WHEN k.compromised_at IS NOT NULL THEN 'keyBlocked'
  WHEN k.blocked_at IS NOT NULL THEN 'keyBlockedByOperator'
  WHEN k.public_key_sha256 IS NOT NULL AND k.device_id IS DISTINCT FROM q.owner THEN 'keyOfAnotherDevice'
  WHEN EXISTS (
    SELECT FROM certificate AS c
    WHERE substring(c.public_key_sha256 FROM 1 FOR 7) = substring(q.key FROM 1 FOR 7) AND c.public_key_sha256 = q.key
      AND c.device_id IS DISTINCT FROM q.owner) THEN 'keyOfAnotherDevice'
  WHEN q.device_id IS NULL THEN NULL
  WHEN q.max_active IS NOT NULL AND ${activeCertificates(limited)}
    + CASE WHEN q.counts_open_intents THEN ${openIntents(limited)} ELSE 0 END >= q.max_active THEN 'certificateLimit'
  WHEN d.id IS NULL THEN CASE q.registration WHEN 'none' THEN 'deviceBarred' END
  WHEN d.state NOT IN ('registered', 'active') THEN 'deviceBarred'
  WHEN q.registration = 'mustBeUnknown' THEN 'deviceKnown'
  END AS failure
FROM unnest($1::int[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::bytea[], $8::text[],
    $9::smallint[], $10::text[], $11::uuid[], $12::boolean[], $13::uuid[], $14::uuid[])
  AS q(position, secret_id, certificate_id, device_id, registration, at, key, owner, max_active, profile_name, id,
    counts_open_intents, authority_id, approved_id)
LEFT JOIN LATERAL (SELECT id, state FROM device WHERE id = q.device_id OFFSET 0) AS d ON true
LEFT JOIN LATERAL (SELECT * FROM key_holder WHERE public_key_sha256 = q.key OFFSET 0) AS k ON true`;
