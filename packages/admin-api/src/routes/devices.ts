/** Routes of devices: registered, described, suspended, retired, and what happened to them. */
import { actOf, linkToNext, pageOfQuery } from '../act.ts';
import { jsonRoute } from '../route.ts';
import { pageOf } from '../schemas/common.ts';
import {
  ChangeDeviceBody,
  CreateDeviceBody,
  Device,
  DeviceParams,
  DeviceQuery,
  ImportBody,
  ImportedRow,
  RetireBody,
  RetiredDevice,
  StateBody,
  TimelineEntry,
  TimelineQuery,
  showDevice,
  showEntry,
  showImported,
  toNewDevice,
} from '../schemas/device.ts';

const tag = 'devices';
const params = DeviceParams;

export const deviceRoutes = [
  jsonRoute({
    name: 'listDevices',
    method: 'GET',
    path: '/devices',
    tag,
    summary: 'List devices, in the order of their ids',
    access: { kind: 'read', role: 'viewer' },
    query: DeviceQuery,
    response: pageOf(Device),
    description: 'One page of devices',
    headers: linkToNext,
    handle: async ({ query }, { services }) => {
      const page = await services.listDevices({ states: query.state }, pageOfQuery(query));
      return { items: page.items.map(showDevice), nextCursor: page.nextCursor ?? null };
    },
  }),
  jsonRoute({
    name: 'createDevice',
    method: 'POST',
    path: '/devices',
    tag,
    summary: 'Register a device',
    access: { kind: 'act', role: 'operator' },
    body: CreateDeviceBody,
    status: 201,
    response: Device,
    description: 'The device',
    headers: ({ id }) => ({ Location: `/api/v1/devices/${encodeURIComponent(id)}` }),
    handle: async ({ body }, context) =>
      showDevice(await context.services.createDevice(toNewDevice(body), actOf(context))),
  }),
  jsonRoute({
    name: 'importDevices',
    method: 'POST',
    path: '/device-imports',
    tag,
    summary: 'Register many devices; one that is refused does not stop the others',
    access: { kind: 'act', role: 'operator' },
    body: ImportBody,
    response: pageOf(ImportedRow),
    description: 'What became of each, in their order',
    handle: async ({ body }, context) => {
      const rows = await context.services.importDevices(body.devices.map(toNewDevice), actOf(context));
      return { items: rows.map(showImported), nextCursor: null };
    },
  }),
  jsonRoute({
    name: 'getDevice',
    method: 'GET',
    path: '/devices/{id}',
    tag,
    summary: 'Show a device',
    access: { kind: 'read', role: 'viewer' },
    params,
    response: Device,
    description: 'The device',
    handle: async ({ params: { id } }, { services }) => showDevice(await services.getDevice(id)),
  }),
  jsonRoute({
    name: 'changeDevice',
    method: 'PATCH',
    path: '/devices/{id}',
    tag,
    summary: 'Change role, segment or fields of a device; its next certificate has them',
    access: { kind: 'act', role: 'operator' },
    params,
    body: ChangeDeviceBody,
    response: Device,
    description: 'The device as it is now',
    handle: async ({ params: { id }, body: { role, segment, fields } }, context) =>
      showDevice(await context.services.changeDevice(id, { role, segment, fields }, actOf(context))),
  }),
  jsonRoute({
    name: 'suspendDevice',
    method: 'POST',
    path: '/devices/{id}/suspend',
    tag,
    summary: 'Suspend a device: nothing is issued to it until it is resumed',
    access: { kind: 'act', role: 'operator' },
    params,
    body: StateBody,
    response: Device,
    description: 'The device as it is now; its certificates stay as they are',
    handle: async ({ params: { id }, body }, context) =>
      showDevice(await context.services.suspendDevice(id, body.comment, actOf(context))),
  }),
  jsonRoute({
    name: 'resumeDevice',
    method: 'POST',
    path: '/devices/{id}/resume',
    tag,
    summary: 'Resume a device that is suspended',
    access: { kind: 'act', role: 'operator' },
    params,
    body: StateBody,
    response: Device,
    description: 'The device as it is now',
    handle: async ({ params: { id }, body }, context) =>
      showDevice(await context.services.resumeDevice(id, body.comment, actOf(context))),
  }),
  jsonRoute({
    name: 'retireDevice',
    method: 'POST',
    path: '/devices/{id}/retire',
    tag,
    summary: 'Retire a device for good, and revoke its certificates if that is asked for',
    access: { kind: 'act', role: 'officer' },
    params,
    body: RetireBody,
    response: RetiredDevice,
    description: 'The device as it is now, and how many certificates were revoked',
    handle: async ({ params: { id }, body: { comment, revoke } }, context) => {
      const { device, revoked } = await context.services.retireDevice(id, { comment, revoke }, actOf(context));
      return { ...showDevice(device), revokedCertificates: revoked };
    },
  }),
  jsonRoute({
    name: 'listTimeline',
    method: 'GET',
    path: '/devices/{id}/timeline',
    tag,
    summary: 'List what happened to a device, newest first',
    access: { kind: 'read', role: 'viewer' },
    params,
    query: TimelineQuery,
    response: pageOf(TimelineEntry),
    description: 'Attempts, certificates, revocations and acts of administrators',
    headers: linkToNext,
    handle: async ({ params: { id }, query }, { services }) => {
      const page = await services.listTimeline(id, pageOfQuery(query));
      return { items: page.items.map(showEntry), nextCursor: page.nextCursor ?? null };
    },
  }),
];
