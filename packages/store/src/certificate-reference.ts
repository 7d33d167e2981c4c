/** Certificates as people name them: by id, or by serial number in hex. */
import type { IssuedCertificate } from '@touchmark/ca';
import type pg from 'pg';
import { buffer, certificateColumns, certificateOf } from './convert.ts';
import type { CertificateRow } from './convert.ts';

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

export async function findCertificate(
  client: pg.ClientBase | pg.Pool,
  idOrSerialHex: string,
): Promise<IssuedCertificate | undefined> {
  const byId = isUuid(idOrSerialHex);
  if (!byId && !/^(?:[0-9a-f]{2}){1,21}$/i.test(idOrSerialHex)) return undefined;
  const { rows } = await client.query<CertificateRow>(
    `SELECT ${certificateColumns} FROM certificate WHERE ${byId ? 'id = $1' : 'serial_number = $1'}`,
    [byId ? idOrSerialHex : serialNumberOf(idOrSerialHex)],
  );
  const [row] = rows;
  return row === undefined ? undefined : certificateOf(row);
}

export async function findCertificateByFingerprint(
  client: pg.ClientBase | pg.Pool,
  fingerprintSha256: Uint8Array,
): Promise<IssuedCertificate | undefined> {
  const { rows } = await client.query<CertificateRow>(
    `SELECT ${certificateColumns} FROM certificate
     WHERE substring(sha256(certificate_der) FROM 1 FOR 7) = substring($1::bytea FROM 1 FOR 7) AND sha256(certificate_der) = $1`,
    [buffer(fingerprintSha256)],
  );
  const [row] = rows;
  return row === undefined ? undefined : certificateOf(row);
}

/** Content octets of the INTEGER: tools print them without the zero octet that keeps them positive. */
function serialNumberOf(serialHex: string): Buffer {
  const octets = Buffer.from(serialHex, 'hex');
  return (octets[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), octets]) : octets;
}
