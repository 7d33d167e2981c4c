/** The registry of a running home, opened beside the service: what is really on record. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openRegistry } from '@touchmark/store';
import type { Registry } from '@touchmark/store';

export function openHomeRegistry(home: string): Registry {
  const cluster = join(home, 'postgres', 'cluster');
  const password = encodeURIComponent(readFileSync(join(cluster, 'password'), 'utf8').trim());
  // PostgreSQL's own record of where it listens: a Unix socket, or loopback where the path of a socket would be too long.
  const [, , , port, socketDirectory = ''] = readFileSync(join(cluster, 'data', 'postmaster.pid'), 'utf8').split('\n');
  const host = socketDirectory === '' ? '' : `?host=${encodeURIComponent(socketDirectory)}`;
  return openRegistry({ databaseUrl: `postgresql://touchmark:${password}@127.0.0.1:${port}/touchmark${host}` });
}

/** What steps 6 and 8 left for a device. */
export interface RecordedIssuance {
  readonly intentId: string | null;
  readonly tbsCertificateDer: Uint8Array | null;
  readonly certificateId: string | null;
  readonly certificateDer: Uint8Array | null;
  readonly deviceId: string;
  readonly issuedEvents: number;
}

/** Every intent and every certificate of the devices, joined by the request; either may be missing. */
export async function issuancesOf({ pool }: Registry, deviceIds: readonly string[]): Promise<RecordedIssuance[]> {
  const { rows } = await pool.query<RecordedIssuance>(
    `SELECT i.id AS "intentId", i.tbs_certificate_der AS "tbsCertificateDer", c.id AS "certificateId",
       c.certificate_der AS "certificateDer", coalesce(i.device_id, c.device_id) AS "deviceId",
       (SELECT count(*)::int FROM audit_event a WHERE a.subject = 'certificate:' || c.id AND a.action = 'certificate.issued')
         AS "issuedEvents"
     FROM issuance_intent i FULL JOIN certificate c USING (request_digest)
     WHERE coalesce(i.device_id, c.device_id) = ANY($1)`,
    [deviceIds],
  );
  return rows;
}
