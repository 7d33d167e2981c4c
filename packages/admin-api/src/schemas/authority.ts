/** Authorities as the REST interface shows them. */
import { createHash } from 'node:crypto';
import { encodePem, toHex } from '@touchmark/asn1';
import type { Authority as AuthorityRecord } from '@touchmark/ca';
import { formatName, parseCertificate } from '@touchmark/x509';
import { z } from 'zod';
import { Hex, Identifier, Timestamp, timestamp } from './common.ts';

export const Authority = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    kind: z.enum(['root', 'issuing']),
    issuerId: z.string().nullable(),
    subject: z.string(),
    serialNumber: Hex,
    notBefore: Timestamp,
    notAfter: Timestamp,
    fingerprintSha256: Hex,
    crlShards: z.int(),
    certificatePem: z.string(),
  })
  .meta({ id: 'Authority' });
export type Authority = z.infer<typeof Authority>;

/** Id or name. */
export const AuthorityParams = z.strictObject({ authority: Identifier });

export function showAuthority(authority: AuthorityRecord): Authority {
  const certificate = parseCertificate(authority.certificateDer);
  return {
    id: authority.id,
    name: authority.name,
    kind: authority.kind,
    issuerId: authority.issuerId ?? null,
    subject: formatName(certificate.subject),
    serialNumber: certificate.serialNumberHex,
    notBefore: timestamp(certificate.notBefore),
    notAfter: timestamp(certificate.notAfter),
    fingerprintSha256: toHex(createHash('sha256').update(authority.certificateDer).digest()),
    crlShards: authority.crlShards,
    certificatePem: encodePem('CERTIFICATE', authority.certificateDer),
  };
}
