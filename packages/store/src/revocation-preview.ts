/** What revoking a selection would do now, counted in one snapshot. */
import type { CertificateSelection, RevocationPreview } from '@touchmark/ca';
import type pg from 'pg';
import { SqlParameters, protectedSql, selectionSql, statusSql } from './certificate-selection.ts';

const maxExamples = 10;

export async function previewRevocation(
  client: pg.ClientBase,
  selection: CertificateSelection,
  now: Date,
): Promise<RevocationPreview> {
  const parameters = new SqlParameters();
  const condition = selectionSql(selection, now, parameters);
  const status = statusSql(now, parameters);
  const text = `
WITH matched AS MATERIALIZED (
  SELECT id, device_id, profile_name, authority_id, ${status} AS status, ${protectedSql} AS protected
  FROM certificate WHERE ${condition}
),
selected AS MATERIALIZED (SELECT * FROM matched WHERE NOT protected),
by_device AS (SELECT DISTINCT device_id FROM selected WHERE device_id IS NOT NULL),
losing AS MATERIALIZED (SELECT device_id FROM selected WHERE status = 'active' AND device_id IS NOT NULL),
-- Counted, not joined: linear whatever the planner takes the sizes to be.
stranded AS MATERIALIZED (
  SELECT device_id FROM (
    SELECT device_id, 1 AS weight FROM losing
    UNION ALL
    SELECT device_id, -1 FROM certificate
    WHERE device_id = ANY(ARRAY(SELECT DISTINCT device_id FROM losing)) AND ${status} = 'active'
  ) AS certificates
  GROUP BY device_id HAVING sum(weight) = 0
)
SELECT
  (SELECT count(*)::int FROM selected) AS total,
  (SELECT coalesce(json_object_agg(status, count), '{}') FROM (
    SELECT status, count(*)::int AS count FROM selected GROUP BY status) AS s) AS "byStatus",
  (SELECT coalesce(json_agg(p ORDER BY p."profileName"), '[]') FROM (
    SELECT profile_name AS "profileName", count(*)::int AS count FROM selected GROUP BY profile_name) AS p) AS "byProfile",
  (SELECT coalesce(json_agg(a ORDER BY a."authorityId"), '[]') FROM (
    SELECT authority_id AS "authorityId", count(*)::int AS count FROM selected GROUP BY authority_id) AS a) AS "byAuthority",
  (SELECT count(*)::int FROM by_device) AS devices,
  (SELECT count(*)::int FROM stranded) AS "strandedDevices",
  (SELECT coalesce(json_agg(device_id), '[]') FROM (
    SELECT device_id FROM stranded ORDER BY device_id LIMIT ${maxExamples}) AS e) AS "strandedExamples",
  (SELECT count(*)::int FROM matched WHERE protected) AS protected`;
  const { rows } = await client.query<RevocationPreview>(text, parameters.values);
  const [preview] = rows;
  if (preview === undefined) throw new Error('The preview gave no row.');
  return preview;
}
