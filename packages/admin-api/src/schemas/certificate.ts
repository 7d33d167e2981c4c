/** Certificates as the REST interface shows and takes them. */
import { decodePem, fromBase64, fromHex, isPem, toHex } from '@touchmark/asn1';
import { statusOf } from '@touchmark/ca';
import type { CertificateStatus, IssuedCertificate, RevocationReason } from '@touchmark/ca';
import { formatName, parseCertificate, subjectAltNamesOf } from '@touchmark/x509';
import { z } from 'zod';
import { formatGeneralName } from './general-name.ts';
import type { CertificateReference } from '../ports.ts';
import { DeviceId, Hex, Identifier, Timestamp, optionalTimestamp, timestamp } from './common.ts';

export const certificateStatuses = [
  'active',
  'revoked',
  'held',
  'expired',
] as const satisfies readonly CertificateStatus[];

/** RFC 5280 §5.3.1, by name, without removeFromCRL, which is not a state. */
const recordedReasons = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  'privilegeWithdrawn',
  'aACompromise',
] as const satisfies readonly RevocationReason[];

export const Certificate = z
  .strictObject({
    id: z.string(),
    serialNumber: Hex,
    status: z.enum(certificateStatuses),
    subject: z.string().meta({ description: 'RFC 4514; empty when the names are in subjectAltNames only' }),
    subjectAltNames: z.array(z.strictObject({ kind: z.string(), value: z.string() })),
    issuer: z.string(),
    authorityId: z.string(),
    deviceId: z.string().nullable(),
    profile: z.strictObject({ name: z.string(), version: z.int() }),
    notBefore: Timestamp,
    notAfter: Timestamp,
    issuedAt: Timestamp,
    fingerprintSha256: Hex,
    publicKeySha256: Hex,
    crlShard: z.int(),
    revocation: z
      .strictObject({ revokedAt: Timestamp, reason: z.enum(recordedReasons), invalidityDate: Timestamp.nullable() })
      .nullable(),
  })
  .meta({ id: 'Certificate' });
export type Certificate = z.infer<typeof Certificate>;

export const IssuedAnswer = z
  .strictObject({
    attemptId: z.string(),
    certificate: Certificate,
    certificatePem: z.string(),
    chainPem: z.string().meta({ description: 'The certificate and its issuers, without the root' }),
  })
  .meta({ id: 'IssuedAnswer' });
export type IssuedAnswer = z.infer<typeof IssuedAnswer>;

const referenceHelp = 'must be a certificate id, a serial number in hex, or a SHA-256 fingerprint in hex';

export const CertificateParams = z.strictObject({
  id: z
    .string()
    .max(256, referenceHelp)
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9:_-]*[A-Za-z0-9])?$/, referenceHelp)
    .meta({
      description: 'Certificate id, serial number in hex (any case, colons allowed) or SHA-256 fingerprint in hex',
    }),
});

export const IssueBody = z.strictObject({
  profile: Identifier,
  authority: Identifier.optional().meta({ description: 'Id or name; default: the one of the profile' }),
  certificationRequest: z
    .string()
    .min(1)
    .transform(decodeRequest)
    .meta({ description: 'PKCS #10 CertificationRequest (RFC 2986) in PEM, or DER in base64' }),
  commonName: z.string().min(1).max(64).optional(),
  subjectAltNames: z
    .array(z.strictObject({ kind: z.enum(['dns', 'ip', 'uri', 'email']), value: z.string().min(1).max(255) }))
    .max(64)
    .default([])
    .meta({ description: 'What the profile does not let through is refused' }),
  deviceId: DeviceId.optional().meta({
    description: 'The device that the certificate is for, where the profile names one',
  }),
});

/** Hex of any case with or without colons is a serial number or, with 64 digits, a fingerprint. */
export function toCertificateReference(written: string): CertificateReference {
  const hex = written.replaceAll(':', '').toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hex)) return { kind: 'fingerprint', sha256: fromHex(hex) };
  if (/^[0-9a-f]+$/.test(hex)) return { kind: 'idOrSerialNumber', value: canonicalSerialNumber(hex) };
  return { kind: 'idOrSerialNumber', value: written };
}

export function showCertificate(record: IssuedCertificate, now: Date): Certificate {
  const certificate = parseCertificate(record.certificateDer);
  return {
    id: record.id,
    serialNumber: toHex(record.serialNumber),
    status: statusOf(record, now),
    subject: formatName(certificate.subject),
    subjectAltNames: subjectAltNamesOf(certificate).map(formatGeneralName),
    issuer: formatName(certificate.issuer),
    authorityId: record.authorityId,
    deviceId: record.deviceId ?? null,
    profile: { name: record.profileName, version: record.profileVersion },
    notBefore: timestamp(record.notBefore),
    notAfter: timestamp(record.notAfter),
    issuedAt: timestamp(record.issuedAt),
    fingerprintSha256: toHex(record.fingerprintSha256),
    publicKeySha256: toHex(record.publicKeySha256),
    crlShard: record.crlShard,
    revocation: record.revocation === undefined ? null : showRevocation(record.revocation),
  };
}

function showRevocation(
  revocation: NonNullable<IssuedCertificate['revocation']>,
): NonNullable<Certificate['revocation']> {
  return {
    revokedAt: timestamp(revocation.revokedAt),
    reason: revocation.reason,
    invalidityDate: optionalTimestamp(revocation.invalidityDate),
  };
}

/** Tools print serial numbers without leading zeros; the registry keeps the content octets of the INTEGER (X.690 §8.3). */
function canonicalSerialNumber(hex: string): string {
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  const trimmed = even.replace(/^(?:00)+(?=[0-7][0-9a-f])/, '');
  return /^[89a-f]/.test(trimmed) ? `00${trimmed}` : trimmed;
}

function decodeRequest(text: string, context: z.RefinementCtx): Uint8Array {
  try {
    if (!isPem(text)) return fromBase64(text.replaceAll(/\s/g, ''));
    const blocks = decodePem(text);
    const request = blocks.find(({ label }) => label === 'CERTIFICATE REQUEST' || label === 'NEW CERTIFICATE REQUEST');
    if (request !== undefined) return request.bytes;
    const found = blocks.map(({ label }) => label).join(', ');
    context.addIssue({
      code: 'custom',
      message: `holds ${found === '' ? 'no PEM block' : found}, not a CERTIFICATE REQUEST`,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    context.addIssue({ code: 'custom', message: `is neither PEM nor DER in base64: ${reason}` });
  }
  return z.NEVER;
}
