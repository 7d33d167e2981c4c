/** Devices as administrators keep them. */
import type { Act, DeviceServices, ImportedDevice, NewDeviceRow, RevocationServices } from '@touchmark/admin-api';
import { CaError, checkDeviceId, DeviceFields, DeviceRole, DeviceSegment } from '@touchmark/ca';
import type { AuditEvent, Clock, Device, RevocationReason } from '@touchmark/ca';
import { readInput, sentenceOf } from '@touchmark/ca/input-words';
import type { AdminRegistry } from '@touchmark/store';

export interface AdminDevicesDependencies {
  readonly admin: AdminRegistry;
  readonly clock: Clock;
  readonly revokeCertificate: RevocationServices['revokeCertificate'];
  readonly auditOf: (act: Act, action: string, subject: string, details?: AuditEvent['details']) => AuditEvent;
}

export function createAdminDevices(dependencies: AdminDevicesDependencies): DeviceServices {
  const { admin, clock, revokeCertificate, auditOf } = dependencies;

  const createDevice = async (row: NewDeviceRow, act: Act): Promise<Device> => {
    checkDeviceId(row.id);
    checkDescription(row);
    const device = { ...row, state: 'registered' as const, createdAt: clock.now() };
    await admin.insertDevice(device, auditOf(act, 'device.created', `device:${row.id}`, detailsOf(row)));
    return device;
  };

  /** Those in use and those on hold: what is revoked or expired is done with. */
  const revokeAll = async (deviceId: string, reason: RevocationReason, act: Act): Promise<number> => {
    let revoked = 0;
    for (let cursor: string | undefined; ;) {
      const filter = { deviceId, statuses: ['active', 'held'] as const };
      const page = await admin.listCertificates(filter, { limit: 100, cursor }, clock.now());
      for (const { id } of page.items) {
        const reference = { kind: 'idOrSerialNumber', value: id } as const;
        const { changed } = await revokeCertificate(reference, { reason, invalidityDate: undefined }, act);
        if (changed) revoked++;
      }
      cursor = page.nextCursor;
      if (cursor === undefined) return revoked;
    }
  };

  return {
    listDevices: (filter, page) => admin.listDevices(filter, page),
    getDevice: (id) => admin.getDevice(id),
    createDevice,

    async importDevices(rows, act) {
      const results: ImportedDevice[] = [];
      for (const row of rows) {
        results.push(
          await createDevice(row, act).then(
            (): ImportedDevice => ({ id: row.id, outcome: 'created', code: undefined, message: undefined }),
            (error: unknown) => refusedRow(row.id, error),
          ),
        );
      }
      return results;
    },

    changeDevice: (id, changes, act) =>
      admin.updateDevice(id, changes, auditOf(act, 'device.changed', `device:${id}`, detailsOf(changes))),

    suspendDevice: (id, comment, act) =>
      admin.moveDevice(
        id,
        ['registered', 'active'],
        'suspended',
        auditOf(act, 'device.suspended', `device:${id}`, { comment }),
      ),

    resumeDevice: (id, comment, act) =>
      admin.moveDevice(id, ['suspended'], 'back', auditOf(act, 'device.resumed', `device:${id}`, { comment })),

    async retireDevice(id, { comment, revoke }, act) {
      const before = await admin.getDevice(id);
      const audit = auditOf(act, 'device.retired', `device:${id}`, { comment, revoke: revoke ?? null });
      // The device first: once it is retired nothing more is issued to it, so that nothing escapes the revocation.
      const device =
        before.state === 'retired' && revoke !== undefined
          ? before
          : await admin.moveDevice(id, ['registered', 'active', 'suspended'], 'retired', audit);
      return { device, revoked: revoke === undefined ? 0 : await revokeAll(id, revoke, act) };
    },

    async listTimeline(id, page) {
      await admin.getDevice(id);
      return admin.listTimeline(id, page);
    },
  };
}

function refusedRow(id: string, error: unknown): ImportedDevice {
  // What is no refusal of this row would stand against all of them.
  if (!(error instanceof CaError) || error.code === 'registryUnavailable' || error.code === 'internal') throw error;
  return { id, outcome: 'refused', code: error.code, message: error.message };
}

function detailsOf({
  role,
  segment,
  fields,
}: {
  readonly role: string | null | undefined;
  readonly segment: string | null | undefined;
  readonly fields: Readonly<Record<string, string>> | undefined;
}): AuditEvent['details'] {
  return {
    ...(role === undefined ? {} : { role }),
    ...(segment === undefined ? {} : { segment }),
    ...(fields === undefined ? {} : { fields: JSON.stringify(fields) }),
  };
}

function checkDescription({ role, segment, fields }: NewDeviceRow): void {
  const judged = {
    role: readInput(DeviceRole.optional(), role),
    segment: readInput(DeviceSegment.optional(), segment),
    fields: readInput(DeviceFields, fields),
  };
  for (const [name, read] of Object.entries(judged)) {
    if (read.kind === 'good') continue;
    const faults = read.faults.map((fault) => sentenceOf({ ...fault, path: [name, ...fault.path] }, name));
    throw new CaError('invalidArgument', `The device cannot be registered: ${faults.join('; ')}.`);
  }
}
