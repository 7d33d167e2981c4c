/** Jobs, and the preview before one, as the REST interface shows them. */
import { revocationReasons } from '@touchmark/ca';
import type { JobState, RevocationJob, RevocationPreview as PreviewRecord } from '@touchmark/ca';
import { z } from 'zod';
import { CursorQuery, Timestamp, commaList, optionalTimestamp, timestamp } from './common.ts';
import { SelectionQuery } from './certificate-selection.ts';
import { invalidityDate } from './revocation.ts';

const count = z.int().min(0);

export const RevocationPreview = z
  .strictObject({
    total: count.meta({ description: 'Certificates that would be revoked' }),
    byStatus: z.record(z.string(), count),
    byProfile: z.array(z.strictObject({ profile: z.string(), count })),
    byAuthority: z.array(z.strictObject({ authorityId: z.string(), count })),
    devices: count,
    strandedDevices: count.meta({ description: 'Devices that would be left without an active certificate' }),
    strandedExamples: z.array(z.string()),
    protected: count.meta({
      description: 'Matched, but never revoked in bulk: certificates of authorities, of the service and of principals',
    }),
  })
  .meta({ id: 'RevocationPreview' });
export type RevocationPreview = z.infer<typeof RevocationPreview>;

export function showPreview(preview: PreviewRecord): RevocationPreview {
  return {
    ...preview,
    byStatus: { ...preview.byStatus },
    byProfile: preview.byProfile.map(({ profileName, count: of }) => ({ profile: profileName, count: of })),
    byAuthority: [...preview.byAuthority],
    strandedExamples: [...preview.strandedExamples],
  };
}

export const BulkRevocationBody = z.strictObject({
  selection: SelectionQuery.meta({ description: 'In the filters of GET /certificates' }),
  reason: z.enum(revocationReasons),
  invalidityDate,
  expectedTotal: count
    .optional()
    .meta({ description: 'total of the preview: 409 when the selection has another number by now' }),
});

const jobStates = ['queued', 'running', 'succeeded', 'cancelled', 'failed'] as const satisfies readonly JobState[];

export const Job = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['revocation']),
    state: z.enum(jobStates),
    createdAt: Timestamp,
    startedAt: Timestamp.nullable(),
    finishedAt: Timestamp.nullable(),
    total: count.meta({ description: 'Certificates in the set, which was fixed when the job was created' }),
    done: count,
    changed: count.meta({ description: 'Of those done, the ones that this job revoked' }),
    requestedBy: z.string(),
    reason: z.string(),
    invalidityDate: Timestamp.nullable(),
    selection: z.record(z.string(), z.string()),
    failure: z.string().nullable(),
  })
  .meta({ id: 'Job' });
export type Job = z.infer<typeof Job>;

export const JobQuery = z.strictObject({ state: commaList(jobStates, 'Only these'), ...CursorQuery });

export const JobParams = z.strictObject({ id: z.uuid('must be the id of a job') });

export function showJob(job: RevocationJob): Job {
  return {
    id: job.id,
    kind: 'revocation',
    state: job.state,
    createdAt: timestamp(job.createdAt),
    startedAt: optionalTimestamp(job.startedAt),
    finishedAt: optionalTimestamp(job.finishedAt),
    total: job.total,
    done: job.done,
    changed: job.changed,
    requestedBy: job.requestedBy,
    reason: job.reason,
    invalidityDate: optionalTimestamp(job.invalidityDate),
    selection: { ...job.selection },
    failure: job.failure ?? null,
  };
}
