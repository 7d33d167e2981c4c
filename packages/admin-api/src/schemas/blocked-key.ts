/** The operator's blocklist of keys as the REST interface shows it. */
import { fromHex, toHex } from '@touchmark/asn1';
import { z } from 'zod';
import type { BlockedKeyRecord, BlockedKeyStanding, BlockOutcome } from '../blocked-key-ports.ts';
import { CursorQuery, Hex, Timestamp, optionalTimestamp, timestamp } from './common.ts';

/** In one request: the body stays below its limit. */
const maxKeysAtOnce = 1000;

const PublicKeySha256 = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, 'must be the SHA-256 of a SubjectPublicKeyInfo in hex')
  .transform((text) => fromHex(text.toLowerCase()));

const common = {
  publicKeySha256: Hex.meta({ description: 'SHA-256 of the SubjectPublicKeyInfo' }),
  blockedAt: Timestamp,
  blockedBy: z.string(),
  reason: z.string(),
  compromisedAt: Timestamp.nullable().meta({
    description: 'When a certificate of it was revoked for keyCompromise: unblocking does not lift that',
  }),
};

const standing = {
  ...common,
  activeCertificates: z.int().min(0).meta({ description: 'Active certificates of the key: a block revokes nothing' }),
  revokeCommand: z
    .string()
    .nullable()
    .meta({ description: 'The command that revokes them; null when there are none. See also POST /revocations' }),
};

export const BlockedKey = z.strictObject(common).meta({ id: 'BlockedKey' });
export type BlockedKey = z.infer<typeof BlockedKey>;

export const BlockedKeyDetails = z.strictObject(standing).meta({ id: 'BlockedKeyDetails' });
export type BlockedKeyDetails = z.infer<typeof BlockedKeyDetails>;

export const BlockKeysBody = z.strictObject({
  publicKeySha256: z
    .array(PublicKeySha256)
    .min(1, 'name a key at least')
    .max(maxKeysAtOnce, `name ${maxKeysAtOnce} keys at most in one request`)
    .meta({ description: 'SHA-256 of each SubjectPublicKeyInfo in hex' }),
  reason: z
    .string()
    .trim()
    .min(1, 'say why')
    .max(500, 'use 500 characters at most')
    .regex(/^\P{Cc}*$/u, 'must be one line, without control characters')
    .meta({ description: 'Why, for whoever reads the list later' }),
});

export const BlockedKeys = z
  .strictObject({
    items: z
      .array(
        z.strictObject({
          ...standing,
          changed: z.boolean().meta({ description: 'false: it was blocked before, and that block stands' }),
        }),
      )
      .meta({ description: 'In the order of the request' }),
  })
  .meta({ id: 'BlockedKeys' });
export type BlockedKeys = z.infer<typeof BlockedKeys>;

export const BlockedKeyParams = z.strictObject({ sha256: PublicKeySha256 });

export const BlockedKeyQuery = z.strictObject(CursorQuery);

export function showBlockedKey(record: BlockedKeyRecord): BlockedKey {
  const { publicKeySha256, blockedAt, blockedBy, reason, compromisedAt } = record;
  return {
    publicKeySha256: toHex(publicKeySha256),
    blockedAt: timestamp(blockedAt),
    blockedBy,
    reason,
    compromisedAt: optionalTimestamp(compromisedAt),
  };
}

export function showBlockedKeyDetails(record: BlockedKeyStanding): BlockedKeyDetails {
  const { activeCertificates } = record;
  const shown = showBlockedKey(record);
  return {
    ...shown,
    activeCertificates,
    revokeCommand: activeCertificates === 0 ? null : `touchmark cert revoke --key ${shown.publicKeySha256}`,
  };
}

export function showBlockOutcomes(outcomes: readonly BlockOutcome[]): BlockedKeys {
  return { items: outcomes.map((outcome) => ({ ...showBlockedKeyDetails(outcome), changed: outcome.changed })) };
}
