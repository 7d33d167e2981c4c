/** Who uses a profile: counted, and the latest requests of those who do. */
import type { EnrollmentAttempt } from '@touchmark/ca';
import type pg from 'pg';
import { briefRead } from '../brief-read.ts';
import { where } from '../defined-where.ts';
import type { PrismaClient } from '../generated/client.ts';
import { attemptOf } from './attempts.ts';
import { asked } from './prisma-errors.ts';

export interface ProfileUsage {
  /** With an active certificate of the profile. */
  readonly devices: number;
  readonly certificates: readonly { readonly version: number; readonly active: number }[];
}

/** An attempt begins a moment before the certificate that comes of it; with others in between, but not this many. */
const attemptsInBetween = 1000;

export function createProfileUsageAdmin(prisma: PrismaClient, pool: pg.Pool) {
  return {
    async readProfileUsage(name: string, now: Date): Promise<ProfileUsage> {
      const active = 'profile_name = $1 AND revoked_at IS NULL AND not_after > $2';
      const values = [name, new Date(now.getTime() - 1000)];
      return briefRead(pool, async (client) => {
        const devices = await client.query<{ count: number }>(
          `SELECT count(DISTINCT device_id)::int AS count FROM certificate WHERE ${active}`,
          values,
        );
        const certificates = await client.query<{ version: number; active: number }>(
          `SELECT profile_version AS version, count(*)::int AS active FROM certificate WHERE ${active}
           GROUP BY profile_version ORDER BY profile_version DESC`,
          values,
        );
        return { devices: devices.rows[0]?.count ?? 0, certificates: certificates.rows };
      });
    },

    /** Of the newest active certificates of the profile, one for each device, the attempts that led to them. */
    async sampleProfileRequests(name: string, now: Date, limit: number): Promise<readonly EnrollmentAttempt[]> {
      const { rows } = await briefRead(pool, (client) =>
        client.query<{ id: string }>(
          `SELECT led.id FROM (
             SELECT DISTINCT ON (coalesce(device_id, id::text)) id FROM (
               SELECT id, device_id FROM certificate
               WHERE profile_name = $1 AND revoked_at IS NULL AND not_after > $2 ORDER BY id DESC LIMIT $3
             ) AS newest ORDER BY coalesce(device_id, id::text), id DESC
           ) AS chosen
           CROSS JOIN LATERAL (
             SELECT a.id FROM (
               SELECT id, certificate_id, request_der IS NOT NULL AS kept FROM enrollment_attempt
               WHERE id < chosen.id ORDER BY id DESC LIMIT ${attemptsInBetween}
             ) AS a WHERE a.certificate_id = chosen.id AND a.kept ORDER BY a.id DESC LIMIT 1
           ) AS led ORDER BY led.id DESC`,
          [name, new Date(now.getTime() - 1000), limit],
        ),
      );
      const ids = rows.map(({ id }) => id);
      const attempts = await asked(() =>
        prisma.enrollmentAttempt.findMany({ where: where({ id: { in: ids } }), orderBy: { id: 'desc' } }),
      );
      return attempts.map(attemptOf);
    },
  };
}
