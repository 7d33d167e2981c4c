/** Revoking many certificates: a preview, then a job over a set that is fixed when it is confirmed. */
import type { CertificateSelection } from './certificate-selection.ts';
import type { AuditEvent, CertificateStatus, RevocationReason } from './model.ts';

export type JobState = 'queued' | 'running' | 'succeeded' | 'cancelled' | 'failed';

export interface RevocationJob {
  readonly id: string;
  readonly state: JobState;
  readonly createdAt: Date;
  readonly startedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
  /** Certificates in the set. */
  readonly total: number;
  /** Of them, those that are decided. */
  readonly done: number;
  /** Of these, those that the job revoked; the others were revoked before. */
  readonly changed: number;
  /** The principal that confirmed it, and from where. */
  readonly requestedBy: string;
  readonly remoteAddress: string | undefined;
  readonly reason: RevocationReason;
  readonly invalidityDate: Date | undefined;
  /** As `describeSelection` gives it. */
  readonly selection: Readonly<Record<string, string>>;
  /** Why it failed. */
  readonly failure: string | undefined;
}

export interface NewRevocationJob extends Pick<
  RevocationJob,
  'id' | 'createdAt' | 'requestedBy' | 'remoteAddress' | 'reason' | 'invalidityDate'
> {
  readonly selection: CertificateSelection;
  /** The set must have this many members, or there is no job; undefined: whatever it has. */
  readonly expectedTotal: number | undefined;
  /** Unique: a second job with it is the first. */
  readonly idempotencyKey: string | undefined;
}

/** What revoking the selection would do now. */
export interface RevocationPreview {
  readonly total: number;
  readonly byStatus: Readonly<Partial<Record<CertificateStatus, number>>>;
  readonly byProfile: readonly { readonly profileName: string; readonly count: number }[];
  readonly byAuthority: readonly { readonly authorityId: string; readonly count: number }[];
  /** Devices with a certificate in the selection. */
  readonly devices: number;
  /** Devices that have an active certificate now and would have none. */
  readonly strandedDevices: number;
  /** The first of them by id, at most ten. */
  readonly strandedExamples: readonly string[];
  /** Matched, but never revoked in bulk: certificates of authorities, of the service itself and of principals. */
  readonly protected: number;
}

export type CreateJobResult =
  | { readonly kind: 'created' | 'known'; readonly job: RevocationJob }
  /** The set is not of the expected size. */
  | { readonly kind: 'changed'; readonly total: number };

/** What one step of a job did. */
export type JobStep =
  | {
      readonly kind: 'worked';
      readonly done: number;
      readonly changed: number;
      /** Of the set, after this step. */
      readonly left: number;
      readonly reason: RevocationReason;
    }
  | { readonly kind: 'finished'; readonly job: RevocationJob }
  /** Another worker is at it, or it has ended. */
  | { readonly kind: 'idle' };

export interface RevocationJobRegistry {
  preview(selection: CertificateSelection, now: Date): Promise<RevocationPreview>;
  /**
   * Fixes the set in one snapshot of the registry: what was recorded before is in it, nothing that is recorded after. With it,
   * in one transaction, the job, its audit event, and its place in the job queue.
   */
  createJob(job: NewRevocationJob, audit: AuditEvent): Promise<CreateJobResult>;
  findJob(id: string): Promise<RevocationJob | undefined>;
  /** When it resolves, the job revokes nothing more. One that has ended stays as it is. */
  cancelJob(id: string, audit: AuditEvent): Promise<RevocationJob | undefined>;
  /** Also those that a killed worker left. */
  listUnfinishedJobs(): Promise<readonly string[]>;
  /**
   * Revokes the next few hundred certificates of the set in one transaction, each as `RevocationRegistry.revoke` would, with an
   * audit event of its own; what was committed is never done again. Without any left, the job is finished.
   */
  workOnJob(id: string, now: Date): Promise<JobStep>;
  failJob(id: string, failure: string, audit: AuditEvent): Promise<void>;
}
