/** Devices as an administrator keeps them. */
import { CaError } from '@touchmark/ca';
import type { AuditEvent, Device, DeviceState } from '@touchmark/ca';
import { deviceOf } from '../convert.ts';
import { where } from '../defined-where.ts';
import type { PrismaClient } from '../generated/client.ts';
import { auditOf } from './audit.ts';
import { keyOfCursor, pageOf, rowsToRead, textForm } from './page.ts';
import type { Page, PageRequest } from './page.ts';
import { asked } from './prisma-errors.ts';

/** What is registered; what is left out is not there. */
export type NewDevice = Pick<Device, 'id' | 'state' | 'createdAt'> &
  Partial<Pick<Device, 'role' | 'segment' | 'fields'>>;

function unknownDevice(): CaError {
  return new CaError('notFound', 'There is no such device.');
}

export function createDeviceAdmin(prisma: PrismaClient) {
  const find = async (id: string): Promise<Device | undefined> => {
    const row = await asked(() => prisma.device.findUnique({ where: where({ id }) }));
    return row === null ? undefined : deviceOf(row);
  };

  return {
    findDevice: find,

    /** In the order of their ids. */
    async listDevices(
      filter: { readonly states?: readonly DeviceState[] | undefined },
      page: PageRequest,
    ): Promise<Page<Device>> {
      const after = keyOfCursor(page, textForm);
      const states = filter.states ?? [];
      const rows = await asked(() =>
        prisma.device.findMany({
          where: where({
            ...(after === undefined ? {} : { id: { gt: after } }),
            ...(states.length === 0 ? {} : { state: { in: [...states] } }),
          }),
          orderBy: { id: 'asc' },
          take: rowsToRead(page),
        }),
      );
      return pageOf(rows, page, ({ id }) => id, deviceOf);
    },

    /** @throws CaError `notFound` */
    async getDevice(id: string): Promise<Device> {
      const device = await find(id);
      if (device === undefined) throw unknownDevice();
      return device;
    },

    /** @throws CaError `conflict` */
    async insertDevice(device: NewDevice, audit?: AuditEvent): Promise<void> {
      const { id, state, createdAt, role = null, segment = null, fields = {} } = device;
      const data = { id, state, createdAt, role, segment, fields: { ...fields } };
      await asked(() => prisma.$transaction([prisma.device.create({ data }), ...auditOf(prisma, audit)]), {
        conflict: `The device "${id}" is registered already.`,
      });
    },

    /** Waits for what is being issued to the device; when it resolves, nothing more is. @throws CaError `notFound` */
    async setDeviceState(id: string, state: DeviceState, audit?: AuditEvent): Promise<Device> {
      return asked(
        async () => {
          const [device] = await prisma.$transaction([
            prisma.device.update({ where: where({ id }), data: { state } }),
            ...auditOf(prisma, audit),
          ]);
          return deviceOf(device);
        },
        { missing: 'There is no such device.' },
      );
    },
  };
}
