/** Registered devices, in memory. */
import { randomUUID } from 'node:crypto';
import { CaError } from '@touchmark/ca';
import type { Device } from '@touchmark/ca';
import type {
  Act,
  DeviceChanges,
  DeviceServices,
  ImportedDevice,
  NewDeviceRow,
  Page,
  PageRequest,
} from '../../src/index.ts';
import { paginate, present } from './memory-pages.ts';
import { MemoryPending } from './memory-pending.ts';

export class MemoryDevices extends MemoryPending implements DeviceServices {
  readonly devices: Device[] = [];

  async listDevices({ states }: { states: readonly Device['state'][] }, page: PageRequest): Promise<Page<Device>> {
    return paginate(
      this.devices.filter(({ state }) => states.length === 0 || states.includes(state)),
      page,
    );
  }

  async getDevice(id: string): Promise<Device> {
    return present(
      this.devices.find((device) => device.id === id),
      'device',
    );
  }

  /** One more, in this state; returns its id. */
  addDevice(state: Device['state']): string {
    const id = `device-${randomUUID()}`;
    this.devices.push({ id, state, role: undefined, segment: undefined, fields: {}, createdAt: new Date() });
    return id;
  }

  async createDevice(row: NewDeviceRow, act: Act): Promise<Device> {
    if (this.devices.some(({ id }) => id === row.id)) throw new CaError('conflict', `"${row.id}" is registered.`);
    const device = { ...row, state: 'registered' as const, createdAt: new Date() };
    this.devices.push(device);
    this.acts.push({ action: 'createDevice', act });
    return device;
  }

  async importDevices(rows: readonly NewDeviceRow[], act: Act): Promise<ImportedDevice[]> {
    const results: ImportedDevice[] = [];
    for (const row of rows) {
      const known = this.devices.some(({ id }) => id === row.id);
      if (!known) await this.createDevice(row, act);
      results.push(
        known
          ? { id: row.id, outcome: 'refused', code: 'conflict', message: `"${row.id}" is registered.` }
          : { id: row.id, outcome: 'created', code: undefined, message: undefined },
      );
    }
    return results;
  }

  async changeDevice(id: string, { role, segment, fields }: DeviceChanges, act: Act): Promise<Device> {
    return this.#replaceDevice(id, 'changeDevice', act, (device) => ({
      ...device,
      ...(role === undefined ? {} : { role: role ?? undefined }),
      ...(segment === undefined ? {} : { segment: segment ?? undefined }),
      ...(fields === undefined ? {} : { fields }),
    }));
  }

  async suspendDevice(id: string, _comment: string, act: Act): Promise<Device> {
    return this.#replaceDevice(id, 'suspendDevice', act, (device) => {
      if (device.state === 'suspended') throw new CaError('conflict', 'It is suspended.');
      return { ...device, state: 'suspended' };
    });
  }

  async resumeDevice(id: string, _comment: string, act: Act): Promise<Device> {
    return this.#replaceDevice(id, 'resumeDevice', act, (device) => {
      if (device.state !== 'suspended') throw new CaError('conflict', 'It is not suspended.');
      return { ...device, state: 'active' };
    });
  }

  async retireDevice(id: string, _options: object, act: Act): Promise<{ device: Device; revoked: number }> {
    const device = await this.#replaceDevice(id, 'retireDevice', act, (found) => ({ ...found, state: 'retired' }));
    return { device, revoked: 0 };
  }

  async listTimeline(id: string, page: PageRequest) {
    const { createdAt } = await this.getDevice(id);
    const act = { kind: 'act', id: '1', what: 'device.created', detail: `device:${id}`, by: 'principal:test' } as const;
    return paginate([{ at: createdAt, ...act }], page);
  }

  async #replaceDevice(id: string, action: string, act: Act, change: (device: Device) => Device): Promise<Device> {
    const found = await this.getDevice(id);
    const changed = change(found);
    this.devices[this.devices.indexOf(found)] = changed;
    this.acts.push({ action, act });
    return changed;
  }
}
