/** A selection of certificates as the condition of a statement. */
import type { CertificateSelection, CertificateStatus } from '@touchmark/ca';
import { buffer, reasonCode } from './convert.ts';

/** The values of a statement, numbered as they are named in it. */
export class SqlParameters {
  readonly values: unknown[] = [];

  /** @param type of SQL, where the statement does not say it */
  add(value: unknown, type?: string): string {
    const position = this.values.push(ArrayBuffer.isView(value) ? buffer(value as Uint8Array) : value);
    return type === undefined ? `$${position}` : `$${position}::${type}`;
  }
}

/** As `statusOf` of the domain says it: revocation outweighs expiry, notAfter is inclusive. */
export function statusSql(now: Date, parameters: SqlParameters): string {
  const held = reasonCode('certificateHold');
  return `CASE WHEN revocation_reason = ${held} THEN 'held' WHEN revoked_at IS NOT NULL THEN 'revoked'
    WHEN not_after <= ${parameters.add(lastSecond(now), 'timestamptz')} THEN 'expired' ELSE 'active' END`;
}

/** A condition on the columns of `certificate`. Everything that is given must hold. */
export function selectionSql(selection: CertificateSelection, now: Date, parameters: SqlParameters): string {
  const { statuses = [], deviceId, publicKeySha256, profileName, profileVersion, authorityId } = selection;
  const { issuedFrom, issuedBefore, notAfterFrom, notAfterBefore } = selection;
  const conditions: string[] = [];
  const compare = (column: string, operator: string, value: unknown, type: string): void => {
    if (value !== undefined) conditions.push(`${column} ${operator} ${parameters.add(value, type)}`);
  };
  compare('device_id', '=', deviceId, 'text');
  if (publicKeySha256 !== undefined) {
    const key = parameters.add(publicKeySha256, 'bytea');
    conditions.push(`substring(public_key_sha256 FROM 1 FOR 7) = substring(${key} FROM 1 FOR 7)`);
    conditions.push(`public_key_sha256 = ${key}`);
  }
  compare('profile_name', '=', profileName, 'text');
  compare('profile_version', '=', profileVersion, 'int');
  compare('authority_id', '=', authorityId, 'uuid');
  compare('issued_at', '>=', issuedFrom, 'timestamptz');
  compare('issued_at', '<', issuedBefore, 'timestamptz');
  compare('not_after', '>=', notAfterFrom, 'timestamptz');
  compare('not_after', '<', notAfterBefore, 'timestamptz');
  if (statuses.length > 0) {
    conditions.push(`(${statuses.map((status) => ofStatus(status, now, parameters)).join(' OR ')})`);
  }
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}

function ofStatus(status: CertificateStatus, now: Date, parameters: SqlParameters): string {
  const held = reasonCode('certificateHold');
  switch (status) {
    case 'active':
      return `(revoked_at IS NULL AND not_after > ${parameters.add(lastSecond(now), 'timestamptz')})`;
    case 'expired':
      return `(revoked_at IS NULL AND not_after <= ${parameters.add(lastSecond(now), 'timestamptz')})`;
    case 'held':
      return `(revoked_at IS NOT NULL AND revocation_reason = ${held})`;
    case 'revoked':
      return `(revoked_at IS NOT NULL AND revocation_reason <> ${held})`;
  }
}

function lastSecond(now: Date): Date {
  return new Date(now.getTime() - 1000);
}

/**
 * Certificates that are never revoked by a selection: those of authorities, those that the service made for itself, and the
 * credentials of principals. Each has a way of its own, which says what goes with it.
 */
export const protectedSql = `(
  profile_name LIKE 'authority-%'
  OR profile_name IN (SELECT name FROM profile_version WHERE rules @> '{"service": true}')
  OR id IN (
    SELECT credential.id FROM principal CROSS JOIN LATERAL (
      SELECT id FROM certificate
      WHERE substring(sha256(certificate_der) FROM 1 FOR 7)
          = substring(principal.certificate_fingerprint_sha256 FROM 1 FOR 7)
        AND sha256(certificate_der) = principal.certificate_fingerprint_sha256
      OFFSET 0) AS credential))`;
