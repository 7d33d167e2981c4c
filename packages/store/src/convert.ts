/** Between rows and the domain: the one place where bytes, dates, numbers and nulls change their form. */
import { sha256 } from '@touchmark/crypto';
import type {
  Device,
  EnrollmentSecret,
  IssuanceIntent,
  IssuedCertificate,
  Revocation,
  RevocationReason,
} from '@touchmark/ca';

/** RFC 5280 §5.3.1. removeFromCRL (8) is not a state, and 7 is not used. */
const reasonCodes: Readonly<Record<RevocationReason, number>> = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  privilegeWithdrawn: 9,
  aACompromise: 10,
};
const reasonsByCode = new Map(Object.entries(reasonCodes).map(([reason, code]) => [code, reason as RevocationReason]));

export function reasonCode(reason: RevocationReason): number {
  return reasonCodes[reason];
}

export function reasonOfCode(code: number): RevocationReason {
  const reason = reasonsByCode.get(code);
  if (reason === undefined) throw new Error(`The registry holds an unknown CRLReason ${code}.`);
  return reason;
}

/** Buffers are pooled views in places; the domain gets plain arrays. */
export function bytes(value: Uint8Array): Uint8Array<ArrayBuffer> {
  return value.constructor === Uint8Array && value.buffer instanceof ArrayBuffer
    ? (value as Uint8Array<ArrayBuffer>)
    : new Uint8Array(value);
}

/** For a parameter of `pg`, which takes Buffers in arrays. */
export function buffer(value: Uint8Array): Buffer {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

export function hex(value: Uint8Array): string {
  return buffer(value).toString('hex');
}

export function absent<T>(value: T | null): T | undefined {
  return value ?? undefined;
}

/** PostgreSQL stores neither NUL nor lone surrogates; what clients sent may hold both. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\ufffd');
}

/** JSON.stringify escapes NUL and lone surrogates, and little else in this way. */
const escapesInJson = /\\u(?:0000|d[89a-f])/;
/** Each escape as a whole, so that what follows an escaped backslash is none. */
const escapeInJson = /\\(?:u[0-9a-f]{4}|.)/g;

/** The same as `storableText` for all that is text, names of members among it. */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!escapesInJson.test(json)) return json;
  return json.replaceAll(escapeInJson, (escape) => (escapesInJson.test(escape) ? '\ufffd' : escape));
}

/** A row of `certificate`, by `pg` or by Prisma. */
export interface CertificateRow {
  readonly id: string;
  readonly authorityId: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly issuedAt: Date;
  readonly revokedAt: Date | null;
  readonly invalidityDate: Date | null;
  readonly profileVersion: number;
  readonly crlShard: number;
  readonly revocationReason: number | null;
  readonly serialNumber: Uint8Array;
  readonly publicKeySha256: Uint8Array;
  readonly requestDigest: Uint8Array;
  readonly deviceId: string | null;
  readonly profileName: string;
  readonly certificateDer: Uint8Array;
}

/** The columns of `certificate`, by the names they have in a row. */
export const certificateColumnNames: Readonly<Record<keyof CertificateRow, string>> = {
  id: 'id',
  authorityId: 'authority_id',
  notBefore: 'not_before',
  notAfter: 'not_after',
  issuedAt: 'issued_at',
  revokedAt: 'revoked_at',
  invalidityDate: 'invalidity_date',
  profileVersion: 'profile_version',
  crlShard: 'crl_shard',
  revocationReason: 'revocation_reason',
  serialNumber: 'serial_number',
  publicKeySha256: 'public_key_sha256',
  requestDigest: 'request_digest',
  deviceId: 'device_id',
  profileName: 'profile_name',
  certificateDer: 'certificate_der',
};

export const certificateColumns = Object.entries(certificateColumnNames)
  .map(([name, column]) => `${column} AS "${name}"`)
  .join(', ');

export function certificateOf(row: CertificateRow): IssuedCertificate {
  const certificateDer = bytes(row.certificateDer);
  return {
    id: row.id,
    authorityId: row.authorityId,
    serialNumber: bytes(row.serialNumber),
    certificateDer,
    fingerprintSha256: sha256(certificateDer),
    publicKeySha256: bytes(row.publicKeySha256),
    requestDigest: bytes(row.requestDigest),
    deviceId: absent(row.deviceId),
    profileName: row.profileName,
    profileVersion: row.profileVersion,
    notBefore: row.notBefore,
    notAfter: row.notAfter,
    issuedAt: row.issuedAt,
    crlShard: row.crlShard,
    revocation: revocationOf(row),
  };
}

export function revocationOf(
  row: Pick<CertificateRow, 'revokedAt' | 'revocationReason' | 'invalidityDate'>,
): Revocation | undefined {
  if (row.revokedAt === null || row.revocationReason === null) return undefined;
  return {
    revokedAt: row.revokedAt,
    reason: reasonOfCode(row.revocationReason),
    invalidityDate: absent(row.invalidityDate),
  };
}

/** A row of `device`, by `pg` or by Prisma. */
export interface DeviceRow {
  readonly id: string;
  readonly state: Device['state'];
  readonly role: string | null;
  readonly segment: string | null;
  /** An object of texts: nothing else is written. */
  readonly fields: unknown;
  readonly createdAt: Date;
}

export function deviceOf({ id, state, role, segment, fields, createdAt }: DeviceRow): Device {
  return {
    id,
    state,
    role: absent(role),
    segment: absent(segment),
    fields: fields as Record<string, string>,
    createdAt,
  };
}

/** A row of `enrollment_secret` with the lock that counts. */
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

export interface IntentRow {
  readonly id: string;
  readonly attemptId: string;
  readonly authorityId: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly createdAt: Date;
  readonly profileVersion: number;
  readonly crlShard: number;
  readonly serialNumber: Uint8Array;
  readonly publicKeySha256: Uint8Array;
  readonly requestDigest: Uint8Array;
  readonly deviceId: string | null;
  readonly profileName: string;
  readonly tbsCertificateDer: Uint8Array;
}

export const intentColumns = `id, attempt_id AS "attemptId", authority_id AS "authorityId", not_before AS "notBefore",
  not_after AS "notAfter", created_at AS "createdAt", profile_version AS "profileVersion", crl_shard AS "crlShard",
  serial_number AS "serialNumber", public_key_sha256 AS "publicKeySha256", request_digest AS "requestDigest",
  device_id AS "deviceId", profile_name AS "profileName", tbs_certificate_der AS "tbsCertificateDer"`;

export function intentOf(row: IntentRow): IssuanceIntent {
  return {
    id: row.id,
    attemptId: row.attemptId,
    requestDigest: bytes(row.requestDigest),
    authorityId: row.authorityId,
    serialNumber: bytes(row.serialNumber),
    tbsCertificateDer: bytes(row.tbsCertificateDer),
    publicKeySha256: bytes(row.publicKeySha256),
    deviceId: absent(row.deviceId),
    profileName: row.profileName,
    profileVersion: row.profileVersion,
    notBefore: row.notBefore,
    notAfter: row.notAfter,
    crlShard: row.crlShard,
    createdAt: row.createdAt,
  };
}
