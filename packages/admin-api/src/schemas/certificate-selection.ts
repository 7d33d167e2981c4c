/** Selections of certificates in flat filters: those of a listing, and of an act on many. */
import { fromHex } from '@touchmark/asn1';
import type { CertificateSelection } from '@touchmark/ca';
import { z } from 'zod';
import type { AdminServices } from '../ports.ts';
import { certificateStatuses } from './certificate.ts';
import { CursorQuery, DeviceId, Identifier, commaList } from './common.ts';

const time = (description: string) =>
  z.iso
    .datetime('must be RFC 3339 in UTC, e.g. 2026-01-31T12:00:00Z')
    .transform((text) => new Date(text))
    .optional()
    .meta({ description });

const filters = {
  status: commaList(certificateStatuses, 'Only these'),
  deviceId: DeviceId.optional(),
  publicKeySha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'must be the SHA-256 of a SubjectPublicKeyInfo in hex')
    .transform((text) => fromHex(text.toLowerCase()))
    .optional()
    .meta({ description: 'SHA-256 of the SubjectPublicKeyInfo in hex' }),
  profile: Identifier.optional(),
  profileVersion: z.coerce
    .number('must be a whole number')
    .int('must be a whole number')
    .min(1, 'must be 1 or more')
    .max(32_767, 'must be 32767 or less')
    .optional(),
  authority: Identifier.optional().meta({ description: 'Id or name' }),
  'issued[gte]': time('Issued then or later'),
  'issued[lt]': time('Issued before'),
  'notAfter[gte]': time('Valid until then or longer'),
  'notAfter[lt]': time('Valid until before'),
};

export const SelectionQuery = z.strictObject(filters);
export type SelectionQuery = z.infer<typeof SelectionQuery>;

export const CertificateQuery = z.strictObject({ ...filters, ...CursorQuery });

/** Unknown authority: `notFound`. */
export async function toSelection(query: SelectionQuery, services: AdminServices): Promise<CertificateSelection> {
  return {
    statuses: query.status,
    deviceId: query.deviceId,
    publicKeySha256: query.publicKeySha256,
    profileName: query.profile,
    profileVersion: query.profileVersion,
    authorityId: query.authority && (await services.getAuthority(query.authority)).id,
    issuedFrom: query['issued[gte]'],
    issuedBefore: query['issued[lt]'],
    notAfterFrom: query['notAfter[gte]'],
    notAfterBefore: query['notAfter[lt]'],
  };
}
