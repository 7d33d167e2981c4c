/** Private keys of the service, and keys that are blocked, in memory. */
import { toHex } from '@touchmark/asn1';
import type {
  Act,
  BlockOutcome,
  BlockedKeyRecord,
  BlockedKeyServices,
  BlockedKeyStanding,
  KeyRecord,
  KeyServices,
  Page,
  PageRequest,
  RewrapRequest,
} from '../../src/index.ts';
import { MemoryJobs } from './memory-jobs.ts';
import { paginate, present } from './memory-pages.ts';

export class MemoryKeys extends MemoryJobs implements KeyServices, BlockedKeyServices {
  readonly #blocked: BlockedKeyRecord[] = [];

  readonly rewraps: RewrapRequest[] = [];

  async listKeys(): Promise<KeyRecord[]> {
    const common = { keyAlgorithm: 'ec-p256', message: undefined, available: true };
    const location = 'pkcs11:token=Fleet;object=root';
    return [
      {
        ...common,
        id: 'authority:issuing',
        store: 'software',
        location: undefined,
        authorities: ['issuing'],
        scryptCost: 131_072,
      },
      { ...common, id: 'authority:root', store: 'pkcs11', location, authorities: ['root'], scryptCost: undefined },
    ];
  }

  async rewrapKeys(request: RewrapRequest, act: Act): Promise<{ keys: number; keptInHome: boolean }> {
    this.rewraps.push(request);
    this.acts.push({ action: 'rewrapKeys', act });
    return { keys: 1, keptInHome: request.passphrase.kind === 'generated' };
  }

  async listBlockedKeys(page: PageRequest): Promise<Page<BlockedKeyRecord>> {
    return paginate(this.#blocked, page);
  }

  async getBlockedKey(publicKeySha256: Uint8Array): Promise<BlockedKeyStanding> {
    const record = present(this.#findBlocked(publicKeySha256), 'blocked key');
    const active = this.select({ statuses: ['active'], publicKeySha256 });
    return { ...record, activeCertificates: active.length };
  }

  async blockKeys(keys: readonly Uint8Array[], reason: string, act: Act): Promise<readonly BlockOutcome[]> {
    const outcomes: BlockOutcome[] = [];
    for (const publicKeySha256 of keys) {
      const changed = this.#findBlocked(publicKeySha256) === undefined;
      if (changed) {
        const by = { blockedAt: new Date(), blockedBy: act.principal.name };
        this.#blocked.unshift({ publicKeySha256, ...by, reason, compromisedAt: undefined });
      }
      outcomes.push({ ...(await this.getBlockedKey(publicKeySha256)), changed });
    }
    this.acts.push({ action: 'blockKeys', act });
    return outcomes;
  }

  async unblockKey(publicKeySha256: Uint8Array, act: Act): Promise<void> {
    const record = present(this.#findBlocked(publicKeySha256), 'blocked key');
    this.#blocked.splice(this.#blocked.indexOf(record), 1);
    this.acts.push({ action: 'unblockKey', act });
  }

  #findBlocked(publicKeySha256: Uint8Array): BlockedKeyRecord | undefined {
    return this.#blocked.find((record) => toHex(record.publicKeySha256) === toHex(publicKeySha256));
  }
}
