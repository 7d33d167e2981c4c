/**
 * How many certificates of a profile a device may have. Steps 6 and 8 of limited issuances take a lock of their device first,
 * in a statement of its own, so that the next one sees all that others have committed under it; it comes before all other
 * locks. Whoever has no limit pays nothing.
 */
import type { IssuanceGuard } from '@touchmark/ca';
import type pg from 'pg';
import { reasonCode } from './convert.ts';

/** First of the two keys of an advisory lock; the second is made of the device. */
const lockSpace = 0x6c696d69;

const lock = {
  name: 'lock-limited-devices',
  text: `SELECT pg_advisory_xact_lock(${lockSpace}, key) FROM (
    SELECT DISTINCT hashtext(device_id) AS key FROM unnest($1::text[]) AS limited(device_id) ORDER BY key OFFSET 0
  ) AS keys`,
};

/** Runs the statement under the locks of all guards with a limit; outside a transaction if there is none. */
export async function underLimits<T>(
  client: pg.ClientBase,
  guards: readonly IssuanceGuard[],
  statement: () => Promise<T>,
): Promise<T> {
  const limited = guards.flatMap(({ deviceId, maxActiveCertificates }) =>
    deviceId === undefined || maxActiveCertificates === undefined ? [] : [deviceId],
  );
  if (limited.length === 0) return statement();
  await client.query('BEGIN');
  try {
    await client.query({ ...lock, values: [limited] });
    const result = await statement();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // On a broken connection this fails too; the first error is the one that says why.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

export interface LimitedRow {
  /** SQL of the device, the profile and the time of the issuance, of the certificate that it renews and of its own id. */
  readonly deviceId: string;
  readonly profileName: string;
  readonly at: string;
  readonly renewedId: string;
  readonly ownId: string;
}

/** SQL: certificates of the device and profile that are neither revoked nor expired, less the one that is renewed. */
export function activeCertificates({ deviceId, profileName, at, renewedId }: LimitedRow): string {
  return `(SELECT count(*) FROM certificate AS active
    WHERE active.device_id = ${deviceId} AND active.profile_name = ${profileName}
      AND active.id IS DISTINCT FROM ${renewedId} AND active.not_after > ${at} - interval '1 second'
      AND (active.revoked_at IS NULL OR active.revocation_reason = ${reasonCode('certificateHold')}))`;
}

/** SQL: what is about to become one of them. What was not signed within the hour is taken for given up. */
export function openIntents({ deviceId, profileName, at, ownId }: LimitedRow): string {
  return `(SELECT count(*) FROM issuance_intent AS open
    WHERE open.max_active_certificates IS NOT NULL
      AND open.device_id = ${deviceId} AND open.profile_name = ${profileName} AND open.id <> ${ownId}
      AND open.created_at > ${at} - interval '1 hour'
      AND NOT EXISTS (SELECT FROM certificate WHERE certificate.id = open.id))`;
}
