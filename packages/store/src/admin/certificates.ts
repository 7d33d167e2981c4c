/** Certificates as an administrator looks for them. */
import { CaError } from '@touchmark/ca';
import type { CertificateSelection, IssuedCertificate } from '@touchmark/ca';
import type pg from 'pg';
import { findCertificate, findCertificateByFingerprint } from '../certificate-reference.ts';
import { SqlParameters, selectionSql } from '../certificate-selection.ts';
import { certificateColumns, certificateOf } from '../convert.ts';
import type { CertificateRow } from '../convert.ts';
import { withConnection } from '../retry.ts';
import { keyOfCursor, pageOf, rowsToRead, uuidForm } from './page.ts';
import type { Page, PageRequest } from './page.ts';

export function createCertificateAdmin(pool: pg.Pool) {
  return {
    /** @param now what `active` and `expired` refer to */
    async listCertificates(
      selection: CertificateSelection,
      page: PageRequest,
      now: Date,
    ): Promise<Page<IssuedCertificate>> {
      const before = keyOfCursor(page, uuidForm);
      const rows = rowsToRead(page);
      if (selection.authorityId !== undefined && !uuidForm.test(selection.authorityId))
        return { items: [], nextCursor: undefined };
      const parameters = new SqlParameters();
      const condition = selectionSql(selection, now, parameters);
      const older = before === undefined ? 'true' : `id < ${parameters.add(before, 'uuid')}`;
      const found = await withConnection(pool, (client) =>
        client.query<CertificateRow>(
          `SELECT ${certificateColumns} FROM certificate WHERE ${condition} AND ${older} ORDER BY id DESC LIMIT ${rows}`,
          parameters.values,
        ),
      );
      return pageOf(found.rows, page, ({ id }) => id, certificateOf);
    },

    findCertificate: (idOrSerialHex: string): Promise<IssuedCertificate | undefined> =>
      findCertificate(pool, idOrSerialHex),

    findCertificateByFingerprint: (fingerprintSha256: Uint8Array): Promise<IssuedCertificate | undefined> =>
      findCertificateByFingerprint(pool, fingerprintSha256),

    /** @throws CaError `notFound` */
    async getCertificate(idOrSerialHex: string): Promise<IssuedCertificate> {
      const certificate = await findCertificate(pool, idOrSerialHex);
      if (certificate === undefined) {
        throw new CaError('notFound', 'There is no such certificate. Give its id or its serial number in hex.');
      }
      return certificate;
    },
  };
}
