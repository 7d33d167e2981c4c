/** Routes of devices. */
import { linkToNext, pageOfQuery } from '../act.ts';
import { jsonRoute } from '../route.ts';
import { pageOf } from '../schemas/common.ts';
import { Device, DeviceParams, DeviceQuery, showDevice } from '../schemas/device.ts';

const tag = 'devices';

export const deviceRoutes = [
  jsonRoute({
    name: 'listDevices',
    method: 'GET',
    path: '/devices',
    tag,
    summary: 'List devices, newest first',
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
    name: 'getDevice',
    method: 'GET',
    path: '/devices/{id}',
    tag,
    summary: 'Show a device',
    access: { kind: 'read', role: 'viewer' },
    params: DeviceParams,
    response: Device,
    description: 'The device',
    handle: async ({ params }, { services }) => showDevice(await services.getDevice(params.id)),
  }),
];
