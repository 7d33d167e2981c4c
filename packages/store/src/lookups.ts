/** Reads of the issuance cycle, each for many callers at once. */
import type { Device, DeviceState, EnrollmentSecret, IssuedCertificate } from '@touchmark/ca';
import type pg from 'pg';
import { absent, buffer, bytes, certificateColumns, certificateOf, hex, storableText } from './convert.ts';
import type { CertificateRow } from './convert.ts';
import { byDigest } from './sql-text.ts';

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

export interface SecretQuestion {
  readonly id: string;
  readonly remoteAddress: string;
}

/** Each with the lock that concerns the remote address. */
export async function findSecrets(
  client: pg.ClientBase,
  questions: readonly SecretQuestion[],
): Promise<(EnrollmentSecret | undefined)[]> {
  const { rows } = await client.query<SecretRow & { position: number }>({
    name: 'find-secrets',
    text: `SELECT q.position, s.id, s.endpoint_label AS "endpointLabel", s.secret_sha256 AS "secretSha256",
        s.device_id AS "deviceId", s.max_uses AS "maxUses", s.uses, s.created_at AS "createdAt", s.expires_at AS "expiresAt",
        s.revoked_at AS "revokedAt", f.locked_until AS "lockedUntil"
      FROM unnest($1::int[], $2::text[], $3::text[]) AS q(position, id, remote_address)
      CROSS JOIN LATERAL (SELECT * FROM enrollment_secret WHERE id = q.id OFFSET 0) AS s
      LEFT JOIN LATERAL (
        SELECT locked_until FROM secret_failure WHERE secret_id = q.id AND remote_address = q.remote_address OFFSET 0
      ) AS f ON true`,
    values: [
      questions.map((_, index) => index),
      questions.map(({ id }) => storableText(id)),
      questions.map(({ remoteAddress }) => storableText(remoteAddress)),
    ],
  });
  const secrets = new Map(rows.map((row) => [row.position, secretOf(row)]));
  return questions.map((_, index) => secrets.get(index));
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
    WHERE ${byDigest('sha256(certificate_der)', '$1::bytea[]')}`;
  return lookUp<CertificateRow & { fingerprint: Uint8Array }, IssuedCertificate>(
    client,
    { name: 'find-certificates-by-fingerprint', text },
    fingerprints.map(buffer),
    (row) => hex(row.fingerprint),
    certificateOf,
  );
}

export type KeyUse = 'free' | 'otherDevice' | 'compromised';

export interface KeyUseQuestion {
  readonly publicKeySha256: Uint8Array;
  readonly exceptDeviceId: string | undefined;
}

export async function findKeyUses(client: pg.ClientBase, questions: readonly KeyUseQuestion[]): Promise<KeyUse[]> {
  const { rows } = await client.query<{ key: Uint8Array; deviceId: string | null; compromised: boolean }>({
    name: 'find-key-uses',
    text: `SELECT public_key_sha256 AS key, device_id AS "deviceId", compromised_at IS NOT NULL AS compromised
      FROM key_holder WHERE public_key_sha256 = ANY($1::bytea[])
      UNION SELECT public_key_sha256, device_id, false FROM certificate WHERE ${byDigest('public_key_sha256', '$1::bytea[]')}`,
    values: [questions.map(({ publicKeySha256 }) => buffer(publicKeySha256))],
  });
  const uses = Map.groupBy(rows, ({ key }) => hex(key));
  return questions.map(({ publicKeySha256, exceptDeviceId }) => {
    const holders = uses.get(hex(publicKeySha256)) ?? [];
    if (holders.some(({ compromised }) => compromised)) return 'compromised';
    return holders.some(({ deviceId }) => absent(deviceId) !== exceptDeviceId) ? 'otherDevice' : 'free';
  });
}
