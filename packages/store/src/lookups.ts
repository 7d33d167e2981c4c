/** Reads of the issuance cycle, each for many callers at once. */
import type { Device, DeviceState, EnrollmentSecret, IssuedCertificate } from '@touchmark/ca';
import type pg from 'pg';
import { absent, buffer, bytes, certificateColumns, certificateOf, hex } from './convert.ts';
import type { CertificateRow } from './convert.ts';

export interface SecretRow {
  readonly id: string;
  readonly endpointLabel: string;
  readonly secretSha256: Uint8Array;
  readonly deviceId: string | null;
  readonly maxUses: number;
  readonly uses: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  readonly lockedUntil: Date | null;
}

export function secretOf(row: SecretRow): EnrollmentSecret {
  return {
    id: row.id,
    endpointLabel: row.endpointLabel,
    secretSha256: bytes(row.secretSha256),
    deviceId: absent(row.deviceId),
    maxUses: row.maxUses,
    uses: row.uses,
    createdAt: row.createdAt,
    expiresAt: row.expiresAt,
    revokedAt: absent(row.revokedAt),
    lockedUntil: absent(row.lockedUntil),
  };
}

/** Through the index over the first octets of the digest; `$1` holds whole ones. */
function byDigest(digest: string): string {
  return `substring(${digest} FROM 1 FOR 7) = ANY(ARRAY(SELECT substring(wanted FROM 1 FOR 7) FROM unnest($1::bytea[]) AS wanted))
    AND ${digest} = ANY($1::bytea[])`;
}

/** A look-up by key: rows in, answers in the order of the keys out. */
async function lookUp<Row extends object, T>(
  client: pg.ClientBase,
  query: { readonly name: string; readonly text: string },
  keys: readonly (string | Buffer)[],
  keyOf: (row: Row) => string,
  valueOf: (row: Row) => T,
): Promise<(T | undefined)[]> {
  const { rows } = await client.query<Row>({ ...query, values: [keys] });
  const found = new Map(rows.map((row) => [keyOf(row), valueOf(row)]));
  return keys.map((key) => found.get(typeof key === 'string' ? key : hex(key)));
}

export function findSecrets(client: pg.ClientBase, ids: readonly string[]): Promise<(EnrollmentSecret | undefined)[]> {
  const text = `SELECT id, endpoint_label AS "endpointLabel", secret_sha256 AS "secretSha256", device_id AS "deviceId",
    max_uses AS "maxUses", uses, created_at AS "createdAt", expires_at AS "expiresAt", revoked_at AS "revokedAt",
    locked_until AS "lockedUntil" FROM enrollment_secret WHERE id = ANY($1::text[])`;
  return lookUp<SecretRow, EnrollmentSecret>(client, { name: 'find-secrets', text }, ids, (row) => row.id, secretOf);
}

export function findDevices(client: pg.ClientBase, ids: readonly string[]): Promise<(Device | undefined)[]> {
  const text = 'SELECT id, state, created_at AS "createdAt" FROM device WHERE id = ANY($1::text[])';
  return lookUp<{ id: string; state: DeviceState; createdAt: Date }, Device>(
    client,
    { name: 'find-devices', text },
    ids,
    (row) => row.id,
    (row) => row,
  );
}

export function findCertificatesByFingerprint(
  client: pg.ClientBase,
  fingerprints: readonly Uint8Array[],
): Promise<(IssuedCertificate | undefined)[]> {
  const text = `SELECT ${certificateColumns}, sha256(certificate_der) AS fingerprint FROM certificate
    WHERE ${byDigest('sha256(certificate_der)')}`;
  return lookUp<CertificateRow & { fingerprint: Uint8Array }, IssuedCertificate>(
    client,
    { name: 'find-certificates-by-fingerprint', text },
    fingerprints.map(buffer),
    (row) => hex(row.fingerprint),
    certificateOf,
  );
}

export interface CurrencyQuestion {
  readonly deviceId: string;
  readonly at: Date;
}

/** notAfter is inclusive: a certificate is valid through its last second (RFC 5280 §4.1.2.5). */
export async function haveCurrentCertificates(
  client: pg.ClientBase,
  questions: readonly CurrencyQuestion[],
): Promise<boolean[]> {
  const { rows } = await client.query<{ position: number }>({
    name: 'have-current-certificates',
    text: `SELECT q.position FROM unnest($1::int[], $2::text[], $3::timestamptz[]) AS q(position, device_id, at)
      WHERE EXISTS (SELECT FROM certificate c WHERE c.device_id = q.device_id AND c.revoked_at IS NULL
        AND c.not_after > q.at - interval '1 second')`,
    values: [
      questions.map((_, index) => index),
      questions.map(({ deviceId }) => deviceId),
      questions.map(({ at }) => at),
    ],
  });
  const current = new Set(rows.map(({ position }) => position));
  return questions.map((_, index) => current.has(index));
}

export type KeyUse = 'free' | 'otherDevice' | 'compromised';

export interface KeyUseQuestion {
  readonly publicKeySha256: Uint8Array;
  readonly exceptDeviceId: string | undefined;
}

export async function findKeyUses(client: pg.ClientBase, questions: readonly KeyUseQuestion[]): Promise<KeyUse[]> {
  const { rows } = await client.query<{ key: Uint8Array; deviceId: string | null; compromised: boolean }>({
    name: 'find-key-uses',
    text: `SELECT public_key_sha256 AS key, device_id AS "deviceId", bool_or(revocation_reason = 1) IS TRUE AS compromised
      FROM certificate WHERE ${byDigest('public_key_sha256')} GROUP BY public_key_sha256, device_id`,
    values: [questions.map(({ publicKeySha256 }) => buffer(publicKeySha256))],
  });
  const uses = Map.groupBy(rows, ({ key }) => hex(key));
  return questions.map(({ publicKeySha256, exceptDeviceId }) => {
    const holders = uses.get(hex(publicKeySha256)) ?? [];
    if (holders.some(({ compromised }) => compromised)) return 'compromised';
    return holders.some(({ deviceId }) => absent(deviceId) !== exceptDeviceId) ? 'otherDevice' : 'free';
  });
}
