/** Certificates as an administrator looks for them. */
import { CaError } from '@touchmark/ca';
import type { CertificateStatus, IssuedCertificate } from '@touchmark/ca';
import type pg from 'pg';
import { findCertificate, findCertificateByFingerprint } from '../certificate-reference.ts';
import { certificateOf, reasonCode } from '../convert.ts';
import { where } from '../defined-where.ts';
import type { Prisma, PrismaClient } from '../generated/client.ts';
import { keyOfCursor, pageOf, rowsToRead, uuidForm } from './page.ts';
import type { Page, PageRequest } from './page.ts';
import { asked } from './prisma-errors.ts';

export interface CertificateFilter {
  /** Undefined or empty: all. */
  readonly statuses?: readonly CertificateStatus[] | undefined;
  readonly deviceId?: string | undefined;
  readonly profileName?: string | undefined;
  readonly authorityId?: string | undefined;
}

const hold = reasonCode('certificateHold');

/** As `statusOf` of the domain says it: revocation outweighs expiry, notAfter is inclusive. */
function ofStatus(status: CertificateStatus, now: Date): Prisma.CertificateWhereInput {
  const lastSecond = new Date(now.getTime() - 1000);
  switch (status) {
    case 'active':
      return { revokedAt: null, notAfter: { gt: lastSecond } };
    case 'expired':
      return { revokedAt: null, notAfter: { lte: lastSecond } };
    case 'held':
      return { revokedAt: { not: null }, revocationReason: hold };
    case 'revoked':
      return { revokedAt: { not: null }, revocationReason: { not: hold } };
  }
}

export function createCertificateAdmin(prisma: PrismaClient, pool: pg.Pool) {
  return {
    /** @param now what `active` and `expired` refer to */
    async listCertificates(filter: CertificateFilter, page: PageRequest, now: Date): Promise<Page<IssuedCertificate>> {
      const before = keyOfCursor(page, uuidForm);
      const statuses = filter.statuses ?? [];
      if (filter.authorityId !== undefined && !uuidForm.test(filter.authorityId))
        return { items: [], nextCursor: undefined };
      const rows = await asked(() =>
        prisma.certificate.findMany({
          where: where({
            ...(before === undefined ? {} : { id: { lt: before } }),
            ...(filter.deviceId === undefined ? {} : { deviceId: filter.deviceId }),
            ...(filter.profileName === undefined ? {} : { profileName: filter.profileName }),
            ...(filter.authorityId === undefined ? {} : { authorityId: filter.authorityId }),
            ...(statuses.length === 0 ? {} : { OR: statuses.map((status) => ofStatus(status, now)) }),
          }),
          orderBy: { id: 'desc' },
          take: rowsToRead(page),
        }),
      );
      return pageOf(rows, page, ({ id }) => id, certificateOf);
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
