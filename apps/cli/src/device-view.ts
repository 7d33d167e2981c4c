/** Devices and what happened to them, in words. */
import type { Device, TimelineEntry } from '@touchmark/admin-api';
import type { View } from './output/format.ts';
import type { Cell } from './output/table.ts';
import { minute, orDash, state } from './output/words.ts';

export const deviceView: View<Device> = {
  noun: 'device',
  name: ({ id }) => id,
  columns: [
    { title: 'ID', cell: ({ id }) => id },
    { title: 'STATE', cell: (device) => state(device.state) },
    { title: 'ROLE', cell: ({ role }) => orDash(role) },
    { title: 'SEGMENT', cell: ({ segment }) => orDash(segment) },
    { title: 'CREATED', cell: ({ createdAt }) => minute(createdAt) },
  ],
};

export const timelineView: View<TimelineEntry> = {
  noun: 'event',
  name: ({ id }) => id,
  columns: [
    { title: 'AT', cell: ({ at }) => at },
    { title: 'KIND', cell: ({ kind }) => kind },
    { title: 'WHAT', cell: ({ what }) => state(what) },
    { title: 'DETAIL', cell: ({ detail }) => orDash(detail) },
    { title: 'BY', cell: ({ by }) => orDash(by) },
    { title: 'ID', cell: ({ id }) => id },
  ],
};

export function deviceFacts(device: Device): readonly (readonly [string, string | Cell])[] {
  const fields = Object.entries(device.fields).map(([name, value]) => `${name}=${value}`);
  return [
    ['Device', device.id],
    ['State', state(device.state)],
    ['Role', orDash(device.role)],
    ['Segment', orDash(device.segment)],
    ['Fields', fields.join('\n') || '-'],
    ['Created', device.createdAt],
  ];
}
