/** Credentials of principals as the REST interface shows them, and the one-time tokens that make new ones. */
import { toHex } from '@touchmark/asn1';
import { z } from 'zod';
import type { CredentialRecord } from '../ports.ts';
import { roleNames } from '../roles.ts';
import { Hex, Identifier, Timestamp, optionalTimestamp, timestamp } from './common.ts';

export const credentialKinds = ['certificate', 'token'] as const;

export const credentialStatuses = ['active', 'notYetValid', 'expired', 'revoked'] as const;

export const Credential = z
  .strictObject({
    id: z.string(),
    name: z.string().meta({ description: 'Of the principal; stands in attempts and audit events' }),
    role: z.enum(roleNames),
    kind: z.enum(credentialKinds),
    status: z.enum(credentialStatuses),
    certificateFingerprintSha256: Hex.nullable().meta({ description: 'null: an API token' }),
    createdAt: Timestamp,
    expiresAt: Timestamp.nullable(),
    revokedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Credential' });
export type Credential = z.infer<typeof Credential>;

export const RevokedCredential = z
  .strictObject({
    ...Credential.shape,
    changed: z.boolean().meta({ description: 'False when it was revoked before: the first revocation stands' }),
  })
  .meta({ id: 'RevokedCredential' });
export type RevokedCredential = z.infer<typeof RevokedCredential>;

export const CredentialParams = z.strictObject({ id: Identifier });

export const SetupTokenQuery = z.strictObject({
  role: z.enum(roleNames).default('administrator').meta({ description: 'Of the principal that the link makes' }),
});

export const CreatedSetupToken = z
  .strictObject({
    token: z.string().meta({ description: 'Shown this once; POST /setup takes it, once' }),
    link: z.string().meta({ description: 'The setup page with the token in its fragment' }),
    role: z.enum(roleNames).meta({ description: 'Of the principal that it makes' }),
    expiresAt: Timestamp,
  })
  .meta({ id: 'CreatedSetupToken' });
export type CreatedSetupToken = z.infer<typeof CreatedSetupToken>;

export function showCredential(record: CredentialRecord): Credential {
  const { id, name, role, status, certificateFingerprintSha256: fingerprint } = record;
  return {
    id,
    name,
    role,
    kind: fingerprint === undefined ? 'token' : 'certificate',
    status,
    certificateFingerprintSha256: fingerprint === undefined ? null : toHex(fingerprint),
    createdAt: timestamp(record.createdAt),
    expiresAt: optionalTimestamp(record.expiresAt),
    revokedAt: optionalTimestamp(record.revokedAt),
  };
}
