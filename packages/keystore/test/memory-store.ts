/** A SealedKeyStore in memory, through JSON as a database would keep it, with records open to tampering. */
import { KeyStoreError } from '../src/index.ts';
import type { SealedRecord, SealedKeyStore } from '../src/index.ts';

export interface MemoryStore extends SealedKeyStore {
  /** Puts a record under an id, whatever it is. */
  tamper(keyId: string, sealed: SealedRecord): void;
  finds: number;
}

export function createMemoryStore(): MemoryStore {
  const records = new Map<string, string>();
  const read = (record: string): SealedRecord => JSON.parse(record) as SealedRecord;
  return {
    finds: 0,
    async find(keyId) {
      this.finds += 1;
      const record = records.get(keyId);
      return record === undefined ? undefined : read(record);
    },
    async insert(sealed) {
      if (records.has(sealed.keyId)) throw new KeyStoreError('keyExists', `There is a key "${sealed.keyId}" already.`);
      records.set(sealed.keyId, JSON.stringify(sealed));
    },
    async putSecret(sealed) {
      const record = records.get(sealed.keyId);
      if (record !== undefined && read(record).version === 1) {
        throw new KeyStoreError('keyExists', `There is a key "${sealed.keyId}" already.`);
      }
      records.set(sealed.keyId, JSON.stringify(sealed));
    },
    async deleteSecret(keyId) {
      const record = records.get(keyId);
      if (record !== undefined && read(record).version === 2) records.delete(keyId);
    },
    list: async () => [...records.values()].map(read),
    tamper: (keyId, sealed) => records.set(keyId, JSON.stringify(sealed)),
  };
}
