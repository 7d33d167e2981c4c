/** What the administration interface needs of devices. The contract of `ports.ts` holds. */
import type { CaErrorCode, Device, DeviceState, RevocationReason } from '@touchmark/ca';
import type { Act, Page, PageRequest } from './ports.ts';

export interface DeviceDescription {
  readonly role: string | undefined;
  readonly segment: string | undefined;
  readonly fields: Readonly<Record<string, string>>;
}

export interface NewDeviceRow extends DeviceDescription {
  readonly id: string;
}

/** What is undefined stays; null takes it away. */
export interface DeviceChanges {
  readonly role: string | null | undefined;
  readonly segment: string | null | undefined;
  /** All of them. */
  readonly fields: Readonly<Record<string, string>> | undefined;
}

export interface ImportedRow {
  readonly id: string;
  readonly outcome: 'created' | 'refused';
  readonly code: CaErrorCode | undefined;
  readonly message: string | undefined;
}

/** Something that happened to a device. */
export interface TimelineEntry {
  readonly at: Date;
  readonly kind: 'attempt' | 'certificate' | 'revocation' | 'act';
  /** Of the attempt or the certificate; the position of the audit event. */
  readonly id: string;
  readonly what: string;
  readonly detail: string | undefined;
  readonly by: string | undefined;
}

export interface DeviceServices {
  /** In the order of their ids. */
  listDevices(filter: { readonly states: readonly DeviceState[] }, page: PageRequest): Promise<Page<Device>>;
  getDevice(id: string): Promise<Device>;
  /** One that is registered already is `conflict`. */
  createDevice(device: NewDeviceRow, act: Act): Promise<Device>;
  /** Each row by itself: one that is refused does not stop the others. In the order of the rows. */
  importDevices(devices: readonly NewDeviceRow[], act: Act): Promise<readonly ImportedRow[]>;
  changeDevice(id: string, changes: DeviceChanges, act: Act): Promise<Device>;
  /** When it resolves, nothing more is issued to the device. One that is not in use is `conflict`. */
  suspendDevice(id: string, comment: string, act: Act): Promise<Device>;
  /** One that is not suspended is `conflict`. */
  resumeDevice(id: string, comment: string, act: Act): Promise<Device>;
  /**
   * For good. With `revoke`, its certificates that are in use or on hold are revoked for that reason; called again for a
   * retired device, it revokes what an interrupted call left.
   */
  retireDevice(
    id: string,
    options: { readonly comment: string; readonly revoke: RevocationReason | undefined },
    act: Act,
  ): Promise<{ readonly device: Device; readonly revoked: number }>;
  /** Newest first. */
  listTimeline(id: string, page: PageRequest): Promise<Page<TimelineEntry>>;
}
