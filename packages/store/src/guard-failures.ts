/** Which guard of a refused record does not hold. */
import type { GuardFailure, IssuanceGuard } from '@touchmark/ca';
import type pg from 'pg';

export interface GuardQuestion {
  readonly guard: IssuanceGuard;
  readonly at: Date;
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
      questions.map(({ guard }) => guard.registerDevice),
      questions.map(({ at }) => at),
    ],
  });
  const failures = new Map(rows.map(({ position, failure }) => [position, failure ?? undefined]));
  return questions.map((_, index) => failures.get(index));
}

const statement = `
SELECT question.position, CASE
  WHEN question.secret_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM enrollment_secret s WHERE s.id = question.secret_id AND s.uses < s.max_uses AND s.revoked_at IS NULL
      AND question.at < s.expires_at AND (s.locked_until IS NULL OR s.locked_until <= question.at)) THEN 'secretSpent'
  WHEN question.certificate_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM certificate c WHERE c.id = question.certificate_id AND c.revoked_at IS NULL) THEN 'certificateRevoked'
  WHEN question.device_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM device d WHERE d.id = question.device_id AND d.state IN ('registered', 'active'))
    AND NOT (question.register_device AND NOT EXISTS (SELECT FROM device d WHERE d.id = question.device_id)) THEN 'deviceBarred'
  END AS failure
FROM unnest($1::int[], $2::text[], $3::uuid[], $4::text[], $5::boolean[], $6::timestamptz[])
  AS question(position, secret_id, certificate_id, device_id, register_device, at)`;
