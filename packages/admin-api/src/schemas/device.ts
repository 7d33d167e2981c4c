/** Devices as the REST interface shows and takes them. */
import { DeviceFields, DeviceRole, DeviceSegment, revocationReasons } from '@touchmark/ca';
import type { Device as DeviceRecord, DeviceState } from '@touchmark/ca';
import { z } from 'zod';
import type { ImportedRow as ImportedRecord, NewDeviceRow, TimelineEntry as EntryRecord } from '../device-port.ts';
import { CursorQuery, DeviceId, Timestamp, commaList, timestamp } from './common.ts';

export const deviceStates = ['registered', 'active', 'suspended', 'retired'] as const satisfies readonly DeviceState[];

export const Device = z
  .strictObject({
    id: z.string(),
    state: z.enum(deviceStates),
    role: z.string().nullable(),
    segment: z.string().nullable(),
    fields: z.record(z.string(), z.string()).meta({ description: 'What else profiles take from the registration' }),
    createdAt: Timestamp,
  })
  .meta({ id: 'Device' });
export type Device = z.infer<typeof Device>;

export const RetiredDevice = z
  .strictObject({ ...Device.shape, revokedCertificates: z.int() })
  .meta({ id: 'RetiredDevice' });
export type RetiredDevice = z.infer<typeof RetiredDevice>;

export const TimelineEntry = z
  .strictObject({
    at: Timestamp,
    kind: z.enum(['attempt', 'certificate', 'revocation', 'act']),
    id: z.string().meta({ description: 'Of the attempt or the certificate; the position of the audit event' }),
    what: z.string().meta({
      description:
        'The outcome of an attempt, the profile of a certificate, the reason of a revocation, the action of an act',
    }),
    detail: z.string().nullable(),
    by: z.string().nullable(),
  })
  .meta({ id: 'TimelineEntry' });
export type TimelineEntry = z.infer<typeof TimelineEntry>;

export const ImportedRow = z
  .strictObject({
    id: z.string(),
    outcome: z.enum(['created', 'refused']),
    code: z.string().nullable(),
    message: z.string().nullable(),
  })
  .meta({ id: 'ImportedRow' });
export type ImportedRow = z.infer<typeof ImportedRow>;

export const DeviceQuery = z.strictObject({ state: commaList(deviceStates, 'Only these'), ...CursorQuery });
export const DeviceParams = z.strictObject({ id: DeviceId });
export const TimelineQuery = z.strictObject(CursorQuery);

export const CreateDeviceBody = z.strictObject({
  id: DeviceId,
  role: DeviceRole.optional(),
  segment: DeviceSegment.optional(),
  fields: DeviceFields.default({}),
});

const comment = z.string().max(500).default('').meta({ description: 'Why; kept in the audit log' });

/** What cannot be registered is a matter of its row: one that is refused does not stop the others. */
const ImportedDevice = z.strictObject({
  id: z.string().max(255),
  role: z.string().max(255).optional(),
  segment: z.string().max(255).optional(),
  fields: z.record(z.string().max(255), z.string().max(1024)).default({}),
});

export const ImportBody = z.strictObject({ devices: z.array(ImportedDevice).min(1).max(500) });

export const ChangeDeviceBody = z.strictObject({
  role: DeviceRole.nullable().optional().meta({ description: 'null takes it away' }),
  segment: DeviceSegment.nullable().optional().meta({ description: 'null takes it away' }),
  fields: DeviceFields.optional().meta({ description: 'All of them: those that are left out are taken away' }),
});

export const StateBody = z.strictObject({ comment });

export const RetireBody = z.strictObject({
  comment,
  revoke: z.enum(revocationReasons).optional().meta({
    description: 'Revoke its certificates for this reason, e.g. cessationOfOperation; else they stay as they are',
  }),
});

export function showDevice({ id, state, role, segment, fields, createdAt }: DeviceRecord): Device {
  return {
    id,
    state,
    role: role ?? null,
    segment: segment ?? null,
    fields: { ...fields },
    createdAt: timestamp(createdAt),
  };
}

export function toNewDevice({ id, role, segment, fields }: z.output<typeof CreateDeviceBody>): NewDeviceRow {
  return { id, role, segment, fields };
}

export function showEntry({ at, kind, id, what, detail, by }: EntryRecord): TimelineEntry {
  return { at: timestamp(at), kind, id, what, detail: detail ?? null, by: by ?? null };
}

export function showImported({ id, outcome, code, message }: ImportedRecord): ImportedRow {
  return { id, outcome, code: code ?? null, message: message ?? null };
}
