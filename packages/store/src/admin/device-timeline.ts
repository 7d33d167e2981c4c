/** The story of a device: its attempts, certificates and revocations, and what administrators did to it, newest first. */
import type pg from 'pg';
import { absent, reasonOfCode } from '../convert.ts';
import { withConnection } from '../retry.ts';
import { keyOfCursor, pageOf, rowsToRead } from './page.ts';
import type { Page, PageRequest } from './page.ts';

export interface TimelineEntry {
  readonly at: Date;
  readonly kind: 'attempt' | 'certificate' | 'revocation' | 'act';
  /** Of the attempt or the certificate; the position of the audit event. */
  readonly id: string;
  /** The outcome of an attempt, the profile of a certificate, the reason of a revocation, the action of an act. */
  readonly what: string;
  /** The code of a refusal, the subject of an act. */
  readonly detail: string | undefined;
  /** Who did it, where that is on record here. */
  readonly by: string | undefined;
}

interface Row {
  readonly at: Date;
  readonly kind: TimelineEntry['kind'];
  readonly id: string;
  readonly what: string;
  readonly detail: string | null;
  readonly by: string | null;
}

/** Each part is read from its own index: certificates and attempts by device, acts by subject. */
const statement = `
WITH owned AS MATERIALIZED (SELECT * FROM certificate WHERE device_id = $1),
subjects AS MATERIALIZED (
  SELECT 'device:' || $1 AS subject
  UNION ALL SELECT 'certificate:' || id FROM owned
  UNION ALL SELECT 'secret:' || id FROM enrollment_secret WHERE device_id = $1
)
SELECT * FROM (
  SELECT at, 'attempt' AS kind, id::text, outcome::text AS what, code AS detail,
    coalesce('principal:' || principal, 'secret:' || secret_id, 'certificate:' || caller_certificate_id) AS by
  FROM enrollment_attempt WHERE device_id = $1
  UNION ALL
  SELECT issued_at, 'certificate', id::text, profile_name || ' version ' || profile_version, NULL, NULL FROM owned
  UNION ALL
  SELECT revoked_at, 'revocation', id::text, revocation_reason::text, NULL, NULL FROM owned WHERE revoked_at IS NOT NULL
  UNION ALL
  SELECT a.at, 'act', a.position::text, a.action, a.subject, a.actor
  FROM audit_event AS a JOIN subjects ON a.subject = subjects.subject
  WHERE a.action <> 'certificate.issued'
) AS entry
WHERE $2::timestamptz IS NULL OR (at, kind, id) < ($2, $3, $4)
ORDER BY at DESC, kind DESC, id DESC LIMIT $5`;

const cursorForm = /^\d{1,15} [a-z]{1,16} [0-9a-f-]{1,36}$/;

export function createDeviceTimelineAdmin(pool: pg.Pool) {
  return {
    async listTimeline(deviceId: string, page: PageRequest): Promise<Page<TimelineEntry>> {
      const [time, kind, id] = keyOfCursor(page, cursorForm)?.split(' ') ?? [];
      const before = time === undefined ? null : new Date(Number(time));
      const { rows } = await withConnection(pool, (client) =>
        client.query<Row>(statement, [deviceId, before, kind ?? null, id ?? null, rowsToRead(page)]),
      );
      return pageOf(rows, page, (row) => `${row.at.getTime()} ${row.kind} ${row.id}`, entryOf);
    },
  };
}

function entryOf({ at, kind, id, what, detail, by }: Row): TimelineEntry {
  const said = kind === 'revocation' ? reasonOfCode(Number(what)) : what;
  return { at, kind, id, what: said, detail: absent(detail), by: absent(by) };
}
