/** Profiles as the REST interface shows and takes them. */
import { checkProfile } from '@touchmark/ca';
import type { ProfileVersion as VersionRecord, RuleChange as ChangeRecord } from '@touchmark/ca';
import { z } from 'zod';
import type { ProfileForecast as PreviewRecord, ProfileRecord } from '../profile-port.ts';
import { CursorQuery, Identifier, Timestamp, optionalTimestamp, timestamp } from './common.ts';

const Rules = z
  .record(z.string(), z.unknown())
  .meta({ description: 'As GET /api/v1/schemas/profile describes them, defaults filled in' });

export const Profile = z
  .strictObject({
    name: z.string(),
    version: z.int().meta({ description: 'In force' }),
    latestVersion: z.int(),
    revision: z.int().meta({ description: 'Rises with every change; the ETag' }),
    rules: Rules,
  })
  .meta({ id: 'Profile' });
export type Profile = z.infer<typeof Profile>;

const versionFields = {
  name: z.string(),
  version: z.int(),
  active: z.boolean().meta({ description: 'Whether it is in force' }),
  createdAt: Timestamp,
  createdBy: z.string().nullable().meta({ description: 'null: the program itself' }),
  comment: z.string(),
  activatedAt: Timestamp.nullable().meta({ description: 'The last time it was put in force; null: never' }),
};

export const ProfileVersionSummary = z.strictObject(versionFields).meta({ id: 'ProfileVersionSummary' });
export type ProfileVersionSummary = z.infer<typeof ProfileVersionSummary>;

export const ProfileVersion = z.strictObject({ ...versionFields, rules: Rules }).meta({ id: 'ProfileVersion' });
export type ProfileVersion = z.infer<typeof ProfileVersion>;

export const RuleChange = z
  .strictObject({
    pointer: z.string().meta({ description: 'RFC 6901: which rule' }),
    before: z.unknown().meta({ description: 'null: it was not there' }),
    after: z.unknown().meta({ description: 'null: it is not there' }),
  })
  .meta({ id: 'RuleChange' });
export type RuleChange = z.infer<typeof RuleChange>;

export const ProfilePreview = z
  .strictObject({
    name: z.string(),
    activeVersion: z.int(),
    version: z.int().nullable().meta({ description: 'null: rules that are not stored' }),
    changes: z.array(RuleChange),
    endpoints: z.array(z.string()).meta({ description: 'Enrollment endpoints that issue by it' }),
    devices: z.int().meta({ description: 'Devices that have an active certificate of it' }),
    certificates: z
      .array(z.strictObject({ version: z.int(), active: z.int() }))
      .meta({ description: 'Active certificates by version' }),
    sample: z
      .strictObject({
        requests: z.int(),
        refusedAnyway: z.int().meta({ description: 'Refused by the version in force as well' }),
        refused: z.array(
          z.strictObject({
            attemptId: z.string(),
            deviceId: z.string().nullable(),
            at: Timestamp,
            code: z.string(),
            message: z.string(),
          }),
        ),
      })
      .meta({ description: 'The latest requests of those who have its certificates, run dry by both versions' }),
    obstacles: z.array(z.string()).meta({ description: 'Why it cannot be put in force; empty: it can' }),
  })
  .meta({ id: 'ProfilePreview' });
export type ProfilePreview = z.infer<typeof ProfilePreview>;

/** Judged as a whole: every problem is told at once, each with its place. */
export const ProfileRulesInput = z
  .record(z.string(), z.unknown())
  .transform((input, context) => {
    const verdict = checkProfile(input);
    if (verdict.kind === 'good') return verdict.rules;
    for (const { pointer, message } of verdict.problems) {
      context.addIssue({ code: 'custom', path: segmentsOf(pointer), message });
    }
    return z.NEVER;
  })
  .meta({ description: 'As GET /api/v1/schemas/profile describes them' });

/** Of an RFC 6901 pointer. */
function segmentsOf(pointer: string): string[] {
  const segments = pointer.split('/').slice(1);
  return segments.map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

const comment = z.string().max(500).default('').meta({ description: 'Why' });

export const ProfileName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be 1 to 63 lower-case letters, digits and inner hyphens')
  // By this beginning the certificates of authorities are told from all others: one could not be revoked like a device's.
  .refine((name) => !name.startsWith('authority-'), 'must not begin with "authority-": authorities are recorded so');

export const CreateProfileBody = z.strictObject({ name: ProfileName, rules: ProfileRulesInput, comment });

export const AddVersionBody = z.strictObject({
  rules: ProfileRulesInput,
  comment,
  activate: z.boolean().default(false).meta({ description: 'Put it in force at once' }),
  acceptRefusals: z
    .boolean()
    .default(false)
    .meta({ description: 'Activate although requests of the sample would be refused' }),
});

const versionNumber = z.int().min(1).max(32_767);

export const ActivateBody = z.strictObject({
  version: z.union([versionNumber, z.literal('previous')], 'must be the number of a version, or "previous"'),
  acceptRefusals: AddVersionBody.shape.acceptRefusals,
});

export const PreviewBody = z
  .strictObject({ version: versionNumber.optional(), rules: ProfileRulesInput.optional() })
  .refine(({ version, rules }) => (version === undefined) !== (rules === undefined), 'takes either version or rules');

export const ProfileParams = z.strictObject({ name: Identifier });
export const ProfileVersionParams = z.strictObject({
  name: Identifier,
  version: z.coerce.number().pipe(versionNumber),
});
export const ProfileVersionQuery = z.strictObject(CursorQuery);
export const ProfileDiffQuery = z.strictObject({
  from: z.coerce.number().pipe(versionNumber).optional().meta({ description: 'Default: the version in force' }),
  to: z.coerce.number().pipe(versionNumber).optional().meta({ description: 'Default: the latest version' }),
});

export function showProfile({ name, version, latestVersion, revision, rules }: ProfileRecord): Profile {
  return { name, version, latestVersion, revision, rules: { ...rules } };
}

export function showVersionSummary(record: VersionRecord, activeVersion: number): ProfileVersionSummary {
  return {
    name: record.name,
    version: record.version,
    active: record.version === activeVersion,
    createdAt: timestamp(record.createdAt),
    createdBy: record.createdBy ?? null,
    comment: record.comment,
    activatedAt: optionalTimestamp(record.activatedAt),
  };
}

export function showVersion(record: VersionRecord, activeVersion: number): ProfileVersion {
  return { ...showVersionSummary(record, activeVersion), rules: { ...record.rules } };
}

export function showChange({ pointer, before, after }: ChangeRecord): RuleChange {
  return { pointer, before: before ?? null, after: after ?? null };
}

export function showPreview(preview: PreviewRecord): ProfilePreview {
  return {
    ...preview,
    version: preview.version ?? null,
    changes: preview.changes.map(showChange),
    endpoints: [...preview.endpoints],
    certificates: [...preview.certificates],
    sample: {
      ...preview.sample,
      refused: preview.sample.refused.map((refusal) => ({
        ...refusal,
        deviceId: refusal.deviceId ?? null,
        at: timestamp(refusal.at),
      })),
    },
    obstacles: [...preview.obstacles],
  };
}
