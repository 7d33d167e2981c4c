/** Enrollment endpoints and their secrets as the REST interface shows and takes them. */
import { challengeKinds } from '@touchmark/ca';
import type { EnrollmentEndpoint, EnrollmentSecret as SecretRecord } from '@touchmark/ca';
import { z } from 'zod';
import type { ServedEndpoint } from '../ports.ts';
import { CursorQuery, DeviceId, Identifier, Timestamp, optionalTimestamp, timestamp } from './common.ts';

const approvals = ['automatic', 'manual'] as const satisfies readonly EnrollmentEndpoint['approval'][];

const settingValue = z.union([z.string(), z.boolean()]);

export const EndpointSetting = z.strictObject({
  name: z.string(),
  value: settingValue,
  source: z.enum(['endpoint', 'preset', 'generic']).meta({
    description: 'endpoint: written there; preset: its preset has it otherwise than generic; generic: as all begin',
  }),
  byPreset: settingValue.nullable().meta({ description: 'Without one at the endpoint; null: there is none' }),
  meaning: z.string().meta({ description: 'What this value does' }),
});

export const Endpoint = z
  .strictObject({
    label: z.string(),
    protocol: z.enum(['est', 'scep']),
    url: z.string().nullable().meta({
      description: 'What a client is given; null where this node does not serve EST, and does not know who does',
    }),
    authorityId: z.string(),
    authority: z.string().meta({ description: 'Name' }),
    profile: z.strictObject({ name: z.string(), version: z.int() }),
    acceptsSecret: z.boolean(),
    acceptsCertificate: z.boolean(),
    challenge: z
      .strictObject({ kind: z.enum(challengeKinds), settings: z.record(z.string(), z.unknown()) })
      .nullable()
      .meta({ description: 'What is taken for a password beside enrollment secrets; no secrets are in it' }),
    approval: z.enum(approvals),
    acceptsAnyone: z.boolean(),
    settings: z
      .record(z.string(), z.unknown())
      .meta({ description: 'What the protocol alone reads, as it was written' }),
    settingsInForce: z.array(EndpointSetting).meta({
      description: 'Every setting of the protocol with its value; empty for EST, and where the settings cannot be read',
    }),
    enabled: z.boolean(),
    revision: z.int().meta({ description: 'Rises with every change; the ETag' }),
  })
  .meta({ id: 'Endpoint' });
export type Endpoint = z.infer<typeof Endpoint>;

export const secretStatuses = ['usable', 'spent', 'expired', 'revoked', 'locked'] as const;

const secretFields = {
  id: z.string(),
  endpointLabel: z.string(),
  status: z.enum(secretStatuses),
  deviceId: z.string().nullable().meta({ description: 'The only device that may use it; null: any' }),
  maxUses: z.int(),
  uses: z.int(),
  createdAt: Timestamp,
  expiresAt: Timestamp,
  revokedAt: Timestamp.nullable(),
  lockedUntil: Timestamp.nullable(),
};

export const Secret = z.strictObject(secretFields).meta({ id: 'Secret' });
export type Secret = z.infer<typeof Secret>;

export const CreatedSecret = z
  .strictObject({ ...secretFields, secret: z.string().meta({ description: 'Shown this once; only its hash is kept' }) })
  .meta({ id: 'CreatedSecret' });
export type CreatedSecret = z.infer<typeof CreatedSecret>;

export const EndpointParams = z.strictObject({ label: Identifier });
export const SecretParams = z.strictObject({ label: Identifier, id: Identifier });
export const SecretQuery = z.strictObject(CursorQuery);

const authority = Identifier.meta({ description: 'Id or name of the authority that certifies' });
const acceptsSecret = z.boolean().meta({ description: 'Devices enroll with an enrollment secret' });
const approval = z.enum(approvals).meta({ description: 'manual: first enrollments wait for an administrator' });
const acceptsAnyone = z.boolean().meta({ description: 'Who proves nothing may ask; only with manual approval' });
const settings = z
  .record(z.string(), z.unknown())
  .meta({ description: 'What the protocol alone reads, e.g. {"preset": "apple"} of SCEP' });
const acceptsCertificate = z.boolean().meta({ description: 'Devices renew with the certificate that they have' });

export const CreateEndpointBody = z.strictObject({
  label: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$/,
      'must be 1 to 64 letters, digits and . _ ~ - with a letter or digit first',
    )
    .meta({ description: 'The {label} of the path; not the name of an EST operation' }),
  protocol: z.enum(['est', 'scep']).default('est'),
  authority,
  profile: Identifier,
  acceptsSecret: acceptsSecret.default(true),
  acceptsCertificate: acceptsCertificate.default(true),
  approval: approval.default('automatic'),
  acceptsAnyone: acceptsAnyone.default(false),
  settings: settings.default({}),
});

export const SetEndpointBody = z.strictObject({
  authority: authority.optional(),
  profile: Identifier.optional(),
  acceptsSecret: acceptsSecret.optional(),
  acceptsCertificate: acceptsCertificate.optional(),
  approval: approval.optional(),
  acceptsAnyone: acceptsAnyone.optional(),
  settings: settings.optional(),
  enabled: z.boolean().optional().meta({ description: 'Nothing is enrolled at an endpoint that is not' }),
});

export const CreateSecretBody = z.strictObject({
  deviceId: DeviceId.optional().meta({ description: 'Bind it to this device, which is registered if it is not' }),
  maxUses: z.int().min(1).max(1_000_000).default(1),
  expiresInSeconds: z
    .int()
    .min(60)
    .max(366 * 86_400)
    .default(86_400),
});

export function showEndpoint(endpoint: EnrollmentEndpoint, served: ServedEndpoint, authorityName: string): Endpoint {
  const { label, protocol, authorityId, profile, acceptsSecret, acceptsCertificate, enabled, revision } = endpoint;
  const { challenge, approval: approved, acceptsAnyone: anyone, protocolSettings } = endpoint;
  return {
    label,
    protocol,
    url: served.url ?? null,
    authorityId,
    authority: authorityName,
    profile: { name: profile.name, version: profile.version },
    acceptsSecret,
    acceptsCertificate,
    challenge: challenge === undefined ? null : showChallenge(challenge),
    approval: approved,
    acceptsAnyone: anyone,
    settings: { ...protocolSettings },
    settingsInForce: served.settings.map(({ byPreset, ...setting }) => ({ ...setting, byPreset: byPreset ?? null })),
    enabled,
    revision,
  };
}

/** Not what a password could be guessed with: hash and salt. */
function showChallenge({
  kind,
  settings,
}: NonNullable<EnrollmentEndpoint['challenge']>): NonNullable<Endpoint['challenge']> {
  if (kind !== 'static') return { kind, settings: { ...settings } };
  const { hash: _hash, salt: _salt, ...shown } = settings;
  return { kind, settings: shown };
}

export function showSecret(secret: SecretRecord, now: Date): Secret {
  return {
    id: secret.id,
    endpointLabel: secret.endpointLabel,
    status: secretStatusOf(secret, now),
    deviceId: secret.deviceId ?? null,
    maxUses: secret.maxUses,
    uses: secret.uses,
    createdAt: timestamp(secret.createdAt),
    expiresAt: timestamp(secret.expiresAt),
    revokedAt: optionalTimestamp(secret.revokedAt),
    lockedUntil: optionalTimestamp(secret.lockedUntil),
  };
}

/** The state that cannot be mended first. */
function secretStatusOf(secret: SecretRecord, now: Date): Secret['status'] {
  if (secret.revokedAt !== undefined) return 'revoked';
  if (secret.uses >= secret.maxUses) return 'spent';
  if (now >= secret.expiresAt) return 'expired';
  if (secret.lockedUntil !== undefined && now < secret.lockedUntil) return 'locked';
  return 'usable';
}
