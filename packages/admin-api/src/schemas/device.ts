/** Devices as the REST interface shows them. */
import type { Device as DeviceRecord, DeviceState } from '@touchmark/ca';
import { z } from 'zod';
import { CursorQuery, DeviceId, Timestamp, commaList, timestamp } from './common.ts';

export const deviceStates = ['registered', 'active', 'suspended', 'retired'] as const satisfies readonly DeviceState[];

export const Device = z
  .strictObject({ id: z.string(), state: z.enum(deviceStates), createdAt: Timestamp })
  .meta({ id: 'Device' });
export type Device = z.infer<typeof Device>;

export const DeviceQuery = z.strictObject({ state: commaList(deviceStates, 'Only these'), ...CursorQuery });

export const DeviceParams = z.strictObject({ id: DeviceId });

export function showDevice(device: DeviceRecord): Device {
  return { id: device.id, state: device.state, createdAt: timestamp(device.createdAt) };
}
