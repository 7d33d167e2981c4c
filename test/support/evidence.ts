/** Gathers what the oracle judges: the registry as it is now, and the files of the signer witness. */
import { readFileSync } from 'node:fs';
import { toHex } from '@touchmark/asn1';
import { readWitness } from '@touchmark/testkit';
import type pg from 'pg';
import type { CertificateOnRecord, ClientOutcome, Evidence, IntentOnRecord, Outage } from './invariants.ts';

export interface Witnesses {
  readonly witnessFile: string;
  readonly clients: readonly ClientOutcome[];
  readonly outages: readonly Outage[];
  readonly ends: readonly string[];
}

export async function gatherEvidence(pool: pg.Pool, witnesses: Witnesses): Promise<Evidence> {
  const rowsOf = async <Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> =>
    (await pool.query<Row>(sql)).rows;
  const intents = await rowsOf<Octets<IntentOnRecord>>(
    `SELECT id, authority_id AS "authorityId", encode(request_digest, 'hex') AS "requestDigestHex",
       encode(serial_number, 'hex') AS "serialNumberHex", tbs_certificate_der AS "tbsCertificateDer", device_id AS "deviceId"
     FROM issuance_intent`,
  );
  const certificates = await rowsOf<Octets<CertificateOnRecord>>(
    `SELECT id, authority_id AS "authorityId", encode(request_digest, 'hex') AS "requestDigestHex",
       encode(serial_number, 'hex') AS "serialNumberHex", certificate_der AS "certificateDer", device_id AS "deviceId",
       (SELECT count(*)::int FROM audit_event a WHERE a.subject = 'certificate:' || c.id AND a.action = 'certificate.issued')
         AS "issuedEvents"
     FROM certificate c`,
  );
  const authorities = await rowsOf<{ id: string; certificateDer: Buffer }>(
    'SELECT id, certificate_der AS "certificateDer" FROM authority',
  );
  return {
    uses: await readWitness(witnesses.witnessFile),
    unrecorded: linesOf(`${witnesses.witnessFile}.unrecorded`),
    intents: intents.map((row) => ({ ...row, tbsCertificateDer: octets(row.tbsCertificateDer) })),
    certificates: certificates.map((row) => ({ ...row, certificateDer: octets(row.certificateDer) })),
    secrets: await rowsOf('SELECT id, uses, max_uses AS "maxUses" FROM enrollment_secret'),
    issuersDer: new Map(authorities.map(({ id, certificateDer }) => [id, octets(certificateDer)])),
    clients: witnesses.clients,
    outages: witnesses.outages,
    ends: witnesses.ends,
  };
}

/** Serial numbers in hex of all intents on record. */
export async function recordedSerialNumbers(pool: pg.Pool): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ serialNumber: Buffer }>(
    'SELECT serial_number AS "serialNumber" FROM issuance_intent',
  );
  return new Set(rows.map(({ serialNumber }) => toHex(octets(serialNumber))));
}

/** As pg gives them. */
type Octets<Row> = { readonly [Name in keyof Row]: Row[Name] extends Uint8Array ? Buffer : Row[Name] };

/** Without the ways of Buffer, which compares and prints differently. */
function octets(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer);
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(0, -1);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
