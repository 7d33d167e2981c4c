/** The state of the service, and who is asking. */
import { toHex } from '@touchmark/asn1';
import { z } from 'zod';
import type { ServiceStatus } from '../ports.ts';
import { roleNames } from '../roles.ts';
import { Hex, Timestamp, timestamp } from './common.ts';

export const Status = z
  .strictObject({
    ready: z.boolean(),
    version: z.string(),
    nodeVersion: z.string(),
    startedAt: Timestamp,
    now: Timestamp,
    publicUrl: z.string(),
    estUrl: z.string().nullable(),
    rootFingerprint: Hex.meta({ description: 'SHA-256 of the root certificate' }),
    checks: z.array(z.strictObject({ name: z.string(), ok: z.boolean(), message: z.string() })),
    counts: z.record(z.string(), z.int()),
  })
  .meta({ id: 'Status' });
export type Status = z.infer<typeof Status>;

export const WhoAmI = z
  .strictObject({
    name: z.string(),
    role: z.enum(roleNames),
    may: z.array(z.string()).meta({ description: 'Operations that this role may call' }),
  })
  .meta({ id: 'WhoAmI' });
export type WhoAmI = z.infer<typeof WhoAmI>;

export function showStatus(status: ServiceStatus): Status {
  return {
    ready: status.checks.every(({ ok }) => ok),
    version: status.version,
    nodeVersion: status.nodeVersion,
    startedAt: timestamp(status.startedAt),
    now: timestamp(status.now),
    publicUrl: status.publicUrl,
    estUrl: status.estUrl ?? null,
    rootFingerprint: toHex(status.rootFingerprintSha256),
    checks: status.checks.map(({ name, ok, message }) => ({ name, ok, message })),
    counts: { ...status.counts },
  };
}
