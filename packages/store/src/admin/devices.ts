/** Devices as an administrator keeps them. */
import { CaError } from '@touchmark/ca';
import type { AuditEvent, Device, DeviceState } from '@touchmark/ca';
import { deviceOf } from '../convert.ts';
import { where } from '../defined-where.ts';
import type { PrismaClient } from '../generated/client.ts';
import { auditData, auditOf } from './audit.ts';
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

    /** What is not named stays. @throws CaError `notFound` */
    async updateDevice(
      id: string,
      changes: {
        readonly role?: string | null | undefined;
        readonly segment?: string | null | undefined;
        readonly fields?: Device['fields'] | undefined;
      },
      audit?: AuditEvent,
    ): Promise<Device> {
      const data = {
        ...(changes.role === undefined ? {} : { role: changes.role }),
        ...(changes.segment === undefined ? {} : { segment: changes.segment }),
        ...(changes.fields === undefined ? {} : { fields: { ...changes.fields } }),
      };
      return asked(
        async () => {
          const [device] = await prisma.$transaction([
            prisma.device.update({ where: where({ id }), data }),
            ...auditOf(prisma, audit),
          ]);
          return deviceOf(device);
        },
        { missing: 'There is no such device.' },
      );
    },

    /**
     * Takes the device from one of some states to another, under a lock on it: waits for what is being issued to the device,
     * and when it resolves, nothing more is. A device that comes back is `active` if it has a certificate.
     * @throws CaError `notFound`, `conflict` when it is in none of these states
     */
    async moveDevice(
      id: string,
      from: readonly DeviceState[],
      to: 'suspended' | 'retired' | 'back',
      audit: AuditEvent,
    ): Promise<Device> {
      return asked(() =>
        prisma.$transaction(async (transaction) => {
          const [locked] = await transaction.$queryRaw<{ state: DeviceState }[]>`
            SELECT state FROM device WHERE id = ${id} FOR UPDATE`;
          if (locked === undefined) throw unknownDevice();
          if (!from.includes(locked.state)) {
            throw new CaError('conflict', `The device "${id}" is ${locked.state}, not ${from.join(' or ')}.`);
          }
          const holder =
            to === 'back' ? await transaction.certificate.findFirst({ where: where({ deviceId: id }) }) : null;
          const state = to !== 'back' ? to : holder === null ? 'registered' : 'active';
          const device = await transaction.device.update({ where: where({ id }), data: { state } });
          await transaction.auditEvent.create({ data: auditData(audit) });
          return deviceOf(device);
        }),
      );
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
