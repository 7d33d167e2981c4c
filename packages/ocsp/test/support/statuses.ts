/** The StatusRegistry in memory. */
import { toHex } from '@touchmark/asn1';
import { CaError } from '@touchmark/ca';
import type { Revocation, RevocationReason, SerialStatus, StatusRegistry } from '@touchmark/ca';

export class MemoryStatuses implements StatusRegistry {
  readonly #byAuthority = new Map<string, Map<string, SerialStatus>>();
  available = true;
  lookups = 0;

  issue(authorityId: string, serialNumber: Uint8Array, notAfter = new Date('2040-01-01T00:00:00Z')): void {
    this.#of(authorityId).set(toHex(serialNumber), {
      certificateId: toHex(serialNumber),
      notAfter,
      revocation: undefined,
    });
  }

  revoke(authorityId: string, serialNumber: Uint8Array, reason: RevocationReason, revokedAt: Date): Revocation {
    const status = this.#of(authorityId).get(toHex(serialNumber));
    if (status === undefined) throw new Error('never issued');
    const revocation = { revokedAt, reason, invalidityDate: undefined };
    this.#of(authorityId).set(toHex(serialNumber), { ...status, revocation });
    return revocation;
  }

  async findStatuses(
    authorityId: string,
    serialNumbersHex: readonly string[],
  ): Promise<ReadonlyMap<string, SerialStatus>> {
    this.lookups++;
    if (!this.available) throw new CaError('registryUnavailable', 'The registry does not answer.');
    const found = new Map<string, SerialStatus>();
    for (const serial of serialNumbersHex) {
      const status = this.#of(authorityId).get(serial);
      if (status !== undefined) found.set(serial, status);
    }
    return found;
  }

  #of(authorityId: string): Map<string, SerialStatus> {
    const statuses = this.#byAuthority.get(authorityId) ?? new Map<string, SerialStatus>();
    this.#byAuthority.set(authorityId, statuses);
    return statuses;
  }
}
